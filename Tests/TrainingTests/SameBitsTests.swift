import Cluster
import Recipes
import SmallRuns
import Testing
import Training

/// A run has the same bits on any number of ranks, a power of two.
@Suite struct SameBitsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let overrides: [String]
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "microbatch 1", overrides: ["batch=4", "microbatch=1"]),
        Case(name: "microbatch 2", overrides: []),
        Case(name: "microbatch 4", overrides: ["batch=16", "microbatch=4"]),
        Case(
            name: "two microbatches a rank of four", overrides: ["batch=8", "microbatch=1", "loss.pl_batch_shrink=4"]),
        Case(name: "conditional", overrides: ["data.labels=true"]),
        Case(name: "without GGDR", overrides: ["ggdr.enabled=false"]),
        Case(name: "plain stack", overrides: ["model.discriminator=orig", "loss.style_mixing=0", "ema.ramp=none"]),
    ]

    private func state(ranks: Int, _ overrides: [String], steps: Int) throws -> EngineState {
        let states = try Small.states(ranks: ranks, overrides, steps: steps)
        for (rank, state) in states.enumerated() {
            #expect(state.differences(from: states[0]).isEmpty, "rank \(rank)")
        }
        return states[0]
    }

    @Test(arguments: cases) func ranksDoNotMatter(_ known: Case) throws {
        let steps = 4
        let alone = try Small.engine(known.overrides)
        let start = EngineState(alone)
        try Small.run(alone, steps: steps)
        let expected = EngineState(alone)
        #expect(expected.isFinite)
        #expect(alone.pathMean > 0)
        // Everything that can has moved.
        let still = Set(start.names).subtracting(expected.differences(from: start))
        #expect(still.allSatisfy { $0.hasSuffix(".noise_const") }, "\(still.sorted())")
        for ranks in [1, 2, 4] {
            #expect(
                try state(ranks: ranks, known.overrides, steps: steps).differences(from: expected).isEmpty,
                "\(ranks) ranks")
        }
    }

    @Test func seedsMatter() throws {
        let (a, b) = (try Small.engine(), try Small.engine(["seed=1"]))
        #expect(EngineState(b).differences(from: EngineState(a)).contains("generator/synthesis.b4.conv1.weight"))
    }

    @Test func measurementsAreTheSame() throws {
        func measured(_ ranks: Int) throws -> [[[String: [Float]]]] {
            try LoopbackGroup(size: ranks).run { member in
                let engine = try Small.engine(communicator: member)
                let report = try engine.run(phases: Small.phases, real: Small.reals(engine))
                return Small.phases.map { report.measurements[$0]?.named ?? [:] }
            }
        }
        let alone = try measured(1)[0]
        #expect(alone.map(\.count) == [3, 3, 6, 1])
        for ranks in [2, 4] {
            for found in try measured(ranks) { #expect(found == alone) }
        }
    }

    @Test func positionsAreDealtInContiguousRuns() throws {
        let positions = try LoopbackGroup(size: 4).run { member in
            let engine = try Small.engine(communicator: member)
            return engine.positions(of: ReadRequest(imagesShown: 80, stage: engine.configuration.grown.stage))
        }
        #expect(positions == [[80, 81], [82, 83], [84, 85], [86, 87]])
    }
}
