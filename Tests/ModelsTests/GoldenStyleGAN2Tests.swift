import Autodiff
import GoldenTesting
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// The networks on the inputs of `stylegan2_ggdr_*.h5`, whatever configuration a file states; their gradients and
/// training are replayed in `GoldenTrainerTests`.
@Suite struct GoldenStyleGAN2Tests {
    /// Relative error allowed between two float32 implementations.
    static let forward = 1e-5

    static let files = GoldenFile.all(prefix: "stylegan2_ggdr_")

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files, GoldenMode.allCases) func forwardPass(_ file: GoldenFile, _ mode: GoldenMode) throws {
        try mode.run { try check(file, mode) }
    }

    private func check(_ file: GoldenFile, _ mode: GoldenMode) throws {
        let golden = try file.open()
        let networks = try networks(golden)
        let g = networks.g.weights(differentiable: false)
        let d = networks.d.weights(differentiable: false)
        let generator = networks.generator
        let ws = generator.broadcast(
            generator.mapping(try golden.tensor("input/z"), labels: try labels(golden), g))
        try check(ws, "forward/ws", golden, mode)
        let fake = generator.synthesize(ws: ws, noise: .constant, g)
        try check(fake.image, "forward/image", golden, mode)
        for (resolution, map) in fake.features {
            try check(map, "forward/g_features/\(resolution)", golden, mode)
        }
        let onFake = networks.discriminator(fake.image, labels: try labels(golden), d)
        try check(onFake.logits, "forward/logits_fake", golden, mode)
        let onReal = networks.discriminator(
            try golden.tensor("input/real"), labels: try labels(golden), d)
        try check(onReal.logits, "forward/logits_real", golden, mode)
        let decoder = try #require(networks.discriminator.decoder)
        let decoded = decoder(onFake.features, d)
        for (resolution, map) in decoded {
            try check(map, "forward/decoder/\(resolution)", golden, mode)
        }
        let loss = FeatureDistance.cosine(
            decoded: try #require(decoded[decoder.resolution]), target: try #require(fake.features[decoder.resolution]))
        // The file's loss is weighted.
        try check(loss * ggdrWeight, "forward/ggdr_loss", golden, mode)
    }

    private func networks(_ golden: GoldenArrays) throws -> StyleGAN2Pair {
        let shape = StyleGAN2Shape(
            resolution: try golden.integer("res"), imageChannels: try golden.integer("ch"),
            zDim: try golden.integer("w"), wDim: try golden.integer("w"), labelDim: try golden.integer("cdim"),
            mappingLayers: try golden.integer("map"), channelBase: try golden.integer("base"),
            channelMax: try golden.integer("cmax"))
        let networks = StyleGAN2Pair(
            generator: StyleGAN2Generator(shape),
            discriminator: StyleGAN2Discriminator(
                shape, architecture: try #require(.init(rawValue: try golden.text("arch"))), minibatchGroup: 4,
                decoder: DecoderShape(resolution: try golden.integer("ggdr"))))
        try golden.load("init/G", into: networks.g)
        try golden.load("init/D", into: networks.d)
        return networks
    }

    private func check(_ tensor: Tensor, _ path: String, _ golden: GoldenArrays, _ mode: GoldenMode) throws {
        let error = relativeError(tensor.array, try golden.tensor(path).array)
        #expect(error <= Self.forward, "\(path): \(error)")
        golden.report("\(path): \(error)", mode)
    }
}

/// The networks of a file.
private struct StyleGAN2Pair {
    let generator: StyleGAN2Generator
    let discriminator: StyleGAN2Discriminator
    let g: Parameters
    let d: Parameters

    init(generator: StyleGAN2Generator, discriminator: StyleGAN2Discriminator) {
        (self.generator, self.discriminator) = (generator, discriminator)
        (g, d) = (Parameters(generator.declarations), Parameters(discriminator.declarations))
    }
}

private let ggdrWeight: Float = 10

private func labels(_ golden: GoldenArrays) throws -> Tensor? {
    try golden.integer("cdim") > 0 ? try golden.tensor("input/c") : nil
}
