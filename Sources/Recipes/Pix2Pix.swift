import Autodiff
import Configuration
import Layers
import Learning
import Models
import State

/// Pix2Pix (arXiv 1611.07004), with GGDR (arXiv 2207.13320) where it is asked for: a U-Net whose dropout is its only noise
/// (section 3.2.1), a discriminator of patches that is shown both of a pair (section 3.2.2), and beside the adversarial
/// loss the mean absolute difference from the image that is wanted (equation 4).
public struct Pix2Pix: Recipe {
    public let networks: Networks
    private let configuration: ResolvedConfiguration

    public init(_ configuration: ResolvedConfiguration) {
        self.configuration = configuration
        networks = Networks(Self.declared(by: configuration), frozenLayers: configuration.freezeD)
    }

    public static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        let shape = Pix2PixShape(configuration)
        return (Pix2PixGenerator(shape), PatchDiscriminator(shape, decoder: configuration.decoderShape))
    }

    public static func generator(of file: ParameterShapes) throws -> (any Generator)? {
        guard file.exists("model.model.0.weight") else { return nil }
        return Pix2PixGenerator(try Pix2PixShape(file))
    }

    /// Nothing of its own: what moves on belongs to its layers.
    public var tracked: [NamedTensor] { [] }

    /// The discriminator comes first, and both learn from the same images, as in the authors' code.
    public func phases(at setting: StepSetting) -> [Phase] {
        let method = PairedLoss(
            judgement: configuration.judgement, distanceWeight: Float(configuration.loss.l1Weight))
        let game = TranslationGame(networks, method, guide: configuration.ggdr, sharesFakes: true)
        return [game.discriminatorPhase(), game.generatorPhase()]
    }

    public func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        Adam.Settings(configuration, learner, at: stage)
    }
}

/// Equation 4 for the generator; for the discriminator half of the adversarial loss, which slows it down (section 3.3).
package struct PairedLoss: TranslationMethod {
    let judgement: Judgement
    let distanceWeight: Float

    package let generatorMeasures = [Measure.absoluteDistance]

    package init(adversarial: any AdversarialLoss, distanceWeight: Float) {
        self.init(judgement: .apart(adversarial), distanceWeight: distanceWeight)
    }

    package init(judgement: Judgement, distanceWeight: Float) {
        (self.judgement, self.distanceWeight) = (judgement, distanceWeight)
    }

    /// Patches of a generated image are judged beside those of the real one.
    package var comparesWithReals: Bool { judgement.isOfPairs }
    package var adversarialMeasures: [Measure] { judgement.discriminatorMeasures }

    package func generatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor {
        let fake = sight.onFake.scores[0]
        let loss =
            switch judgement {
            case .apart(let adversarial): adversarial.generator(fake)
            case .pairs(let pairs): pairs.generator(real: sight.seenOfReal.scores[0], fake: fake)
            }
        let distance = AbsoluteDistance.loss(sight.made, sight.real.images)
        measurements[.generatorLoss] = loss.scalar
        measurements[.absoluteDistance] = distance.scalar
        return loss + distance * distanceWeight
    }

    package func discriminatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor {
        let (fake, real) = (sight.onFake.scores[0], sight.seenOfReal.scores[0])
        switch judgement {
        case .apart(let adversarial):
            let (onFake, onReal) = (adversarial.onFake(fake), adversarial.onReal(real))
            measurements[.discriminatorFakeLoss] = onFake.scalar
            measurements[.discriminatorRealLoss] = onReal.scalar
            return (onFake + onReal) * 0.5
        case .pairs(let pairs):
            let loss = pairs.discriminator(real: real, fake: fake)
            measurements[.discriminatorLoss] = loss.scalar
            return loss * 0.5
        }
    }
}

extension Pix2PixShape {
    /// Sizes by the shapes of a generator's parameters; the size of its images by the file's attributes.
    init(_ file: ParameterShapes) throws {
        let first = try file.shape("model.model.0.weight", axes: 4)
        let model = try file.configuration()?.model
        let most = 12
        // The outermost level has the next in its second place, others in their fourth.
        func stem(_ level: Int) -> String { "model.model.1." + String(repeating: "model.3.", count: level - 1) }
        let downs = 1 + (1..<most).prefix { file.exists(stem($0) + "model.1.weight") }.count
        // Of the innermost level, and of no other: a transposed convolution of its own place.
        let (innermost, norm) = (stem(max(1, downs - 1)), "\(stem(max(1, downs - 1)))model.4.running_mean")
        guard downs >= 2, file.exists(innermost + "model.3.weight") else { throw file.damaged("its U-Net has no end") }
        self.init(
            grid: try file.grid(multiple: 1 << downs), inputChannels: first[1],
            outputChannels: try file.shape("model.model.3.weight", axes: 4)[1], downs: downs, generatorWidth: first[0],
            discriminatorWidth: first[0], patchLayers: model?.patchLayers ?? 3,
            normalization: file.exists(norm) ? .batch : .instance)
    }

    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        self.init(
            grid: configuration.networkGrid, inputChannels: configuration.conditionChannels,
            outputChannels: configuration.channels, downs: configuration.unetDepth,
            generatorWidth: configuration.networkWidth, discriminatorWidth: configuration.networkWidth,
            patchLayers: model.patchLayers, normalization: model.norm == .batch ? .batch : .instance)
    }
}
