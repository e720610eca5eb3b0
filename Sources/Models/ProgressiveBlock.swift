import Autodiff
import Layers

/// One resolution of a progressive network: layers on top of one another.
struct ProgressiveBlock: Sendable {
    let resolution: Int
    let layers: [any HeLayer]
    /// Whether feature vectors are normalised after each layer.
    let isNormalized: Bool

    func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        layers.reduce(x) { x, layer in
            let y = layer(x, weights)
            return isNormalized ? y.pixelNormalized() : y
        }
    }
}
