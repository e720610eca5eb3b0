import Autodiff
import Kernels
import Layers

/// A residual block of OASIS's generator (arXiv 2012.04781, table D), which is SPADE's (arXiv 1903.07291, figure 4): SPADE,
/// leaky ReLU, 3×3, twice; beside it what it was given or, where channels change, a 1×1 of a third SPADE.
struct OASISGeneratorBlock: Sendable {
    private let norm0: SpatiallyAdaptiveNormalization
    private let conv0: PlainConvolution
    private let norm1: SpatiallyAdaptiveNormalization
    private let conv1: PlainConvolution
    private let skip: (norm: SpatiallyAdaptiveNormalization, conv: PlainConvolution)?

    static let leaky = Activation(slope: 0.2, gain: 1)

    init(_ name: String, input: Int, output: Int, shape: OASISShape, in builder: inout ParameterBuilder) {
        let middle = min(input, output)
        func norm(_ place: String, _ channels: Int, _ builder: inout ParameterBuilder) -> SpatiallyAdaptiveNormalization
        {
            SpatiallyAdaptiveNormalization(
                "\(name).norm_\(place)", norm: "first_norm", channels: channels, condition: shape.zDim + shape.classes,
                hidden: shape.hidden, in: &builder)
        }
        conv0 = PlainConvolution("\(name).conv_0", input: input, output: middle, kernel: 3, in: &builder)
        conv1 = PlainConvolution("\(name).conv_1", input: middle, output: output, kernel: 3, in: &builder)
        norm0 = norm("0", input, &builder)
        norm1 = norm("1", middle, &builder)
        skip =
            input == output
            ? nil
            : (
                norm("s", input, &builder),
                PlainConvolution(
                    "\(name).conv_s", input: input, output: output, kernel: 1, hasBias: false, in: &builder)
            )
    }

    /// - Parameters:
    ///   - parts: of each microbatch, [N, h, w, input].
    ///   - conditions: of each, the noise and the label map at that size.
    /// - Returns: of each, [N, h, w, output].
    func callAsFunction(_ parts: [Tensor], conditions: [Tensor], _ weights: [Weights]) -> [Tensor] {
        func convolved(_ parts: [Tensor], _ convolution: PlainConvolution) -> [Tensor] {
            zip(parts, weights).map { convolution($0, $1) }
        }
        let beside =
            skip.map { convolved($0.norm(parts, conditions: conditions, weights), $0.conv) } ?? parts
        let first = convolved(norm0(parts, conditions: conditions, weights, activation: Self.leaky), conv0)
        let second = convolved(norm1(first, conditions: conditions, weights, activation: Self.leaky), conv1)
        return zip(beside, second).map { $0 + $1 }
    }
}
