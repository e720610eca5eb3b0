import Autodiff
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting

/// A SAGAN's generator and discriminator with random parameters, biases and attention's gains among them, and inputs for
/// two microbatches.
struct SAGANPair {
    static let batch = 2
    static let microbatches = 2

    let shape: SAGANShape
    let generator: SAGANGenerator
    let discriminator: SAGANDiscriminator
    let g: Parameters
    let d: Parameters

    init(
        _ shape: SAGANShape, generator: NetworkExtras = .none, discriminator: NetworkExtras = .none,
        decoder: DecoderShape? = nil, memory: ActivationMemory = .full
    ) {
        self.shape = shape
        self.generator = SAGANGenerator(shape, extras: generator)
        self.discriminator = SAGANDiscriminator(
            shape, extras: discriminator, decoder: decoder, memory: memory)
        g = Parameters(self.generator.declarations)
        d = Parameters(self.discriminator.declarations)
        for (network, parameters) in [g, d].enumerated() {
            parameters.initialize(seed: 1, network: UInt32(network))
            var samples = Samples(seed: UInt64(3 + network))
            // Whatever starts as a constant.
            for entry in parameters.trained where Set(parameters.view(entry).array).count == 1 {
                let values = zip(parameters.view(entry).array, samples.floats(entry.count)).map { $0 + $1 / 2 }
                Elementwise.copy(BufferView(values), into: parameters.view(entry))
            }
            parameters.didChange()
            parameters.advance()
        }
    }

    static func shape(_ resolution: Int, classes: Int = 3, channels: Int = 3, base: Int? = nil) -> SAGANShape {
        SAGANShape(
            resolution: resolution, imageChannels: channels, zDim: 6, labelDim: classes,
            channelBase: base ?? 8 * resolution, channelMax: 32)
    }

    /// Classes in turn.
    func labels(_ microbatch: Int) -> Tensor? {
        guard shape.labelDim > 0 else { return nil }
        let rows = (0..<Self.batch).flatMap { n in
            (0..<shape.labelDim).map { Float($0 == (microbatch * Self.batch + n) % shape.labelDim ? 1 : 0) }
        }
        return Tensor(rows, shape: [Self.batch, shape.labelDim])
    }

    var inputs: [GeneratorInput] {
        var samples = Samples(seed: 5)
        return (0..<Self.microbatches).map { k in
            GeneratorInput(
                z: Tensor(samples.floats(Self.batch * shape.zDim, -2...2), shape: [Self.batch, shape.zDim]),
                labels: labels(k), noise: .none)
        }
    }

    /// Of the whole batch.
    func weights(differentiable: Bool = false) -> [Weights] {
        let whole = WholeBatch(microbatches: Self.microbatches)
        return (0..<Self.microbatches).map { _ in g.weights(differentiable: differentiable, batch: whole) }
    }

    /// Of both microbatches.
    func generated() -> [GeneratorOutput] { generator(inputs, weights()) }

    func judged(_ image: Tensor, _ weights: Weights? = nil) -> DiscriminatorOutput {
        discriminator(image, labels: labels(0), weights ?? d.weights(differentiable: false))
    }
}

extension Parameters {
    /// Stored elements.
    func stored(_ name: String) -> [Double] { entry(named: name).map { view($0).array.map(Double.init) } ?? [] }
}
