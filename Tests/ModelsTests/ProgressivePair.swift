import Autodiff
import Kernels
import Layers
import Models

/// A progressive generator and discriminator with random parameters, biases among them, and inputs for them.
struct ProgressivePair {
    /// 16², with 12, 8 and 4 channels.
    static let shape = ProgressiveShape(
        resolution: 16, imageChannels: 3, zDim: 6, labelDim: 2, channelBase: 64, channelMax: 12)
    static let ggdrResolution = 8
    static let batch = 4

    /// 4, 8 fading and 8, 16 fading and 16.
    static let levels = [
        GrowthLevel(resolution: 4), GrowthLevel(resolution: 8, fade: 0.75), GrowthLevel(resolution: 8),
        GrowthLevel(resolution: 16, fade: 0.25), GrowthLevel(resolution: 16),
    ]

    let shape: ProgressiveShape
    let generator: ProgressiveGenerator
    let discriminator: ProgressiveDiscriminator
    let g: Parameters
    let d: Parameters

    init(_ shape: ProgressiveShape = shape, memory: ActivationMemory = .full) {
        self.shape = shape
        generator = ProgressiveGenerator(shape, memory: memory)
        discriminator = ProgressiveDiscriminator(
            shape,
            decoder: shape.resolution > Self.ggdrResolution ? DecoderShape(resolution: Self.ggdrResolution) : nil,
            memory: memory)
        g = Parameters(generator.declarations)
        d = Parameters(discriminator.declarations)
        for (network, parameters) in [g, d].enumerated() {
            parameters.initialize(seed: 1, network: UInt32(network))
            for entry in parameters.trained where entry.name.hasSuffix("bias") {
                let values = Self.normals([entry.count], row: entry.offset).array
                Elementwise.copy(BufferView(values.map { $0 / 4 }), into: parameters.view(entry))
            }
            parameters.didChange()
        }
    }

    static func normals(_ shape: [Int], row: Int = 0) -> Tensor {
        let view = BufferView(count: shape.reduce(1, *))
        Draws.normals(key: 7, firstRow: row, c2: 0, c3: 0, into: view, rowCount: view.count)
        return Tensor(view, shape: shape)
    }

    /// Samples of both classes in turn.
    var labels: Tensor? {
        guard shape.labelDim > 0 else { return nil }
        let rows = (0..<Self.batch).flatMap { n in (0..<shape.labelDim).map { $0 == n % shape.labelDim ? Float(1) : 0 }
        }
        return Tensor(rows, shape: [Self.batch, shape.labelDim])
    }

    func generated(at level: GrowthLevel, _ weights: Weights? = nil) -> GeneratorOutput {
        generator.at(level)(
            GeneratorInput(z: Self.normals([Self.batch, shape.zDim]), labels: labels, noise: .none),
            weights ?? g.weights(differentiable: false))
    }

    func judged(_ image: Tensor, at level: GrowthLevel, _ weights: Weights? = nil) -> DiscriminatorOutput {
        discriminator.at(level)(image, labels: labels, weights ?? d.weights(differentiable: false))
    }

    /// N(0, 1) noise of a level's resolution.
    func noise(at level: GrowthLevel) -> Tensor {
        Self.normals([Self.batch, level.resolution, level.resolution, shape.imageChannels], row: 1)
    }

    /// A change of one choice.
    static func changed(_ change: (inout ProgressiveShape) -> Void) -> ProgressiveShape {
        var shape = shape
        change(&shape)
        return shape
    }
}
