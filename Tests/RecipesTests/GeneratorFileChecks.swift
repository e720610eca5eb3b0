import Autodiff
import Layers
import Recipes
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// Writes the engine's checkpoint and expects the file's generator to be its own, sizes and images.
///
/// - Returns: what the file tells.
func expectSameGenerator(_ engine: StepEngine, resolution: Int) throws -> GeneratorFile {
    try withTemporaryFolder { folder in
        let path = folder + "/a.h5"
        try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
        let file = try GeneratorFile(path)
        let average = engine.networks.average
        #expect(file.parameters.declarations.map(\.name) == average.declarations.map(\.name))
        #expect(file.parameters.declarations.map(\.layout) == average.declarations.map(\.layout))
        #expect(file.parameters.state.array == average.state.array)
        #expect(file.generator.resolution == resolution && file.generator.zDim == 16)
        #expect(file.generator.labelDim == engine.configuration.labelDimension)
        let z = Randomizer(seed: 0).normals(.sample, step: 0, samples: 3..<5, shape: [16])
        let labels = file.generator.labelDim > 0 ? Tensor.oneHot([0, 1], classes: 3) : nil
        let expected = try SampleImages.make(engine.networks.generator, average, z: z, labels: labels, truncation: 1)
        #expect(try file.images(seeds: [3, 4], classes: nil, truncation: 1) == expected)
        return file
    }
}
