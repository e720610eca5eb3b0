import Autodiff
import Kernels

/// A convolution with any window and stride as in PyTorch: x * W + b, zeros beyond the border.
///
/// Its parameters are `name.weight` and, if it has one, `name.bias`.
public struct StridedConvolution: Sendable {
    private let parameters: WindowParameters
    private let stride: Int
    private let padding: Int

    public init(
        _ name: String, input: Int, output: Int, kernel: Int, stride: Int, padding: Int, hasBias: Bool,
        start: WeightStart, in builder: inout ParameterBuilder
    ) {
        (self.stride, self.padding) = (stride, padding)
        parameters = WindowParameters(
            name, .convolution(kernel: kernel, input: input, output: output), bias: hasBias ? output : nil,
            start.initial(fanIn: kernel * kernel * input, fanOut: kernel * kernel * output), in: &builder)
    }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: act of [N, H', W', output], H' being (H + 2·padding − kernel)/stride + 1, rounded down.
    public func callAsFunction(_ x: Tensor, _ weights: Weights, activation: Activation = .linear) -> Tensor {
        Tensor.slidingConvolution(x, weights[parameters.weight], stride: stride, padding: padding)
            .activated(activation, bias: parameters.bias.map { weights[$0] })
    }
}

/// A transposed convolution as in PyTorch: the adjoint of a ``StridedConvolution``, and a bias.
///
/// Its parameters are `name.weight`, in files [input, output, k, k], and, if it has one, `name.bias`.
public struct TransposedConvolution: Sendable {
    private let parameters: WindowParameters
    private let stride: Int
    private let padding: Int

    public init(
        _ name: String, input: Int, output: Int, kernel: Int, stride: Int, padding: Int, hasBias: Bool,
        start: WeightStart, in builder: inout ParameterBuilder
    ) {
        (self.stride, self.padding) = (stride, padding)
        // The convolution that it is the adjoint of goes the other way.
        parameters = WindowParameters(
            name, .convolution(kernel: kernel, input: output, output: input), bias: hasBias ? output : nil,
            start.initial(fanIn: kernel * kernel * output, fanOut: kernel * kernel * input), in: &builder)
    }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: act of [N, H', W', output], H' being (H − 1)·stride + kernel − 2·padding.
    public func callAsFunction(_ x: Tensor, _ weights: Weights, activation: Activation = .linear) -> Tensor {
        Tensor.transposedConvolution(x, weights[parameters.weight], stride: stride, padding: padding)
            .activated(activation, bias: parameters.bias.map { weights[$0] })
    }
}

private struct WindowParameters: Sendable {
    let weight: ParameterHandle
    let bias: ParameterHandle?

    init(
        _ name: String, _ layout: ParameterLayout, bias: Int?, _ initial: ParameterDeclaration.Initial,
        in builder: inout ParameterBuilder
    ) {
        weight = builder.declare(ParameterDeclaration("\(name).weight", layout, initial: initial))
        self.bias = bias.map {
            builder.declare(ParameterDeclaration("\(name).bias", .plain([$0]), initial: .constant(0)))
        }
    }
}
