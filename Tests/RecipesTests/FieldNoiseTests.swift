import Autodiff
import Cluster
import Configuration
import Kernels
import Recipes
import SmallRuns
import Storage
import Testing
import Training

/// Fields have noise of their own, as samples of training have; pictures share the network's fixed planes.
@Suite struct FieldNoiseTests {
    /// A network with much noise.
    private static func noisy() throws -> StepEngine {
        let facts = DataFacts(
            height: 24, width: 16, channels: 2, classes: 0, vectorComponents: 0, isPicture: false)
        let engine = StepEngine(
            try Small.configuration(["metrics.names=", "data.labels=false"], fields: facts), datasetLabels: nil,
            communicator: LoopbackCommunicator())
        let average = engine.networks.average
        for declaration in average.declarations where declaration.name.hasSuffix("noise_strength") {
            let entry = try #require(average.entry(named: declaration.name))
            Elementwise.fill(average.view(entry), with: 1)
        }
        average.didChange()
        return engine
    }

    @Test func aSeedHasItsOwn() throws {
        let engine = try Self.noisy()
        let (generator, average) = (engine.networks.generator, engine.networks.average)
        // ψ = 0: all seeds have the mean style, so that only noise is left to differ.
        let seeds = Array(3..<14)
        let values = try SampleImages.values(
            generator, average, seeds: seeds, conditions: nil, truncation: 0)
        let size = values.count / seeds.count
        let rows = (0..<seeds.count).map { Array(values[$0 * size..<($0 + 1) * size]) }
        #expect(Set(rows).count == seeds.count)
        // Wherever a seed stands, and whatever goes through the network with it.
        let again = try SampleImages.values(generator, average, seeds: [12, 3], conditions: nil, truncation: 0)
        #expect(Array(again[..<size]) == rows[9] && Array(again[size...]) == rows[0])
        // Pictures of one style are one picture.
        let bytes = try SampleImages.make(generator, average, seeds: [3, 4], truncation: 0)
        #expect(bytes[..<size] == bytes[size...])
    }

    @Test func aPlaceOfASheetHasItsOwn() throws {
        let engine = try Self.noisy()
        let generator = engine.networks.generator
        let z = Tensor([Float](repeating: 0.5, count: 10 * generator.zDim), shape: [10, generator.zDim])
        let values = try SampleImages.values(
            generator, engine.networks.average, z: z, labels: nil, truncation: 1)
        let size = values.count / 10
        #expect(Set((0..<10).map { Array(values[$0 * size..<($0 + 1) * size]) }).count == 10)
    }
}
