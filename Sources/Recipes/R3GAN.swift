import Configuration
import Layers
import Learning
import Models
import State

/// R3GAN (arXiv 2501.05441): networks without normalisation and styles, a loss of pairs with R1 and R2 (section 2), and
/// everything that is scheduled. With GGDR (arXiv 2207.13320) where it is asked for.
public struct R3GAN: Recipe {
    public let networks: Networks
    private let configuration: ResolvedConfiguration
    private let aids: DiscriminatorAids

    public init(_ configuration: ResolvedConfiguration) { self.init(configuration, Self.declared(by: configuration)) }

    /// With networks that no configuration declares, such as of another number of blocks at each resolution.
    package init(
        _ configuration: ResolvedConfiguration, _ declared: (generator: any Generator, discriminator: any Discriminator)
    ) {
        self.configuration = configuration
        networks = Networks(declared, frozenLayers: configuration.freezeD)
        aids = DiscriminatorAids(configuration)
    }

    public static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        let (shape, memory) = (R3GANShape(configuration), configuration.activationMemory)
        return (
            R3GANGenerator(shape, memory: memory),
            R3GANDiscriminator(
                shape, decoder: configuration.decoderShape, maps: configuration.labelMaps, memory: memory)
        )
    }

    public static func generator(of file: ParameterShapes) throws -> (any Generator)? {
        guard file.exists(R3GANShape.basis) else { return nil }
        return R3GANGenerator(try R3GANShape(file))
    }

    /// Nothing of its own.
    public var tracked: [NamedTensor] { aids.tracked }
    public var trackedNumbers: [(name: String, value: Float)] { aids.trackedNumbers }

    /// The discriminator's phases come first, as in the authors' code.
    public func phases(at setting: StepSetting) -> [Phase] {
        AdversarialGame(networks, configuration, aids, at: setting)
            .phasesDiscriminatorFirst(configuration, at: setting)
    }

    public func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        configuration.adversarialOptimizer(of: learner, at: stage)
    }
}

extension R3GANShape {
    fileprivate static let basis = "MainLayers.0.Layers.0.Basis"

    /// Sizes by the shapes of a generator's parameters.
    init(_ file: ParameterShapes) throws {
        let start = try file.start()
        let basis = try file.shape(Self.basis, axes: 3)
        guard Array(basis.dropFirst()) == [start.height, start.width] else {
            throw file.damaged("\(Self.basis) has shape \(basis), but images are doubled from \(start)")
        }
        var stages: [Stage] = []
        var expansion: Int?
        func name(_ stage: Int, _ block: Int, _ layer: Int) -> String {
            "MainLayers.\(stage).Layers.\(block).LinearLayer\(layer).Layer.weight"
        }
        while file.exists(name(stages.count, 1, 1)) {
            let place = stages.count
            let entry = try file.shape(name(place, 1, 1), axes: 4)
            let grouped = try file.shape(name(place, 1, 2), axes: 4)
            let (inner, width) = (entry[0], entry[1])
            guard inner % width == 0, inner % grouped[1] == 0, expansion ?? inner / width == inner / width,
                place < Self.mostStages
            else {
                throw file.damaged(
                    "\(name(place, 1, 1)) and \(name(place, 1, 2)) have shapes \(entry) and \(grouped), which are no"
                        + " block's")
            }
            expansion = inner / width
            var blocks = 1
            while file.exists(name(place, blocks + 1, 1)) { blocks += 1 }
            stages.append(Stage(width: width, groups: inner / grouped[1], blocks: blocks))
        }
        guard stages.count >= 2, let expansion else {
            throw file.damaged("its generator has \(stages.count) resolutions, and 2 at the least")
        }
        let isConditional = file.exists("EmbeddingLayer.weight")
        let embedding = isConditional ? try file.shape("EmbeddingLayer.weight", axes: 2) : [0, 0]
        let linear = try file.shape("MainLayers.0.Layers.0.LinearLayer.weight", axes: 2)
        guard linear[1] > embedding[0] else {
            throw file.damaged(
                "MainLayers.0.Layers.0.LinearLayer.weight has shape \(linear), which leaves nothing for z beside the label"
            )
        }
        self.init(
            stages: stages, expansion: expansion, startHeight: start.height, startWidth: start.width,
            imageChannels: try file.shape("AggregationLayer.Layer.weight", axes: 4)[0], zDim: linear[1] - embedding[0],
            labelDim: embedding[1], generatorEmbedding: max(1, embedding[0]))
    }

    /// Up to 4·2¹², as of other networks in files.
    private static let mostStages = 13

    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        let resolutions = sequence(first: 4) { $0 < configuration.resolution ? 2 * $0 : nil }
        self.init(
            stages: resolutions.map { resolution in
                let width = configuration.channels(at: resolution)
                return Stage(width: width, groups: width * model.expansion / model.groupWidth, blocks: model.blocks)
            }, expansion: model.expansion, startHeight: configuration.startHeight, startWidth: configuration.startWidth,
            imageChannels: configuration.channels, zDim: model.zDim, labelDim: configuration.labelDimension,
            generatorEmbedding: model.embedding, condition: configuration.conditionKind,
            regressionDim: configuration.regressionDimension)
    }
}
