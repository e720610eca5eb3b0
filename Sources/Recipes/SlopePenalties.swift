import Autodiff
import Learning
import Models

/// R1 and R2 (arXiv 1801.04406, equations 9 and 10): γ/2 · ‖∇D‖² at real and at generated images.
public struct SlopePenalties: Equatable, Sendable {
    /// γ at real images; nil for no such term.
    public var r1: Float?
    /// γ at generated images; nil for no such term.
    public var r2: Float?

    public init(r1: Float? = nil, r2: Float? = nil) { (self.r1, self.r2) = (r1, r2) }

    var isEmpty: Bool { r1 == nil && r2 == nil }
    var measures: [Measure] { (r1 == nil ? [] : [.r1Penalty]) + (r2 == nil ? [] : [.r2Penalty]) }
}

extension AdversarialGame {
    /// R1, γ/2 · ‖∇D(real)‖², lazily: times `interval`.
    ///
    /// The slope is in the images before they are augmented.
    public func r1(
        gamma: Float, real: RealSamples, view: (any DrawnAugmentation)? = nil, interval: Int
    ) -> PhaseLoss {
        slope(at: real.images, labels: real.labels, view, weight: gamma / 2 * Float(interval), .r1Penalty)
    }

    /// R2, γ/2 · ‖∇D(fake)‖², likewise.
    ///
    /// - Parameter labels: of the generated images.
    public func r2(
        gamma: Float, fake: GeneratorOutput, labels: Tensor?, view: (any DrawnAugmentation)? = nil, interval: Int
    ) -> PhaseLoss {
        slope(
            at: fake.image, labels: labels, view, weight: gamma / 2 * Float(interval), .r2Penalty, noted: fake.noted)
    }

    private func slope(
        at images: Tensor, labels: Tensor?, _ view: (any DrawnAugmentation)?, weight: Float, _ measure: Measure,
        noted made: [Float]? = nil
    ) -> PhaseLoss {
        let weights = weightsD(differentiable: true)
        let penalty = SlopePenalty.squaredSlope(at: images) {
            look(at: $0, through: view, labels: labels, weights).logits
        }
        var measurements = Measurements()
        measurements[measure] = penalty.scalar
        if let made { measurements[list: noted] = made }
        return PhaseLoss(
            loss: penalty * weight, variables: selectionD.variables(weights), measurements: measurements)
    }

    /// R1 and R2 in a phase of their own, a part of every `interval` steps.
    ///
    /// - Parameters:
    ///   - updates: main phases of the discriminator from one such phase to the next, which its weight makes up for.
    ///   - tracking: of what the generator notes where R2 has it make images.
    func penaltyPhase(_ penalties: SlopePenalties, interval: Int, updates: Int, tracking: [Tracking]) -> Phase {
        let makes = penalties.r2 != nil
        var phase = Phase(
            .discriminatorRegularization, .discriminator, stream: 3,
            measures: penalties.measures + (makes ? notedMeasures : []),
            loss: makes && generator.looksAtWholeBatch
                ? .openedTogether { microbatches in
                    let inputs = microbatches.map { input(of: $0) }
                    let fakes = generated(inputs, over: microbatches[0].batch)
                    return microbatches.indices.map { k in
                        { penalize(penalties, microbatches[k], updates) { (fakes[k], inputs[k].labels) } }
                    }
                }
                : .each { microbatch in
                    {
                        penalize(penalties, microbatch, updates) {
                            let input = input(of: microbatch)
                            return (generated([input], over: nil)[0], input.labels)
                        }
                    }
                })
        phase.interval = interval
        phase.reals = 0
        if makes { phase.tracking = tracking }
        return phase
    }

    /// Second orders need the most memory: R1 goes back before any image is generated.
    private func penalize(
        _ penalties: SlopePenalties, _ microbatch: PhaseMicrobatch, _ updates: Int,
        _ made: () -> (fake: GeneratorOutput, labels: Tensor?)
    ) -> PhaseLoss {
        func onReal(_ gamma: Float) -> PhaseLoss {
            r1(
                gamma: gamma, real: microbatch.real, view: microbatch.view(augmentation, of: .reals),
                interval: updates)
        }
        guard let gamma = penalties.r2 else {
            guard let gamma = penalties.r1 else { preconditionFailure("R1 and R2: a phase without either") }
            return onReal(gamma)
        }
        let earlier = penalties.r1.map { onReal($0).result() }
        let (fake, labels) = made()
        let last = r2(
            gamma: gamma, fake: fake, labels: labels, view: microbatch.view(augmentation, of: .fakes),
            interval: updates)
        guard let earlier else { return last }
        var measurements = last.measurements
        measurements[.r1Penalty] = earlier.measurements[.r1Penalty]
        return PhaseLoss(
            loss: last.loss, variables: last.variables, earlier: [earlier.gradients], measurements: measurements)
    }
}

extension Measure {
    /// ‖∇D‖² at real images.
    public static let r1Penalty = Measure("r1_penalty")
    /// ‖∇D‖² at generated images.
    public static let r2Penalty = Measure("r2_penalty")
}
