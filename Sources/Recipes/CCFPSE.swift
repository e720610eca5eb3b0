import Autodiff
import Configuration
import Layers
import Learning
import Models
import State

/// CC-FPSE (arXiv 1910.06809), with GGDR (arXiv 2207.13320) where it is asked for: a generator whose depthwise convolutions are
/// predicted from the label map (section 3.1), a discriminator with a feature pyramid whose maps are compared with the embedded
/// map (section 3.2), the hinge loss at three scales, and feature matching (section 3.3).
public struct CCFPSE: Recipe {
    public let networks: Networks
    private let configuration: ResolvedConfiguration

    public init(_ configuration: ResolvedConfiguration) {
        self.configuration = configuration
        networks = Networks(Self.declared(by: configuration), frozenLayers: configuration.freezeD)
    }

    public static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        let shape = CCFPSEShape(configuration)
        return (CCFPSEGenerator(shape), CCFPSEDiscriminator(shape, decoder: configuration.decoderShape))
    }

    public static func generator(of file: ParameterShapes) throws -> (any Generator)? {
        guard file.exists("labelenc1.0.0.weight") else { return nil }
        return CCFPSEGenerator(try CCFPSEShape(file))
    }

    /// Nothing of its own: what moves on belongs to its layers.
    public var tracked: [NamedTensor] { [] }

    /// The generator comes first, as in the authors' code.
    public func phases(at setting: StepSetting) -> [Phase] {
        guard let discriminator = networks.discriminator as? CCFPSEDiscriminator else {
            preconditionFailure("CC-FPSE: another method's discriminator")
        }
        let method = PyramidLoss(
            matchingWeight: Float(configuration.loss.featureMatching), matched: discriminator.matchedResolutions)
        let game = TranslationGame(networks, method, guide: configuration.ggdr)
        return [game.generatorPhase(), game.discriminatorPhase()]
    }

    public func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        Adam.Settings(configuration, learner, at: stage)
    }
}

/// The hinge loss at each scale, and the generator's feature matching.
package struct PyramidLoss: TranslationMethod {
    let matchingWeight: Float
    /// Resolutions of the discriminator's maps that are compared.
    let matched: [Int]
    private let adversarial = MultiScaleLoss(HingeLoss())

    package init(matchingWeight: Float, matched: [Int]) {
        (self.matchingWeight, self.matched) = (matchingWeight, matched)
    }

    package var comparesWithReals: Bool { matchingWeight > 0 }
    package var generatorMeasures: [Measure] { comparesWithReals ? [.featureMatching] : [] }

    package func generatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor {
        let loss = adversarial.generator(sight.onFake.scores)
        measurements[.generatorLoss] = loss.scalar
        guard comparesWithReals else { return loss }
        let matching = FeatureMatching.loss(fake: maps(sight.onFake), real: maps(sight.seenOfReal))
        measurements[.featureMatching] = matching.scalar
        return loss + matching * matchingWeight
    }

    package func discriminatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor {
        let onFake = adversarial.onFake(sight.onFake.scores)
        let onReal = adversarial.onReal(sight.seenOfReal.scores)
        measurements[.discriminatorFakeLoss] = onFake.scalar
        measurements[.discriminatorRealLoss] = onReal.scalar
        return onFake + onReal
    }

    private func maps(_ seen: DiscriminatorOutput) -> [Tensor] {
        matched.map { resolution in
            guard let map = seen.features[resolution] else {
                preconditionFailure("feature matching: no feature map at \(resolution)")
            }
            return map
        }
    }
}

extension CCFPSEShape {
    /// Sizes by the shapes of a generator's parameters; the size of its images by the file's attributes.
    init(_ file: ParameterShapes) throws {
        let first = try file.shape("labelenc1.0.0.weight", axes: 4)
        let entry = try file.shape("fc.weight")
        let isDeep = file.exists("labelenc7.0.0.weight")
        let hidden = try file.shape("head_0.gen_weights1.0.weight", axes: 4)[0]
        // A dense layer has two axes, a convolution four.
        let zDim = entry.count == 2 ? try file.shape("fc.weight", axes: 2, pixels: 1 << 12)[1] : nil
        self.init(
            grid: try file.grid(multiple: isDeep ? 64 : 32),
            imageChannels: try file.shape("conv_img.weight", axes: 4)[0], semantics: first[1],
            start: zDim.map { .latent($0) } ?? .map, isDeep: isDeep, generatorWidth: first[0],
            discriminatorWidth: first[0],
            hidden: hidden)
    }

    init(_ configuration: ResolvedConfiguration) {
        self.init(
            grid: configuration.networkGrid, imageChannels: configuration.channels,
            semantics: configuration.conditionChannels, isDeep: configuration.unetDepth == 6,
            generatorWidth: configuration.networkWidth, discriminatorWidth: configuration.networkWidth,
            hidden: configuration.model.conditionWidth)
    }
}
