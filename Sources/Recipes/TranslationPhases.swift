import Autodiff
import Layers
import Learning
import Models

/// The phases of ``TranslationGame``, as data. Both see the same pairs of a step; what is random in images is drawn for each,
/// unless they share their images.
extension TranslationGame {
    package func generatorPhase() -> Phase {
        var phase = Phase(
            .generatorMain, .generator, stream: Self.generatorStream,
            measures: [.generatorLoss] + method.generatorMeasures + [.fakeScore] + noted([notedOfG, notedOfD.onFake]),
            loss: takesTogether
                ? .together { self.generatorMain($0, self.fakes($0)) }
                : .each { microbatch in
                    let fakes = self.fakes([microbatch])
                    return { self.generatorMain([microbatch], fakes)[0] }
                })
        phase.reals = 0
        phase.opening = .generator
        phase.tracking = tracking([(notedOfG, "generator", g), (notedOfD.onFake, "discriminator", d)])
        return phase
    }

    package func discriminatorPhase() -> Phase {
        let more = method.discriminatorMeasures + (guide.map { [$0.measure] } ?? [])
        var phase = Phase(
            .discriminatorMain, .discriminator, stream: 2,
            measures: method.adversarialMeasures + more + [.realScore, .fakeScore]
                + noted([notedOfG, notedOfD.onFake, notedOfD.onReal]),
            loss: discriminatorLoss)
        phase.reals = 0
        phase.total(method.adversarialMeasures)
        // Generated images first, as in the authors' code.
        phase.tracking = tracking([
            // Shared images are made once: the generator's phase has them follow.
            (sharedFakes == nil ? notedOfG : .noted(0), "generator", g), (notedOfD.onFake, "discriminator", d),
            (notedOfD.onReal, "discriminator", d),
        ])
        return phase
    }

    private var takesTogether: Bool {
        generator.looksAtWholeBatch || discriminator.looksAtWholeBatch || method.classes != nil
    }

    private var discriminatorLoss: Phase.Loss {
        if discriminator.looksAtWholeBatch {
            return .together { self.discriminatorMain($0, on: self.generated($0), self.balance($0)) }
        }
        guard takesTogether else {
            return .each { microbatch in
                { self.discriminatorMain([microbatch], on: self.generated([microbatch]), nil)[0] }
            }
        }
        return .openedTogether { microbatches in
            // Each lets go of its own when it has gone back.
            var kept: [GeneratorOutput?] = self.generated(microbatches)
            let balance = self.balance(microbatches)
            return microbatches.indices.map { k in
                {
                    guard let made = kept[k] else { preconditionFailure("translation: a microbatch goes back twice") }
                    kept[k] = nil
                    return self.discriminatorMain([microbatches[k]], on: [made], balance)[0]
                }
            }
        }
    }

    private func noted(_ measures: [Measure]) -> [Measure] { measures.filter { $0.count > 0 } }

    /// State of layers, such as batch normalisation's moving averages, that follows what passes note.
    private func tracking(_ all: [(measure: Measure, group: String, parameters: Parameters)]) -> [Tracking] {
        all.filter { $0.measure.count > 0 }.map { measure, group, parameters in
            let names = parameters.tracked.map { "\(group)/\($0.name)" }
            let more = names.count > 1 ? " or one of \(names.count - 1) more" : ""
            return Tracking(measure, state: (names.first ?? group) + more) { parameters.follow($0) == nil }
        }
    }
}
