import Configuration
import Layers
import Learning
import Models
import State

/// A method, as data: which networks it has, which phases a step of it has, and what it tracks beside its networks.
///
/// One file a method, which reads like its paper. What belongs to no method (sums, updates, checkpoints, growth in time)
/// is not here.
public protocol Recipe {
    /// The networks without their parameters: nothing is allocated yet.
    static func declared(by configuration: ResolvedConfiguration) -> (
        generator: any Generator, discriminator: any Discriminator
    )

    /// The generator that a file holds, fully grown; nil where it is one of another method.
    ///
    /// - Throws: ``StateError`` naming the file and what does not fit.
    static func generator(of file: ParameterShapes) throws -> (any Generator)?

    init(_ configuration: ResolvedConfiguration)

    var networks: Networks { get }
    /// What it tracks beside them, by names in checkpoints.
    var tracked: [NamedTensor] { get }
    /// Of what it tracks, numbers that reports have beside each tick.
    var trackedNumbers: [(name: String, value: Float)] { get }

    /// Names of parameters whose gradients a backward pass finds last, whatever their place among the declarations; it
    /// finds the others from the last declared to the first.
    func gradientsFoundLast(of learner: Learner) -> Set<String>
    /// The phases that steps have at a setting, in their order. Those of all settings have the same keys and intervals.
    func phases(at setting: StepSetting) -> [Phase]
    /// The learner's optimiser.
    func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings
}

extension Recipe {
    public var trackedNumbers: [(name: String, value: Float)] { [] }
    public func gradientsFoundLast(of learner: Learner) -> Set<String> { [] }

    /// Names of the parameters that take part at a level, as a selection.
    public func selection(of learner: Learner, at level: GrowthLevel) -> ParameterSelection {
        switch learner {
        case .generator: networks.g.selection(level.of(networks.generator).activeParameters)
        case .discriminator:
            networks.d.selection(level.of(networks.discriminator).activeParameters.subtracting(networks.frozen))
        }
    }
}

/// The recipe of each family.
public enum Recipes {
    /// The one switch over families above the configuration.
    private static func type(of family: ModelFamily) -> any Recipe.Type {
        switch family {
        case .stylegan2: StyleGAN2.self
        case .pggan: ProgressiveGAN.self
        case .sagan: SAGAN.self
        case .pix2pix: Pix2Pix.self
        case .ccfpse: CCFPSE.self
        case .oasis: OASIS.self
        case .r3gan: R3GAN.self
        }
    }

    /// Of the family that is configured.
    public static func type(_ configuration: ResolvedConfiguration) -> any Recipe.Type {
        type(of: configuration.model.family)
    }

    public static func make(_ configuration: ResolvedConfiguration) -> any Recipe {
        type(configuration).init(configuration)
    }

    /// The generator that a file holds, fully grown.
    ///
    /// - Throws: ``StateError`` naming the file and what does not fit.
    public static func generator(of file: ParameterShapes) throws -> any Generator {
        for family in ModelFamily.allCases {
            if let generator = try type(of: family).generator(of: file) { return generator }
        }
        throw file.unknown
    }
}

extension Adam.Settings {
    /// As configured, with a stage's rates.
    init(_ configuration: ResolvedConfiguration, _ learner: Learner, at stage: TrainingStage) {
        let optimizer = configuration.optimizer
        let rate =
            switch learner {
            case .generator: stage.gLR
            case .discriminator: stage.dLR
            }
        self.init(learningRate: rate, beta1: optimizer.beta1, beta2: stage.beta2, epsilon: optimizer.epsilon)
    }
}
