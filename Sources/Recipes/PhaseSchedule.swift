/// Which phases a step has.
public struct PhaseSchedule: Sendable, Equatable {
    /// In their order.
    public let keys: [PhaseKey]
    /// Batches of real samples that a step reads.
    public let realBatches: Int
    /// Those that it shows, and counts: the ones that the discriminator learns from. One that the generator alone sees comes
    /// after them, and is the first that the next step shows.
    public let shownBatches: Int
    /// Random streams that phases can have; at least those of the first methods, as checkpoints have counts for each.
    public let streams: Int
    private let intervals: [PhaseKey: Int]

    public init(_ phases: [Phase]) {
        keys = phases.map(\.key)
        realBatches = 1 + (phases.compactMap(\.reals).max() ?? 0)
        shownBatches = 1 + (phases.filter { $0.learner == .discriminator }.compactMap(\.reals).max() ?? 0)
        streams = max(Phase.streams, 1 + (phases.map(\.stream).max() ?? 0))
        intervals = Dictionary(uniqueKeysWithValues: phases.map { ($0.key, $0.interval) })
    }

    /// Phases, and so optimiser steps and reductions, in a mean step.
    public var phasesPerStep: Double { keys.reduce(0) { $0 + frequency(of: $1) } }

    /// Steps from one with this phase to the next; nil where there is none.
    public func interval(of key: PhaseKey) -> Int? { intervals[key] }

    /// How often a step has this phase.
    public func frequency(of key: PhaseKey) -> Double { intervals[key].map { 1 / Double($0) } ?? 0 }

    public func phases(ofStep step: Int) -> [PhaseKey] {
        keys.filter { key in intervals[key].map { step % $0 == 0 } ?? false }
    }
}
