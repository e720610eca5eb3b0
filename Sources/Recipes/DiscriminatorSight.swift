import Autodiff
import Layers
import Learning
import Models

/// What the discriminator has seen in images, recorded, and the weights whose gradients will be asked for.
struct DiscriminatorSight {
    let seen: DiscriminatorOutput
    let weights: Weights
    /// ‖∇D‖² at the images, where a penalty asks for it.
    var squaredSlope: Tensor?
}

extension AdversarialGame {
    /// What the discriminator sees in images that it is to learn from.
    func sight(of images: Tensor, through view: (any DrawnAugmentation)?, labels: Tensor?) -> DiscriminatorSight {
        sight(of: images, through: view, labels: labels, weightsD(differentiable: true), isSloped: false)
    }

    /// In the real images of the main phase.
    func sight(ofReal real: RealSamples, through view: (any DrawnAugmentation)?) -> DiscriminatorSight {
        sight(
            of: real.images, through: view, labels: real.labels, weightsD(differentiable: true),
            isSloped: penalties.r1 != nil)
    }

    /// In generated images of the main phase.
    ///
    /// - Parameter reals: what it has seen in real ones: those and these are judged together, or else apart.
    func sight(
        ofFake images: Tensor, through view: (any DrawnAugmentation)?, labels: Tensor?, beside reals: DiscriminatorSight
    ) -> DiscriminatorSight {
        sight(
            of: images, through: view, labels: labels,
            judgesPairs ? reals.weights : weightsD(differentiable: true), isSloped: penalties.r2 != nil)
    }

    /// The slope is in the images before they are augmented.
    private func sight(
        of images: Tensor, through view: (any DrawnAugmentation)?, labels: Tensor?, _ weights: Weights, isSloped: Bool
    ) -> DiscriminatorSight {
        let images = isSloped ? images.variable() : images
        let seen = look(at: images, through: view, labels: labels, weights)
        return DiscriminatorSight(
            seen: seen, weights: weights,
            squaredSlope: isSloped ? SlopePenalty.squaredSlope(of: seen.logits, at: images) : nil)
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
