import Autodiff

/// A fully connected layer, as in PyTorch: x·W + b, W used as it is stored.
///
/// Its parameters are `name.weight` and, if it has one, `name.bias`.
public struct PlainLinear: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle?

    public init(
        _ name: String, input: Int, output: Int, hasBias: Bool = true, start: WeightStart,
        in builder: inout ParameterBuilder
    ) {
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", .dense(input: input, output: output),
                initial: start.initial(fanIn: input, fanOut: output)))
        bias =
            hasBias
            ? builder.declare(ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0))) : nil
    }

    /// - Parameter x: [N, input]
    /// - Returns: [N, output]
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let y = Tensor.product(x, weights[weight])
        return bias.map { y + weights[$0].reshaped([1, y.shape[1]]) } ?? y
    }
}
