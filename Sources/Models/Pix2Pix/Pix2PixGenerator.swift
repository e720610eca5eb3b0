import Autodiff
import Kernels
import Layers

/// Pix2Pix's generator, a U-Net (arXiv 1611.07004, section 6.1.1), as in the authors' PyTorch code: levels in one another,
/// whose maps on the way down stand beside those on the way back; tanh.
///
/// Parameters have the authors' names, such as `model.model.1.model.3.model.1.weight`. It looks at the whole batch where it
/// is normalised by batch.
public struct Pix2PixGenerator: TranslationGenerator {
    public let shape: Pix2PixShape
    public let declarations: [ParameterDeclaration]
    /// From the outermost.
    private let levels: [Pix2PixLevel]

    public init(_ shape: Pix2PixShape) {
        self.shape = shape
        var builder = ParameterBuilder()
        levels = (0..<shape.downs).map { Pix2PixLevel(shape, level: $0, in: &builder) }
        declarations = builder.declarations
    }

    public var grid: NetworkGrid { shape.grid }
    public var zDim: Int { 0 }
    public var conditionChannels: Int { shape.inputChannels }
    public var imageChannels: Int { shape.outputChannels }
    public var sizeMultiple: Int? { 1 << shape.downs }
    public var looksAtWholeBatch: Bool { shape.normalization == .batch }

    /// Before the last convolution: the image that is given, the maps on the way down and back, which are kept, the largest
    /// of them beside one another once more, and the image that is made.
    public var floatsPerPixel: Int {
        let kept = (0..<shape.downs).reduce(0) { sum, level in
            sum + 2 * shape.generatorChannels(level: level) >> (2 * (level + 1))
        }
        return shape.inputChannels + kept + shape.generatorChannels(level: 0) / 2 + shape.outputChannels
    }

    /// The authors drop half of the channels' places, and double the rest, in training and sampling.
    public static let dropoutRate = 0.5

    /// From the innermost.
    public func dropoutSizes(height: Int, width: Int) -> [(height: Int, width: Int, channels: Int)] {
        levels.indices.reversed().filter { levels[$0].drops }.map {
            (height >> $0, width >> $0, levels[$0 - 1].channels)
        }
    }

    /// - Parameters:
    ///   - inputs: of each of this rank's microbatches; without z.
    ///   - weights: of each.
    /// - Returns: images [N, H, W, outputChannels] in [-1, 1], and the maps on the way back, without what stands beside
    ///   them, by their nominal resolution.
    public func callAsFunction(_ inputs: [TranslationInput], _ weights: [Weights]) -> [GeneratorOutput] {
        precondition(inputs.count == weights.count, "generator: \(inputs.count) inputs with \(weights.count) weights")
        inputs.check("Pix2Pix", channels: shape.inputChannels, multiple: 1 << shape.downs)
        let dropping = levels.filter(\.drops).count
        precondition(
            inputs.allSatisfy { ($0.dropout ?? []).isEmpty || $0.dropout?.count == dropping },
            "Pix2Pix: \(inputs.map { $0.dropout?.count ?? 0 }) dropouts, expected none or \(dropping)")
        var x = inputs.map(\.condition)
        /// Of each level, of each microbatch.
        var kept: [[Tensor]] = []
        for (place, level) in levels.enumerated() {
            let isInnermost = place == levels.count - 1
            x = level.down(x, weights, activation: isInnermost ? Pix2PixLevel.relu : Pix2PixLevel.leaky)
            kept.append(x)
        }
        var features = [[Int: Tensor]](repeating: [:], count: x.count)
        var dropped = 0
        func note(halvings: Int) {
            for k in x.indices { features[k][shape.resolution(halvings: halvings)] = x[k] }
        }
        note(halvings: levels.count)
        for (place, level) in levels.enumerated().reversed() {
            let dropout = inputs.map { level.drops ? $0.dropout?[dropped] : nil }
            dropped += level.drops ? 1 : 0
            x = level.up(x, dropout: dropout, weights)
            guard place > 0 else { break }
            note(halvings: place)
            // ReLU of a leaky ReLU is ReLU.
            x = zip(kept[place - 1], x).map { .concatenated([$0.activated(Pix2PixLevel.relu), $1], axis: 3) }
        }
        return x.indices.map { k in
            GeneratorOutput(image: x[k].hyperbolicTangent(), features: features[k], noted: weights[k].noted)
        }
    }
}
