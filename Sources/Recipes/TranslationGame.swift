import Autodiff
import Configuration
import Kernels
import Layers
import Learning
import Models

/// A generator that makes images of what conditions their pixels, against a discriminator that judges places of them: the
/// passes that image-to-image methods have in common. In each phase the generator is given the conditions of the phase's own
/// real images, so that every image has its pair.
package struct TranslationGame {
    let generator: any Generator
    let discriminator: any Discriminator
    let method: any TranslationMethod
    /// Generator-guided regularisation (arXiv 2207.13320); nil without.
    let guide: GGDR?
    let g: Parameters
    let d: Parameters
    /// Where the discriminator is shown the very images that the generator then learns from; nil where each phase makes its
    /// own.
    let sharedFakes: SharedFakes?
    private let selectionG: ParameterSelection
    private let selectionD: ParameterSelection
    private let frozenD: ParameterSelection

    /// - Parameter sharesFakes: whether both phases of a step, the discriminator's first, have the same generated images.
    package init(
        _ networks: Networks, _ method: any TranslationMethod, guide: Configuration.GGDR, sharesFakes: Bool = false
    ) {
        (generator, discriminator) = (networks.generator, networks.discriminator)
        (g, d) = (networks.g, networks.d)
        self.method = method
        sharedFakes = sharesFakes ? SharedFakes() : nil
        self.guide = discriminator.decoder.map { GGDR($0, guide) }
        selectionG = g.selection(generator.activeParameters)
        let active = discriminator.activeParameters
        selectionD = d.selection(active.subtracting(networks.frozen))
        frozenD = d.selection(active.intersection(networks.frozen))
    }

    // MARK: The generator's phase

    /// Images of all of a rank's microbatches, recorded.
    func fakes(_ microbatches: [PhaseMicrobatch]) -> Fakes {
        sharedFakes?.take(ofStep: microbatches[0].step) ?? recorded(microbatches)
    }

    private func recorded(_ microbatches: [PhaseMicrobatch]) -> Fakes {
        let weights = microbatches.map { g.weights(differentiable: true, selectionG, batch: batchOfG($0)) }
        return Fakes(
            made: generator(microbatches.map(inputOfG), weights), variables: weights.map { selectionG.variables($0) })
    }

    struct Fakes {
        let made: [GeneratorOutput]
        /// Of each microbatch, the generator's trained parameters.
        let variables: [[Tensor]]
    }

    /// Of shared images the same in both phases.
    private func inputOfG(_ microbatch: PhaseMicrobatch) -> GeneratorInput {
        microbatch.generatorInput(
            generator, as: sharedFakes == nil ? nil : (PhaseKey.generatorMain, Self.generatorStream))
    }

    static let generatorStream = 0

    /// The rest of the phase.
    func generatorMain(_ microbatches: [PhaseMicrobatch], _ fakes: Fakes) -> [PhaseLoss] {
        let weights = microbatches.map {
            d.weights(differentiable: false, selectionD, frozen: frozenD, batch: batchOfD($0))
        }
        let onFake = look(at: fakes.made.map(\.image), microbatches, weights)
        let onReal =
            method.comparesWithReals
            ? Tape.paused { look(at: microbatches.map { $0.real.images }, microbatches, weights) } : nil
        let balance = balance(microbatches)
        return microbatches.indices.map { k in
            var measurements = Measurements()
            let sight = TranslationSight(
                made: fakes.made[k].image, real: microbatches[k].real, onFake: onFake[k], onReal: onReal?[k],
                mixed: nil, balance: balance)
            let loss = method.generatorLoss(sight, &measurements)
            measurements[.fakeScore] = onFake[k].logits.mean().scalar
            measurements[list: notedOfG] = fakes.made[k].noted
            measurements[list: notedOfD.onFake] = onFake[k].noted
            return PhaseLoss(loss: loss, variables: fakes.variables[k], measurements: measurements)
        }
    }

    // MARK: The discriminator's phase

    /// Images of all of a rank's microbatches that no gradient reaches the generator through, with the maps that guide.
    ///
    /// Where all microbatches go together anyway, shared ones are made once: what leads back is kept for the generator's
    /// phase. Where each is let go of alone, that phase makes them again, of the same bits.
    func generated(_ microbatches: [PhaseMicrobatch]) -> [GeneratorOutput] {
        let made: [GeneratorOutput]
        if let sharedFakes, generator.looksAtWholeBatch {
            let fakes = recorded(microbatches)
            sharedFakes.keep(fakes, ofStep: microbatches[0].step)
            made = fakes.made
        } else {
            made = Tape.paused {
                generator(
                    microbatches.map(inputOfG),
                    microbatches.map { g.weights(differentiable: false, selectionG, batch: batchOfG($0)) })
            }
        }
        let guiding = guide?.resolutions ?? []
        return made.map {
            GeneratorOutput(
                image: $0.image.detached(),
                features: $0.features.filter { guiding.contains($0.key) }.mapValues { $0.detached() },
                noted: $0.noted)
        }
    }

    /// The rest of the phase.
    ///
    /// - Parameters:
    ///   - made: of these microbatches.
    ///   - balance: of the whole batch, where the method asks for it.
    func discriminatorMain(
        _ microbatches: [PhaseMicrobatch], on made: [GeneratorOutput], _ balance: ClassBalance?
    ) -> [PhaseLoss] {
        let weights = microbatches.map {
            d.weights(differentiable: true, selectionD, frozen: frozenD, batch: batchOfD($0))
        }
        let reals = microbatches.map(\.real)
        let onFake = look(at: made.map(\.image), microbatches, weights)
        let onReal = look(at: reals.map(\.images), microbatches, weights)
        let mixed = mixed(microbatches, made, balance, weights)
        return microbatches.indices.map { k in
            var measurements = Measurements()
            let sight = TranslationSight(
                made: made[k].image, real: reals[k], onFake: onFake[k], onReal: onReal[k], mixed: mixed?[k],
                balance: balance)
            var loss = method.discriminatorLoss(sight, &measurements)
            if let guide {
                let term = guide.loss(generated: made[k], view: nil, seen: onFake[k], weights[k])
                measurements[guide.measure] = term.scalar
                loss = loss + term * guide.weight
            }
            measurements[.realScore] = onReal[k].logits.mean().scalar
            measurements[.fakeScore] = onFake[k].logits.mean().scalar
            measurements[list: notedOfG] = made[k].noted
            measurements[list: notedOfD.onFake] = onFake[k].noted
            measurements[list: notedOfD.onReal] = onReal[k].noted
            return PhaseLoss(loss: loss, variables: selectionD.variables(weights[k]), measurements: measurements)
        }
    }

    /// LabelMix's images, one bit a class for the whole batch, and what the discriminator says of them.
    private func mixed(
        _ microbatches: [PhaseMicrobatch], _ made: [GeneratorOutput], _ balance: ClassBalance?, _ weights: [Weights]
    ) -> [TranslationSight.Mixed]? {
        guard method.mixes, let balance else { return nil }
        let masks = microbatches.map { microbatch in
            guard let map = microbatch.condition else { preconditionFailure("LabelMix: no label maps") }
            return LabelMix.mask(
                of: map, bits: microbatch.labelMixBits(classes: balance.pixels.count), present: balance.present)
        }
        let images = Tape.paused {
            microbatches.indices.map {
                LabelMix.mixed(real: microbatches[$0].real.images, fake: made[$0].image, mask: masks[$0])
            }
        }
        return zip(masks, look(at: images, microbatches, weights)).map { TranslationSight.Mixed(mask: $0, seen: $1) }
    }

    // MARK: What both have in common

    /// Of the whole batch; nil where the method does not ask for it. Collective where it does.
    func balance(_ microbatches: [PhaseMicrobatch]) -> ClassBalance? {
        guard let classes = method.classes else { return nil }
        guard let batch = microbatches[0].batch else {
            preconditionFailure("translation: no sums over the whole batch")
        }
        let maps = microbatches.map { microbatch in
            guard let map = microbatch.condition else { preconditionFailure("translation: no label maps") }
            return map
        }
        return ClassBalance(maps, classes, over: batch)
    }

    /// What the discriminator says of images, each beside the condition that it belongs to.
    private func look(
        at images: [Tensor], _ microbatches: [PhaseMicrobatch], _ weights: [Weights]
    ) -> [DiscriminatorOutput] {
        discriminator(
            zip(images, microbatches).map { DiscriminatorInput(image: $0, labels: nil, condition: $1.condition) },
            weights)
    }

    private func batchOfG(_ microbatch: PhaseMicrobatch) -> (any GlobalSummation)? {
        generator.looksAtWholeBatch ? microbatch.batch : nil
    }

    private func batchOfD(_ microbatch: PhaseMicrobatch) -> (any GlobalSummation)? {
        discriminator.looksAtWholeBatch ? microbatch.batch : nil
    }

    /// What layers note for state that follows it: the generator's, and the discriminator's of generated and of real images.
    var notedOfG: Measure { .noted(g.trackedCount) }
    var notedOfD: (onFake: Measure, onReal: Measure) {
        func measure(_ images: String) -> Measure {
            Measure("the discriminator's tracked means of \(images) images", count: d.trackedCount, isReported: false)
        }
        return (measure("generated"), measure("real"))
    }
}

/// A step's generated images on their way from the discriminator's phase to the generator's.
final class SharedFakes {
    private var kept: (step: Int, fakes: TranslationGame.Fakes)?

    func keep(_ fakes: TranslationGame.Fakes, ofStep step: Int) { kept = (step, fakes) }

    /// - Returns: nil where that step has kept none.
    func take(ofStep step: Int) -> TranslationGame.Fakes? {
        defer { kept = nil }
        return kept?.step == step ? kept?.fakes : nil
    }
}
