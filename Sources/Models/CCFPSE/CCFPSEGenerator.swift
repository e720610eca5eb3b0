import Autodiff
import Kernels
import Layers

/// CC-FPSE's generator (arXiv 1910.06809, section 3.1), as in the authors' code: from the shrunk label map, or from z, up to
/// the image through blocks whose convolutions are predicted from the semantics and their feature pyramid at their size;
/// leaky ReLU, 3×3, tanh.
///
/// Parameters have the authors' names, such as `up_0.gen_weights1.2.weight`, without the normalisations that their code
/// declares and never uses. It looks at the whole batch.
public struct CCFPSEGenerator: TranslationGenerator {
    private enum Entry: Sendable {
        case map(PlainConvolution)
        case latent(PlainDense)
    }

    public let shape: CCFPSEShape
    public let declarations: [ParameterDeclaration]
    private let pyramid: SemanticsPyramid
    private let entry: Entry
    /// head, middle, up.
    private let blocks: [CCFPSEGeneratorBlock]
    private let last: PlainConvolution

    public init(_ shape: CCFPSEShape) {
        self.shape = shape
        var builder = ParameterBuilder(weightNormalization: SpectralNormalization())
        pyramid = SemanticsPyramid(shape, in: &builder)
        let channels = CCFPSEShape.generatorFactors.map { $0 * shape.generatorWidth }
        let size = shape.grid.imageSize
        entry = builder.withoutNormalization { builder in
            switch shape.start {
            case .map:
                .map(
                    PlainConvolution("fc", input: shape.semantics, output: channels[0], kernel: 3, in: &builder))
            case .latent(let zDim):
                .latent(
                    PlainDense(
                        "fc", input: zDim,
                        image: (size.height >> shape.ups, size.width >> shape.ups, channels[0]), in: &builder))
            }
        }
        let names = ["head_0", "G_middle_0", "G_middle_1", "up_0", "up_1", "up_2", "up_3"]
        blocks = names.indices.map { place in
            CCFPSEGeneratorBlock(
                names[place], input: channels[max(0, place - 1)], output: channels[place], shape: shape, in: &builder)
        }
        last = builder.withoutNormalization {
            PlainConvolution(
                "conv_img", input: shape.generatorWidth, output: shape.imageChannels, kernel: 3, in: &$0)
        }
        declarations = builder.declarations
    }

    public var grid: NetworkGrid { shape.grid }
    public var zDim: Int { shape.zDim }
    public var conditionChannels: Int { shape.semantics }
    public var imageChannels: Int { shape.imageChannels }
    public var sizeMultiple: Int? { shape.zDim == 0 ? 1 << shape.ups : nil }
    public var looksAtWholeBatch: Bool { true }

    /// In the last block: the map and its encoding, which stand beside one another once more, the block's input, normalised
    /// too, and the nine weights that are predicted for each of its numbers.
    public var floatsPerPixel: Int {
        let input = CCFPSEShape.generatorFactors[CCFPSEShape.generatorFactors.count - 2] * shape.generatorWidth
        return 2 * (shape.semantics + shape.generatorWidth) + 11 * input
    }

    /// - Parameters:
    ///   - inputs: of each of this rank's microbatches: the semantics and, if it starts from it, z [N, zDim].
    ///   - weights: of each.
    /// - Returns: images [N, H, W, imageChannels] in [-1, 1], and the blocks' maps, the last of a size, by their nominal
    ///   resolution.
    public func callAsFunction(_ inputs: [TranslationInput], _ weights: [Weights]) -> [GeneratorOutput] {
        precondition(inputs.count == weights.count, "generator: \(inputs.count) inputs with \(weights.count) weights")
        inputs.check("CC-FPSE", channels: shape.semantics, multiple: 1 << shape.ups)
        let semantics = inputs.map(\.condition)
        let encoded = pyramid(semantics, weights)
        /// Of all microbatches, at the size of a level of the pyramid.
        let conditions = encoded.enumerated().map { level, maps in
            zip(semantics, maps).map { whole, map in
                Tensor.concatenated([whole.nearestDownsampled(by: 1 << (shape.ups - level)), map], axis: 3)
            }
        }
        var x = zip(inputs, weights).map { start($0, $1) }
        var features = [[Int: Tensor]](repeating: [:], count: x.count)
        var level = 0
        for (place, block) in blocks.enumerated() {
            let doubles = place > 0 && (shape.isDeep || place != 2)
            if doubles {
                level += 1
                x = x.map { $0.nearestUpsampled() }
            }
            x = block(x, conditions: conditions[level], weights)
            for k in x.indices { features[k][shape.resolution(halvings: shape.ups - level)] = x[k] }
        }
        return x.indices.map { k in
            let image = last(x[k].activated(CCFPSEGeneratorBlock.leaky), weights[k]).hyperbolicTangent()
            return GeneratorOutput(image: image, features: features[k], noted: weights[k].noted)
        }
    }

    private func start(_ input: TranslationInput, _ weights: Weights) -> Tensor {
        switch entry {
        case .map(let convolution):
            precondition(input.z == nil, "CC-FPSE: z where it starts from the map")
            return convolution(input.condition.nearestDownsampled(by: 1 << shape.ups), weights)
        case .latent(let dense):
            let size = shape.grid.imageSize
            guard let z = input.z, input.condition.shape[1] == size.height, input.condition.shape[2] == size.width
            else { preconditionFailure("CC-FPSE: no z, or a map \(input.condition.shape) that is not \(size)") }
            return dense(z, weights)
        }
    }
}
