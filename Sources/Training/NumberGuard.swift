import Configuration

/// How many updates were left out because they were not finite; a part of a run's state.
public struct LeftOut: Codable, Equatable, Sendable {
    /// Since the run's first step.
    public internal(set) var total = 0
    /// By phase: since its last update that was taken.
    public internal(set) var inARow = [Int](repeating: 0, count: Phase.allCases.count)

    package init() {}
}

/// Decides what becomes of an update that is not finite: `guard.nan`.
///
/// It sees nothing but sums and what follows from them, which have the same bits on all ranks: so all ranks decide alike,
/// without a word.
///
/// What is left out is a phase's update, not the whole step: later phases find both networks as they were, and see
/// nothing of it. To take a whole step back, both networks and their moments would have to be copied in each.
public struct NumberGuard: Sendable {
    private let settings: Configuration.Guards
    public internal(set) var leftOut = LeftOut()
    /// What ends the run: no update is taken, and nothing is saved, from here on.
    public private(set) var fault: NotFinite?

    init(_ settings: Configuration.Guards) { self.settings = settings }

    /// Whether an update must be known to be finite before it is taken. Where the run is to end anyway, it is enough to
    /// see it afterwards, which costs nothing.
    var looksAhead: Bool { settings.nan == .skip }

    mutating func took(_ phase: Phase) { leftOut.inARow[phase.rawValue] = 0 }

    /// - Returns: whether the run goes on without the update.
    mutating func leaveOut(_ phase: Phase, _ found: NotFinite) -> Bool {
        guard settings.nan == .skip else {
            stop(found)
            return false
        }
        let inARow = leftOut.inARow[phase.rawValue]
        guard inARow < settings.skipLimit, leftOut.total < Int.max else {
            stop(
                NotFinite(
                    phase: phase, step: found.step, imagesShown: found.imagesShown,
                    found: "\(found.found); \(inARow) updates of this phase in a row have been left out, which is "
                        + "guard.skip_limit"))
            return false
        }
        leftOut.inARow[phase.rawValue] += 1
        leftOut.total += 1
        return true
    }

    mutating func stop(_ found: NotFinite) { fault = fault ?? found }
}
