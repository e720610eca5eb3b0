import Autodiff
import Learning
import Models

/// What LeCam makes of the discriminator's main phase.
extension AdversarialGame {
    /// The term, where there is one already.
    func addLeCam(_ term: Tensor?, to loss: inout Tensor, _ measurements: inout Measurements) {
        measurements[.lecam] += term?.scalar ?? 0
        guard let lecam, let term else { return }
        loss = loss + term * lecam.regularization.weight
    }

    /// With LeCam: the scores of the whole batch come first, then the rest of each microbatch.
    func discriminatorMainTogether(_ microbatches: [PhaseMicrobatch]) -> [() -> PhaseLoss] {
        guard let lecam, let batch = microbatches[0].batch else {
            preconditionFailure("LeCam: no sums over the whole batch")
        }
        let inputs = microbatches.map { input(of: $0) }
        let fakes = generated(inputs, over: batch)
        let views = microbatches.map { $0.views(augmentation, mixes: gradientPenalty != nil) }
        let sights = microbatches.indices.map { k -> SightPair in
            let reals = sight(ofReal: microbatches[k].real, through: views[k].ofReals)
            return SightPair(
                ofReals: reals,
                ofFakes: sight(
                    ofFake: fakes[k].image, through: views[k].ofFakes, labels: inputs[k].labels, beside: reals))
        }
        let anchors = lecam.anchors(sights.map(\.meanScores), over: batch)
        // Each lets go of its own when it has gone back.
        var kept: [SightPair?] = sights
        return microbatches.indices.map { k in
            {
                guard let sights = kept[k] else { preconditionFailure("LeCam: a microbatch goes back twice") }
                kept[k] = nil
                let opening = opening(
                    on: microbatches[k].real, view: views[k].ofReals, sights.ofReals, near: anchors)
                return discriminatorMain(
                    on: fakes[k], labels: inputs[k].labels, real: microbatches[k].real, opening: opening,
                    views: views[k], mix: microbatches[k].interpolation(), sight: sights.ofFakes, near: anchors)
            }
        }
    }

    /// Of a microbatch's reals and fakes.
    private struct SightPair {
        let ofReals: DiscriminatorSight
        let ofFakes: DiscriminatorSight

        var meanScores: [Float] { [ofReals, ofFakes].map { $0.seen.logits.mean().scalar } }
    }
}
