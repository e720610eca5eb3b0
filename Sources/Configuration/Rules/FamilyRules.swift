/// What a family of networks brings to the configuration: its presets, its automatic rules, and what it refuses.
///
/// One file a family, and a case in ``ModelFamily/rules``, are all that the configuration needs to know of it.
protocol FamilyRules: Sendable {
    /// Its presets, in the order in which they are listed.
    var presets: [Preset] { get }
    /// What keys must say for want of what they would ask for.
    var needs: [FamilyNeed] { get }
    /// Whether the statistic over a minibatch-stddev group takes at least two samples.
    var needsPairsInGroups: Bool { get }
    /// Half-life of the averaged generator in thousands of images, where `ema.half_life_kimg` is auto.
    ///
    /// - Parameter batch: real images of a step, of all discriminator phases.
    func emaHalfLifeKimg(batch: Int) -> Double
    /// `model.channel_base`, where that is auto; 16384 below 512² and 32768 from there on by default.
    func channelBase(resolution: Int) -> Int
    /// `loss.regression_weight`, where that is auto and numbers condition the networks; 0 by default.
    var regressionWeight: Double { get }
    /// `model.attention`, where that is auto; none by default.
    func attention(resolution: Int) -> [Int]
    /// Resolutions of the feature maps that attention can follow, in fully grown networks.
    func attentionPlaces(resolution: Int) -> AttentionPlaces
    /// What each pixel can be conditioned on, for families that make images of images or of label maps; none by default.
    var denseConditions: [ConditionChoice] { get }
    /// Adversarial losses that it has; all but that of segmentation by default.
    var losses: [LossKind] { get }
    /// `model.unet_depth`, where that is auto; 0 by default, for families without such a number.
    func unetDepth(_ grid: ImageGrid) -> Int
    /// Resolutions of the generator's maps that can guide the discriminator: 8 and more by default.
    ///
    /// - Parameters:
    ///   - patchLayers: halvings of a discriminator of patches.
    ///   - depth: resolved `model.unet_depth`.
    func guidePlaces(resolution: Int, patchLayers: Int, depth: Int) -> ClosedRange<Int>
    /// What the family refuses of a data set's images.
    ///
    /// - Returns: nil where its networks can make them, else the key to change and what is wrong.
    func misfit(of grid: ImageGrid, _ configuration: Configuration, depth: Int) -> (key: String, message: String)?
}

extension FamilyRules {
    func channelBase(resolution: Int) -> Int { AutoRules.channelBase(resolution: resolution) }
    var regressionWeight: Double { 0 }
    func attention(resolution: Int) -> [Int] { [] }
    var denseConditions: [ConditionChoice] { [] }
    var losses: [LossKind] { LossKind.allCases.filter { $0 != .segmentation } }
    func unetDepth(_ grid: ImageGrid) -> Int { 0 }
    func guidePlaces(resolution: Int, patchLayers: Int, depth: Int) -> ClosedRange<Int> { 8...max(8, resolution) }
    func misfit(of grid: ImageGrid, _ configuration: Configuration, depth: Int) -> (key: String, message: String)? {
        nil
    }
}

/// A key that asks a family for something that it does not have, unless it has one value.
struct FamilyNeed: Sendable {
    let key: String
    /// The value that asks for nothing.
    let needed: String
    /// What the family has not, for messages.
    let lacks: String

    /// Of generators without styles.
    static let withoutStyles = [
        FamilyNeed(key: "loss.pl_weight", needed: "0", lacks: "styles"),
        FamilyNeed(key: "loss.style_mixing", needed: "0", lacks: "styles"),
    ]
    /// Of networks without what holds StyleGAN2's and the progressive GAN's activations.
    static let withoutClamp = FamilyNeed(key: "model.clamp", needed: "none", lacks: "clamp")
    static let withoutDeviation = FamilyNeed(
        key: "model.mbstd_group", needed: "1", lacks: "minibatch standard deviation")
    /// Of all but the progressive GAN.
    static let withoutVariants = [
        FamilyNeed(key: "model.pixel_norm", needed: "true", lacks: "variant without pixel normalisation"),
        FamilyNeed(key: "model.equalized_lr", needed: "true", lacks: "variant without equalised learning rate"),
        FamilyNeed(key: "model.leaky_relu", needed: "true", lacks: "variant without leaky ReLU"),
    ]
    static let withoutGrowth = FamilyNeed(
        key: "growing.enabled", needed: "false", lacks: "layers that come in while it grows")
    /// Of networks whose discriminator is made of residual blocks alone.
    static let residual: [FamilyNeed] = [
        withoutStyles, [residualBody, withoutClamp, withoutDeviation], withoutVariants, [withoutGrowth],
    ].flatMap { $0 }
    private static let residualBody = FamilyNeed(
        key: "model.discriminator", needed: "resnet", lacks: "discriminator without residual blocks")
}

/// Where networks can have attention.
public struct AttentionPlaces: Equatable, Sendable {
    public let generator: [Int]
    public let discriminator: [Int]

    /// Nowhere.
    static let none = AttentionPlaces(generator: [], discriminator: [])

    private init(generator: [Int], discriminator: [Int]) {
        self.generator = generator
        self.discriminator = discriminator
    }

    init(generator: ClosedRange<Int>, discriminator: ClosedRange<Int>) {
        self.generator = Self.powers(generator)
        self.discriminator = Self.powers(discriminator)
    }

    private static func powers(_ range: ClosedRange<Int>) -> [Int] {
        Array(sequence(first: range.lowerBound) { 2 * $0 <= range.upperBound ? 2 * $0 : nil })
    }
}
