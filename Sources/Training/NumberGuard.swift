import Configuration
import Recipes
import State

/// Decides what becomes of an update that is not finite: `guard.nan`.
///
/// It sees nothing but sums and what follows from them, which have the same bits on all ranks: so all ranks decide alike,
/// without a word.
///
/// What is left out is a phase's update, not the whole step: later phases find both networks as they were, but
/// for what moves on with a phase's start, such as the vectors of spectral normalisation. To take a whole step back, both networks and their moments would have to be copied in each.
public struct NumberGuard: Sendable {
    private let settings: Configuration.Guards
    /// Streams that phases can have: counts in a row are kept for each.
    let streams: Int
    /// What ends the run: no update is taken, and nothing is saved, from here on.
    public private(set) var fault: NotFinite?

    init(_ settings: Configuration.Guards, streams: Int) {
        self.settings = settings
        self.streams = streams
    }

    /// Whether an update must be known to be finite before it is taken. Where the run is to end anyway, it is enough to
    /// see it afterwards, which costs nothing.
    var looksAhead: Bool { settings.nan == .skip }

    func took(_ phase: Phase, _ counters: inout TrainingCounters) { counters.guardLeftOutInARow?[phase.stream] = 0 }

    /// - Returns: whether the run goes on without the update.
    mutating func leaveOut(_ phase: Phase, _ found: NotFinite, _ counters: inout TrainingCounters) -> Bool {
        guard settings.nan == .skip else {
            stop(found)
            return false
        }
        let total = counters.guardLeftOut ?? 0
        var inARow = counters.guardLeftOutInARow ?? [Int](repeating: 0, count: streams)
        guard inARow[phase.stream] < settings.skipLimit, total < Int.max else {
            stop(
                NotFinite(
                    phase: phase.key, step: found.step, imagesShown: found.imagesShown,
                    found: "\(found.found); \(inARow[phase.stream]) updates of this phase in a row have been left out, "
                        + "which is guard.skip_limit"))
            return false
        }
        inARow[phase.stream] += 1
        (counters.guardLeftOut, counters.guardLeftOutInARow) = (total + 1, inARow)
        return true
    }

    mutating func stop(_ found: NotFinite) { fault = fault ?? found }
}
