import Autodiff
import Kernels
import Layers

/// OASIS's generator (arXiv 2012.04781, section 3.2 and table D), as in the authors' code: noise at every pixel beside the
/// label map, small at first; residual blocks that see it at their own size, pixels repeated between them; leaky ReLU, 3×3,
/// tanh. Convolutions of the blocks are spectrally normalised.
///
/// Parameters have the authors' names, such as `body.0.norm_0.mlp_gamma.weight`. It looks at the whole batch.
public struct OASISGenerator: TranslationGenerator {
    public let shape: OASISShape
    public let declarations: [ParameterDeclaration]
    private let entry: PlainConvolution
    private let blocks: [OASISGeneratorBlock]
    private let last: PlainConvolution

    public init(_ shape: OASISShape) {
        self.shape = shape
        var builder = ParameterBuilder(weightNormalization: SpectralNormalization())
        entry = builder.withoutNormalization {
            PlainConvolution(
                "fc", input: shape.zDim + shape.classes, output: shape.generatorChannels(before: 0), kernel: 3, in: &$0)
        }
        blocks = (0..<shape.blocks).map { block in
            OASISGeneratorBlock(
                "body.\(block)", input: shape.generatorChannels(before: block),
                output: shape.generatorChannels(before: block + 1), shape: shape, in: &builder)
        }
        last = builder.withoutNormalization {
            PlainConvolution(
                "conv_img", input: shape.generatorChannels(before: shape.blocks), output: shape.imageChannels,
                kernel: 3,
                in: &$0)
        }
        declarations = builder.declarations
    }

    public var grid: NetworkGrid { shape.grid }
    public var zDim: Int { shape.zDim }
    public var conditionChannels: Int { shape.classes }
    public var imageChannels: Int { shape.imageChannels }
    public var sizeMultiple: Int? { 1 << (shape.blocks - 1) }
    public var looksAtWholeBatch: Bool { true }
    public var takesNoiseOfPixels: Bool { shape.zDim > 0 }

    /// In the last block's first SPADE: the map and what it is fed with the noise, the block's input, normalised too, what is
    /// between map and factors, and gains and biases; and the blocks' maps, which are kept.
    public var floatsPerPixel: Int {
        let input = shape.generatorChannels(before: shape.blocks - 1)
        let kept = (0..<shape.blocks - 1).reduce(0) { sum, block in
            sum + shape.generatorChannels(before: block + 1) >> (2 * (shape.blocks - 1 - block))
        }
        return 2 * shape.classes + shape.zDim + 4 * input + shape.hidden + kept
    }

    /// - Parameters:
    ///   - inputs: of each of this rank's microbatches: one-hot label maps, and noise for each sample or for each pixel.
    ///   - weights: of each.
    /// - Returns: images [N, H, W, imageChannels] in [-1, 1], and the blocks' maps by their nominal resolution.
    public func callAsFunction(_ inputs: [TranslationInput], _ weights: [Weights]) -> [GeneratorOutput] {
        precondition(inputs.count == weights.count, "generator: \(inputs.count) inputs with \(weights.count) weights")
        inputs.check("OASIS", channels: shape.classes, multiple: 1 << (shape.blocks - 1))
        let maps = inputs.map { self.maps(of: $0) }
        func conditions(halvings: Int) -> [Tensor] { maps.map { $0.nearestDownsampled(by: 1 << halvings) } }
        var halvings = shape.blocks - 1
        var x = zip(conditions(halvings: halvings), weights).map { entry($0, $1) }
        var features = [[Int: Tensor]](repeating: [:], count: x.count)
        for (place, block) in blocks.enumerated() {
            if place > 0 {
                halvings -= 1
                x = x.map { $0.nearestUpsampled() }
            }
            x = block(x, conditions: conditions(halvings: halvings), weights)
            for k in x.indices { features[k][shape.resolution(halvings: halvings)] = x[k] }
        }
        return x.indices.map { k in
            let image = last(x[k].activated(OASISGeneratorBlock.leaky), weights[k]).hyperbolicTangent()
            return GeneratorOutput(image: image, features: features[k], noted: weights[k].noted)
        }
    }

    /// Noise and label map, [N, H, W, zDim + classes].
    private func maps(of input: TranslationInput) -> Tensor {
        let size = Array(input.condition.shape.dropLast())
        guard let z = input.z, shape.zDim > 0 else {
            precondition(shape.zDim == 0 && input.z == nil, "OASIS: noise of \(shape.zDim) channels is missing")
            return input.condition
        }
        let full = size + [shape.zDim]
        precondition(
            z.shape == [size[0], shape.zDim] || z.shape == full,
            "OASIS: noise \(z.shape), expected [N, \(shape.zDim)] or \(full)")
        let spread = z.rank == 4 ? z : z.reshaped([size[0], 1, 1, shape.zDim]).sum(to: full)
        return .concatenated([spread, input.condition], axis: 3)
    }
}
