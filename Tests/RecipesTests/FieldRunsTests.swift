import Cluster
import Configuration
import Kernels
import Models
import Recipes
import SmallRuns
import Testing
import Training

/// Steps of all methods on fields of 12×20 from 6×10, of two channels.
@Suite struct FieldRunsTests {
    private static let facts = DataFacts(height: 12, width: 20, channels: 2, isPicture: false)

    static let families: [[String]] = [
        ["augment.mode=fixed", "augment.p=0.5", "augment.pipeline=geom"],
        [
            "growing.enabled=true", "growing.start=4", "model.discriminator=orig",
            "augment.diffaugment=translation,cutout",
        ],
        Small.progressive, Small.selfAttention + ["data.labels=false"],
    ]

    private static func engine(_ family: [String], _ communicator: any Communicator) throws -> StepEngine {
        let configuration = try Small.configuration(
            family + ["metrics.names=", "model.padding=reflect"], fields: facts, ranks: communicator.size)
        return StepEngine(configuration, datasetLabels: nil, communicator: communicator)
    }

    private static func states(_ family: [String], ranks: Int) throws -> [EngineState] {
        try LoopbackGroup(size: ranks).run { member in
            let engine = try engine(family, member)
            try Small.run(engine, steps: 4)
            return EngineState(engine)
        }
    }

    @Test(arguments: families) func stepsLearnAndStayFinite(_ family: [String]) throws {
        let engine = try Self.engine(family, LoopbackCommunicator())
        #expect(engine.networks.generator.mapSize(at: 8) == MapSize(height: 12, width: 20))
        let (g, d) = (engine.networks.g.values.array, engine.networks.d.values.array)
        try Small.run(engine, steps: 4)
        #expect(EngineState(engine).isFinite)
        #expect(engine.networks.g.values.array != g)
        #expect(engine.networks.d.values.array != d)
    }

    @Test(arguments: families) func anyNumberOfRanksHasTheSameBits(_ family: [String]) throws {
        let one = try Self.states(family, ranks: 1)[0]
        for state in try Self.states(family, ranks: 2) { #expect(state.differences(from: one) == []) }
    }
}
