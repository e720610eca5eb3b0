import Recipes

/// Openings of coming phases for a rank's first microbatch, computed while sums travelled.
struct WorkAhead {
    private var openings: [PhaseKey: () -> PhaseLoss] = [:]
    private var seconds: [PhaseKey: Double] = [:]

    func has(_ key: PhaseKey) -> Bool { openings[key] != nil }

    mutating func add(_ rest: @escaping () -> PhaseLoss, of key: PhaseKey, seconds: Double) {
        openings[key] = rest
        self.seconds[key, default: 0] += seconds
    }

    mutating func takeOpening(of key: PhaseKey) -> (() -> PhaseLoss)? { openings.removeValue(forKey: key) }
    mutating func takeSeconds(of key: PhaseKey) -> Double { seconds.removeValue(forKey: key) ?? 0 }

    /// The first coming phase whose opening reads none of what changes before its turn.
    ///
    /// - Parameter travelling: who learns from the sums that are on their way.
    static func next(among coming: some Sequence<Phase>, while travelling: Learner) -> Phase? {
        var changing: Set = [travelling]
        for phase in coming {
            if let reads = phase.opening, !changing.contains(reads) { return phase }
            changing.insert(phase.learner)
        }
        return nil
    }
}
