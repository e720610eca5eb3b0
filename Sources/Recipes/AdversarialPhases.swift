import Autodiff
import Learning
import Models

/// The phases of ``AdversarialGame``, as data.
extension AdversarialGame {
    /// - Parameter tracking: of what the generator notes.
    package func generatorMainPhase(classes: Bool = false, tracking: [Tracking] = []) -> Phase {
        var phase = Phase(
            .generatorMain, .generator, stream: 0,
            measures: [.generatorLoss] + (classes ? [.generatorClassLoss] : [])
                + (regressionWeight > 0 ? [.generatorRegressionLoss] : []) + [.fakeScore] + notedMeasures,
            loss: generator.looksAtWholeBatch
                ? .together { microbatches in
                    let fakes = fakes(microbatches.map { input(of: $0) }, over: microbatches[0].batch)
                    return zip(fakes, microbatches).map { generatorMain($0, of: $1) }
                }
                : .each { microbatch in
                    let fakes = fakes(input(of: microbatch))
                    return { generatorMain(fakes, of: microbatch) }
                })
        // A batch of its own, which is the next step's first: the generator meets images before the discriminator learns
        // from them, and not those that it has just learnt from.
        if judgesPairs { phase.reals = discriminatorSteps }
        phase.opening = .generator
        phase.tracking = tracking
        return phase
    }

    private func generatorMain(_ fakes: Fakes, of microbatch: PhaseMicrobatch) -> PhaseLoss {
        let views = Views(
            ofReals: judgesPairs ? microbatch.view(augmentation, of: .reals) : nil,
            ofFakes: microbatch.view(augmentation, of: .fakes))
        return generatorMain(fakes, beside: reals(beside: microbatch), views: views)
    }

    /// - Parameters:
    ///   - tracking: of what the generator notes.
    ///   - repetition: where a step has several, each with reals and draws of its own.
    package func discriminatorMainPhase(
        classes: Bool = false, tracking: [Tracking] = [], repetition: Int = 0
    ) -> Phase {
        var measures = judgement.discriminatorMeasures + penalties.measures
        if gradientPenalty != nil { measures += [.gradientPenalty, .gradientNorm] }
        if classes { measures.append(.discriminatorClassLoss) }
        if regressionWeight > 0 { measures.append(.discriminatorRegressionLoss) }
        measures +=
            onFakes.map(\.measure) + onReals.flatMap { [$0.measure] + $0.further } + [.realScore, .realSign]
            + notedMeasures
        if lecam != nil { measures += [.lecam, .scoreMeans] }
        var phase = Phase(
            PhaseKey(PhaseKey.discriminatorMain.name, repetition: repetition), .discriminator,
            stream: Phase.stream(2, repetition: repetition), measures: measures,
            loss: discriminatorMainLoss)
        phase.reals = repetition
        phase.readsMaps = onReals.contains { $0.readsMaps }
        phase.opening = .discriminator
        phase.total(judgement.discriminatorMeasures)
        phase.tracking = tracking + discriminatorTracking
        return phase
    }

    /// As many of them in a step, each with reals and draws of its own.
    package func discriminatorMainPhases(
        _ count: Int, classes: Bool = false, tracking: [Tracking] = []
    ) -> [Phase] {
        (0..<count).map { discriminatorMainPhase(classes: classes, tracking: tracking, repetition: $0) }
    }

    private var discriminatorMainLoss: Phase.Loss {
        if lecam != nil { return .openedTogether { discriminatorMainTogether($0) } }
        if generator.looksAtWholeBatch {
            return .openedTogether { microbatches in
                let inputs = microbatches.map { input(of: $0) }
                let fakes = generated(inputs, over: microbatches[0].batch)
                return microbatches.indices.map { k in
                    { self.discriminatorMain(microbatches[k], on: fakes[k], labels: inputs[k].labels) }
                }
            }
        }
        return .each { microbatch in
            let views = microbatch.views(augmentation, mixes: gradientPenalty != nil)
            let opening = opening(on: microbatch.real, view: views.ofReals)
            return {
                discriminatorMain(
                    input(of: microbatch), real: microbatch.real, opening: opening, views: views,
                    mix: microbatch.interpolation())
            }
        }
    }

    private func discriminatorMain(
        _ microbatch: PhaseMicrobatch, on fake: GeneratorOutput, labels: Tensor?
    ) -> PhaseLoss {
        let views = microbatch.views(augmentation, mixes: gradientPenalty != nil)
        return discriminatorMain(
            on: fake, labels: labels, real: microbatch.real,
            opening: opening(on: microbatch.real, view: views.ofReals), views: views, mix: microbatch.interpolation())
    }

    /// State of the generator's layers that follows what every phase's forward passes note, such as the mean of w and batch
    /// normalisation's moving averages.
    var trackedStatistics: Tracking {
        let names = g.tracked.map { "generator/\($0.name)" }
        let more = names.count > 1 ? " or one of \(names.count - 1) more" : ""
        return Tracking(noted, state: (names.first ?? "nothing") + more) { [g] means in g.follow(means) == nil }
    }

    var notedMeasures: [Measure] { g.trackedCount > 0 ? [noted] : [] }
}
