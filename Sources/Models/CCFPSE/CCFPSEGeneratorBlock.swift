import Autodiff
import Kernels
import Layers

/// A residual block of CC-FPSE's generator (arXiv 1910.06809, section 3.1 and figure 2): normalised by batch, a depthwise
/// 3×3 whose weights are predicted at each pixel, a 1×1, a gate that is predicted, too, and leaky ReLU; twice. Beside it what
/// it was given or, where channels change, a 1×1 of its SPADE.
struct CCFPSEGeneratorBlock: Sendable {
    /// What is predicted of the condition by two convolutions: weights, or gates before their sigmoid.
    private struct Prediction: Sendable {
        let first: PlainConvolution
        let second: PlainConvolution

        init(_ name: String, condition: Int, hidden: Int, output: Int, in builder: inout ParameterBuilder) {
            first = PlainConvolution(
                "\(name).0", input: condition, output: hidden, kernel: 3, activation: Activation(slope: 0, gain: 1),
                in: &builder)
            second = PlainConvolution("\(name).2", input: hidden, output: output, kernel: 3, in: &builder)
        }

        func callAsFunction(_ condition: Tensor, _ weights: Weights) -> Tensor {
            second(first(condition, weights), weights)
        }
    }

    /// A conditional convolution with what is around it.
    private struct Half: Sendable {
        let norm: BatchNormalization
        let kernels: Prediction
        let gates: Prediction
        let pointwise: PlainConvolution

        /// - Parameter number: 1 or 2.
        init(
            _ name: String, _ number: Int, input: Int, output: Int, _ shape: CCFPSEShape,
            in builder: inout ParameterBuilder
        ) {
            norm = BatchNormalization("\(name).norm_\(number)", channels: input, gainDeviation: 0.02, in: &builder)
            pointwise = PlainConvolution(
                "\(name).conv_\(2 * number - 1)", input: input, output: output, kernel: 1, in: &builder)
            kernels = Prediction(
                "\(name).gen_weights\(number)", condition: shape.conditionChannels, hidden: shape.hidden,
                output: 9 * input, in: &builder)
            gates = Prediction(
                "\(name).gen_se_weights\(number)", condition: shape.conditionChannels, hidden: shape.hidden,
                output: output, in: &builder)
        }

        func callAsFunction(_ parts: [Tensor], conditions: [Tensor], _ weights: [Weights]) -> [Tensor] {
            let normalized = norm(parts, weights)
            return parts.indices.map { k in
                let (condition, weights) = (conditions[k], weights[k])
                let convolved = pointwise(normalized[k].convolved(with: kernels(condition, weights)), weights)
                return (convolved * gates(condition, weights).sigmoid()).activated(CCFPSEGeneratorBlock.leaky)
            }
        }
    }

    private let first: Half
    private let second: Half
    private let skip: (norm: SpatiallyAdaptiveNormalization, conv: PlainConvolution)?

    static let leaky = Activation(slope: 0.2, gain: 1)

    /// - Parameter builder: with spectral normalisation, which only the 1×1 beside has.
    init(_ name: String, input: Int, output: Int, shape: CCFPSEShape, in builder: inout ParameterBuilder) {
        let middle = min(input, output)
        (first, second) = builder.withoutNormalization { builder in
            (
                Half(name, 1, input: input, output: middle, shape, in: &builder),
                Half(name, 2, input: middle, output: output, shape, in: &builder)
            )
        }
        skip =
            input == output
            ? nil
            : (
                SpatiallyAdaptiveNormalization(
                    "\(name).norm_s", norm: "param_free_norm", channels: input, condition: shape.conditionChannels,
                    hidden: shape.hidden, in: &builder),
                PlainConvolution(
                    "\(name).conv_s", input: input, output: output, kernel: 1, hasBias: false, in: &builder)
            )
    }

    /// - Parameters:
    ///   - parts: of each microbatch, [N, h, w, input].
    ///   - conditions: of each, the semantics and their encoding at that size.
    /// - Returns: of each, [N, h, w, output].
    func callAsFunction(_ parts: [Tensor], conditions: [Tensor], _ weights: [Weights]) -> [Tensor] {
        let beside =
            skip.map { skip in
                zip(skip.norm(parts, conditions: conditions, weights), weights).map { skip.conv($0, $1) }
            } ?? parts
        let made = second(
            first(parts, conditions: conditions, weights), conditions: conditions, weights)
        return zip(beside, made).map { $0 + $1 }
    }
}
