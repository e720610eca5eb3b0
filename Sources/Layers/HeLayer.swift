import Autodiff

/// A layer of a network that is a plain stack of them. Its parameters are `name/weight` and `name/bias`, as in the
/// progressive networks' reference.
public protocol HeLayer: Sendable {
    /// The layer's result, activated.
    ///
    /// - Parameter x: [N, H, W, C] or [N, features], as the layer says.
    func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor
}
