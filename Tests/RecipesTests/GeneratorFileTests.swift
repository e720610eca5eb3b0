import Autodiff
import Cluster
import Models
import Recipes
import Storage
import TestSupport
import SmallRuns
import Testing
import Training

@Suite struct GeneratorFileTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var resolution = 16
        var channels = 3
        var overrides: [String]
        var testDescription: String { "\(resolution)² \(overrides.joined(separator: " "))" }
    }

    static let cases = [
        Case(overrides: []),
        Case(overrides: ["data.labels=true", "model.mapping_layers=3", "model.z_dim=5", "model.w_dim=12"]),
        Case(resolution: 32, channels: 1, overrides: ["model.channel_base=128", "model.channel_max=8"]),
        // Wide everywhere: the maximum counts at every resolution.
        Case(resolution: 8, overrides: ["model.channel_base=4096", "model.channel_max=8"]),
        // Narrow everywhere: the base counts at every resolution.
        Case(resolution: 32, overrides: ["model.channel_base=128", "model.channel_max=512"]),
        // Bases that resolutions do not divide.
        Case(resolution: 16, overrides: ["model.channel_base=28", "model.channel_max=512"]),
        Case(resolution: 16, overrides: ["model.channel_base=100", "model.channel_max=9"]),
        Case(resolution: 32, overrides: ["model.channel_base=63", "model.channel_max=7", "model.mapping_layers=1"]),
        Case(overrides: ["model.clamp=none"]),
        Case(overrides: ["model.clamp=0.5"]),
    ]

    private func engine(_ known: Case) throws -> StepEngine {
        let configuration = try Small.configuration(
            known.overrides, resolution: known.resolution, channels: known.channels)
        return StepEngine(configuration, datasetLabels: Small.datasetLabels, communicator: LoopbackCommunicator())
    }

    @Test(arguments: cases) func sizesAreToldByShapes(_ known: Case) throws {
        let engine = try engine(known)
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
            let file = try GeneratorFile(path)
            #expect(file.parameters.declarations.map(\.name) == engine.networks.average.declarations.map(\.name))
            #expect(
                file.parameters.declarations.map(\.layout) == engine.networks.average.declarations.map(\.layout))
            let shape = try #require(engine.networks.generator as? StyleGAN2Generator).shape
            let found = try #require(file.generator as? StyleGAN2Generator).shape
            for resolution in shape.resolutions {
                #expect(found.channels(resolution) == shape.channels(resolution))
            }
            #expect(found.clamp == shape.clamp)
            #expect(found.zDim == shape.zDim && found.labelDim == shape.labelDim)
            #expect(file.level == GrowthLevel(resolution: shape.resolution))
            #expect(file.parameters.values.array == engine.networks.average.values.array)
            #expect(file.parameters.state.array == engine.networks.average.state.array)
        }
    }

    @Test(arguments: [[String](), ["data.labels=true", "model.clamp=2"]])
    func imagesAreThoseOfTheAverage(_ overrides: [String]) throws {
        let engine = try engine(Case(overrides: overrides))
        try Small.run(engine, steps: 2)
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
            let networks = engine.networks
            let z = Tensor.concatenated(
                (3..<13).map { Randomizer(seed: 0).normals(.sample, step: 0, samples: $0..<$0 + 1, shape: [16]) },
                axis: 0)
            let labels =
                overrides.isEmpty ? nil : Tensor.oneHot((3..<13).map { Int32($0 % 3) }, classes: 3)
            for psi: Float in [1, 0.5] {
                let expected = try SampleImages.make(
                    networks.generator, networks.average, z: z, labels: labels, truncation: psi)
                #expect(
                    try GeneratorFile(path).images(seeds: Array(3..<13), classes: nil, truncation: psi) == expected)
            }
        }
    }

    @Test func anImageIsAFunctionOfItsSeed() throws {
        let engine = try engine(Case(overrides: ["data.labels=true"]))
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
            let file = try GeneratorFile(path)
            let all = try file.images(seeds: Array(0..<11), classes: Array(repeating: 1, count: 11), truncation: 1)
            let size = 16 * 16 * 3
            #expect(all.count == 11 * size)
            for seed in [0, 4, 10] {
                #expect(
                    try file.images(seeds: [seed], classes: [1], truncation: 1)
                        == Array(all[seed * size..<(seed + 1) * size]))
            }
            #expect(
                try file.images(seeds: [4], classes: [2], truncation: 1)
                    != file.images(seeds: [4], classes: [1], truncation: 1)
            )
        }
    }

    @Test func whatHoldsNoGeneratorIsNamed() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(
                CheckpointContents(arrays: [("generator/fc.weight", [2], [1, 2])]), to: path)
            var message = ""
            do { _ = try GeneratorFile(path) } catch { message = "\(error)" }
            #expect(message.contains(path) && message.contains("holds no generator that this version knows"))
        }
    }

    @Test func aMissingParameterIsNamed() throws {
        let engine = try engine(Case(overrides: []))
        var contents = engine.checkpoint(datasetID: "set", ranks: 1)
        contents.arrays.removeAll { $0.path == "ema/synthesis.b8.conv0.noise_const" }
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(contents, to: path)
            var message = ""
            do { _ = try GeneratorFile(path) } catch { message = "\(error)" }
            #expect(message.contains("ema/synthesis.b8.conv0.noise_const is missing, expected shape [8, 8]"))
        }
    }
}
