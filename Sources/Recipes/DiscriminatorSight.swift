import Autodiff
import Layers
import Learning
import Models

/// What the discriminator has seen in images, recorded, and the weights whose gradients will be asked for.
struct DiscriminatorSight {
    let seen: DiscriminatorOutput
    let weights: Weights
}

extension AdversarialGame {
    /// What the discriminator sees in images that it is to learn from.
    func sight(of images: Tensor, through view: (any DrawnAugmentation)?, labels: Tensor?) -> DiscriminatorSight {
        let weights = weightsD(differentiable: true)
        return DiscriminatorSight(seen: look(at: images, through: view, labels: labels, weights), weights: weights)
    }

    func weightsD(differentiable: Bool) -> Weights {
        d.weights(differentiable: differentiable, selectionD, frozen: frozenD)
    }

    /// What the discriminator says of images: the one place where it sees any.
    func look(
        at images: Tensor, through view: (any DrawnAugmentation)?, labels: Tensor?, _ weights: Weights
    ) -> DiscriminatorOutput {
        discriminator(view?.images(images) ?? images, labels: labels, weights)
    }
}
