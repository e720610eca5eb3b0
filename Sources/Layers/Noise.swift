import Autodiff

/// Where the noise inputs of synthesis layers come from (arXiv 1812.04948, section 2).
public enum Noise {
    case none
    /// The fixed planes that belong to the network.
    case constant
    /// One plane per sample and layer: [N, height, width].
    case random((SynthesisLayer) -> Tensor)

    func plane(for layer: SynthesisLayer, _ weights: Weights) -> Tensor? {
        switch self {
        case .none: nil
        case .constant: layer.constantNoise(weights)
        case .random(let draw): draw(layer)
        }
    }
}
