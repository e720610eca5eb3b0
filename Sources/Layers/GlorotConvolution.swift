import Autodiff
import Kernels

/// A convolution as in the code of SAGAN's authors (arXiv 1805.08318): act(x * W + b), W used as it is stored but for what
/// normalises the network's weights. On the way up pixels are repeated before it; on the way down 2×2 pixels are
/// averaged after it, and bias and activation come last.
///
/// Its parameters are `name/w` and `name/biases`.
public struct GlorotConvolution: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle
    private let kernel: Int
    private let resampling: ResolutionChange
    private let padding: Padding
    private let activation: Activation

    public init(
        _ name: String, input: Int, output: Int, kernel: Int, resampling: ResolutionChange = .none,
        padding: Padding = .zero,
        activation: Activation = .linear, in builder: inout ParameterBuilder
    ) {
        self.kernel = kernel
        self.resampling = resampling
        self.padding = padding
        self.activation = activation
        let taps = kernel * kernel
        weight = builder.declare(
            GlorotScaling.declaration(
                "\(name)/w", .convolution(kernel: kernel, input: input, output: output), fanIn: taps * input,
                fanOut: taps * output))
        bias = builder.declare(ParameterDeclaration("\(name)/biases", .plain([output]), initial: .constant(0)))
    }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: [N, H', W', output], H' being H, 2H or H/2.
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let (w, bias) = (weights[weight], weights[bias])
        return switch (resampling, kernel) {
        case (.none, _): .convolution(x, w, bias: bias, activation, padding: padding)
        // A 1×1 convolution, its bias and what follows commute with repeated pixels, and without the activation with
        // means, too: whatever works on fewer pixels comes first.
        case (.up, 1): Tensor.convolution(x, w, bias: bias, activation).nearestUpsampled()
        case (.down, 1): .convolution(x.boxDownsampled(), w, bias: bias, activation)
        case (.up, _): .convolution(x, w, bias: bias, activation, resampling: .nearestUp, padding: padding)
        case (.down, _): .convolution(x, w, bias: bias, activation, resampling: .boxDown, padding: padding)
        }
    }
}
