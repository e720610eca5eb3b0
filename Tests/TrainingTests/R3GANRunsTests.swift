import SmallRuns
import Testing
import Training

/// Runs of R3GAN through the engine.
@Suite struct R3GANRunsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let overrides: [String]
    }

    static let cases = [
        Case(testDescription: "penalties in the main phase, GGDR", overrides: []),
        Case(
            testDescription: "lazy penalties of two phases a step, by class",
            overrides: ["loss.r1_interval=2", "loss.d_steps=2", "data.labels=true", "microbatch=1"]),
    ]

    @Test(arguments: cases) func ranksDoNotMatter(_ known: Case) throws {
        let overrides = Small.r3gan + known.overrides
        let start = EngineState(try Small.engine(overrides))
        let expected = try Small.states(ranks: 1, overrides, steps: 4)[0]
        #expect(expected.isFinite)
        // The very first step moves what starts at zero, and with it everything from the second one on.
        let networks = start.names.filter { $0.hasPrefix("generator/") || $0.hasPrefix("discriminator/") }
        #expect(networks.subtracting(expected.differences(from: start)) == [])
        for ranks in [2, 4] {
            for state in try Small.states(ranks: ranks, overrides, steps: 4) {
                #expect(state.differences(from: expected) == [], "\(ranks) ranks")
            }
        }
    }
}
