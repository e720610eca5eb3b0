import Autodiff
import Kernels
import Layers
import Models
import NumericalTesting
import Storage
import Testing

/// The networks of a file `r3gan_*.h5` as it states them, with their initial weights, and its inputs.
package struct GoldenR3GAN {
    package let golden: GoldenArrays
    package let shape: R3GANShape
    package let generator: R3GANGenerator
    package let discriminator: R3GANDiscriminator
    package let g: Parameters
    package let d: Parameters

    package init(_ file: GoldenFile) throws {
        let golden = try file.open()
        self.golden = golden
        let (widths, groups) = (try golden.list("widths"), try golden.list("cardinality"))
        let blocks = try golden.list("blocks")
        try #require(widths.count == groups.count && widths.count == blocks.count)
        shape = R3GANShape(
            stages: widths.indices.map {
                R3GANShape.Stage(width: widths[$0], groups: groups[$0], blocks: blocks[$0])
            }, expansion: try golden.integer("expansion"), imageChannels: try golden.file.floats("input/real").shape[1],
            zDim: try golden.integer("z"), labelDim: try golden.integer("classes"),
            generatorEmbedding: try golden.integer("gembed"), discriminatorEmbedding: try golden.integer("dembed"))
        (generator, discriminator) = (R3GANGenerator(shape), R3GANDiscriminator(shape))
        (g, d) = (Parameters(generator.declarations), Parameters(discriminator.declarations))
        // The filter is a constant here.
        try golden.loadTorch("init/G", into: g, unused: ["Resampler"])
        try golden.loadTorch("init/D", into: d, unused: ["Resampler"])
    }

    /// One-hot, of one of several batches; nil of unconditional networks.
    package func labels(_ path: String, at indices: [Int] = []) throws -> Tensor? {
        shape.labelDim > 0 ? try golden.tensor(path, at: indices) : nil
    }
}

extension GoldenArrays {
    /// Numbers with commas between them.
    fileprivate func list(_ name: String) throws -> [Int] {
        try text(name).split(separator: ",").map { try #require(Int($0)) }
    }
}
