import Autodiff
import Configuration
import Layers
import Learning
import Models
import State

/// OASIS (arXiv 2012.04781), with GGDR (arXiv 2207.13320) where it is asked for: noise at every pixel beside the label map,
/// which SPADE blocks see at each resolution (section 3.2); a discriminator that segments images into the map's classes and one
/// more, of what is not real, with balanced classes (equations 1 and 2); LabelMix (equation 3).
public struct OASIS: Recipe {
    public let networks: Networks
    private let configuration: ResolvedConfiguration

    public init(_ configuration: ResolvedConfiguration) {
        self.configuration = configuration
        networks = Networks(Self.declared(by: configuration), frozenLayers: configuration.freezeD)
    }

    public static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        let shape = OASISShape(configuration)
        return (OASISGenerator(shape), OASISDiscriminator(shape, decoder: configuration.decoderShape))
    }

    public static func generator(of file: ParameterShapes) throws -> (any Generator)? {
        guard file.exists("body.0.norm_0.mlp_shared.0.weight") else { return nil }
        return OASISGenerator(try OASISShape(file))
    }

    /// Nothing of its own: what moves on belongs to its layers.
    public var tracked: [NamedTensor] { [] }

    /// The generator comes first, as in the authors' code; the discriminator is shown images of fresh noise.
    public func phases(at setting: StepSetting) -> [Phase] {
        let method = SegmentingLoss(
            labelMixWeight: Float(configuration.loss.labelMix),
            balanced: BalancedClasses(
                count: configuration.conditionChannels, ignored: configuration.data.dontCare ? 0 : nil))
        let game = TranslationGame(networks, method, guide: configuration.ggdr)
        return [game.generatorPhase(), game.discriminatorPhase()]
    }

    public func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        Adam.Settings(configuration, learner, at: stage)
    }
}

/// Equations 1 to 3: of every pixel its class. The generator wants its images to be segmented as real ones are.
package struct SegmentingLoss: TranslationMethod {
    let labelMixWeight: Float
    let balanced: BalancedClasses

    package init(labelMixWeight: Float, balanced: BalancedClasses) {
        (self.labelMixWeight, self.balanced) = (labelMixWeight, balanced)
    }

    package var classes: BalancedClasses? { balanced }
    package var mixes: Bool { labelMixWeight > 0 }
    package var discriminatorMeasures: [Measure] { mixes ? [.labelMix] : [] }

    package func generatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor {
        let loss = asReal(sight.onFake, sight)
        measurements[.generatorLoss] = loss.scalar
        return loss
    }

    package func discriminatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor {
        let (seenOfFake, seenOfReal) = (sight.onFake.scores[0], sight.seenOfReal.scores[0])
        let onFake = SegmentationLoss.onFake(seenOfFake)
        let onReal = asReal(sight.seenOfReal, sight)
        measurements[.discriminatorFakeLoss] = onFake.scalar
        measurements[.discriminatorRealLoss] = onReal.scalar
        guard let mixed = sight.mixed else { return onFake + onReal }
        let mix = LabelMix.loss(real: seenOfReal, fake: seenOfFake, ofMixed: mixed.seen.scores[0], mask: mixed.mask)
        measurements[.labelMix] = mix.scalar
        return onFake + onReal + mix * labelMixWeight
    }

    private func asReal(_ seen: DiscriminatorOutput, _ sight: TranslationSight) -> Tensor {
        guard let balance = sight.balance else { preconditionFailure("OASIS: classes were not counted") }
        return SegmentationLoss.onReal(seen.scores[0], map: sight.map, weights: balance.weights)
    }
}

extension OASISShape {
    /// Sizes by the shapes of a generator's parameters; the size of its images by the file's attributes.
    init(_ file: ParameterShapes) throws {
        let entry = try file.shape("fc.weight", axes: 4)
        let last = try file.shape("conv_img.weight", axes: 4)
        let blocks = (0..<12).prefix { file.exists("body.\($0).conv_0.weight") }.count
        let hidden = try file.shape("body.0.norm_0.mlp_shared.0.weight", axes: 4)[0]
        let classes = try file.pixelClasses()
        guard blocks >= 2, classes <= entry[1] else {
            throw file.damaged("it has \(blocks) blocks, and \(entry[1]) channels of noise and of \(classes) classes")
        }
        self.init(
            grid: try file.grid(multiple: 1 << blocks), imageChannels: last[0], classes: classes,
            zDim: entry[1] - classes, generatorWidth: last[1], discriminatorWidth: last[1], hidden: hidden,
            blocks: blocks)
    }

    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        self.init(
            grid: configuration.networkGrid, imageChannels: configuration.channels,
            classes: configuration.conditionChannels, zDim: model.zDim, generatorWidth: configuration.networkWidth,
            discriminatorWidth: configuration.networkWidth, hidden: model.conditionWidth,
            blocks: configuration.unetDepth)
    }
}
