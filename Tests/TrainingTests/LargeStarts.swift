import Kernels
import Layers
import Recipes
import Training

extension StepEngine {
    /// Gives weights the size of Xavier's rule, where image to image starts with a fiftieth of it or with 0.02.
    ///
    /// What authors start with is all but nothing: scores are of a size of 1e-4, so that every loss is what it is of zeros,
    /// and behind products of predicted weights gradients are below Adam's ε, so that a gain near 1 stays what it is.
    func startLarge() {
        for parameters in [networks.g, networks.d] {
            for entry in parameters.trained {
                let (declaration, shape) = (entry.declaration, entry.declaration.layout.shape)
                guard case .normal(let mean, let deviation) = declaration.initial, mean == 0, shape.count == 4,
                    declaration.scale == 1
                else { continue }
                let fans = Float(shape[0] * shape[1] * (shape[2] + shape[3]))
                // Spectrally normalised layers before OASIS's last leave little of an image.
                let more: Float = entry.name == "layer_up_last.weight" ? 50 : 1
                let view = parameters.view(entry)
                Elementwise.affine(view, scale: more * (2 / fans).squareRoot() / deviation, into: view)
            }
            parameters.didChange()
        }
        networks.average.copy(from: networks.g)
    }
}
