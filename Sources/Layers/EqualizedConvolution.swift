import Autodiff
import Kernels

/// A convolution with equalised learning rate: act(gain · (x * W) + b), optionally resampled by two.
public struct EqualizedConvolution: Sendable {
    public enum Resampling: Sendable { case none, up, down }

    let name: String
    let input: Int
    let output: Int
    let kernel: Int
    let resampling: Resampling
    let hasBias: Bool
    let activation: Activation

    /// - Parameter activation: its gain and clamp are those of the whole layer.
    public init(
        _ name: String, input: Int, output: Int, kernel: Int, resampling: Resampling = .none, hasBias: Bool = true,
        activation: Activation
    ) {
        self.name = name
        self.input = input
        self.output = output
        self.kernel = kernel
        self.resampling = resampling
        self.hasBias = hasBias
        self.activation = activation
    }

    public var declarations: [ParameterDeclaration] {
        // Without a bias and an activation the layer's gain can be part of the weight's.
        let gain = isScaledLinear ? activation.gain : 1
        var result = [
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: kernel, input: input, output: output),
                initial: .normal(deviation: 1), scale: gain / Float(input * kernel * kernel).squareRoot())
        ]
        if hasBias {
            result.append(ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0)))
        }
        return result
    }

    private var isScaledLinear: Bool { !hasBias && activation.slope == 1 && activation.clamp == nil }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: [N, H', W', output], H' being H, 2H or H/2.
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let w = weights["\(name).weight"]
        let bias = hasBias ? weights["\(name).bias"] : nil
        // Without a bias the layer's gain is in the weights already.
        let activation = isScaledLinear ? Activation.linear : activation
        return switch (resampling, kernel) {
        case (.none, _): .convolution(x, w, bias: bias, activation)
        // A 1×1 convolution and the filter commute: whichever works on fewer pixels comes first. The bias comes after
        // both, as in the reference: at the border it does not commute.
        case (.down, 1): .convolution(x.downsampled(), w, bias: bias, activation)
        case (.up, 1): Tensor.convolution(x, w).upsampled().activated(activation, bias: bias)
        case (.down, _): .convolution(x, w, bias: bias, activation, resampling: .down)
        case (.up, _): .convolution(x, w, bias: bias, activation, resampling: .up)
        }
    }
}
