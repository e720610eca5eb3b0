/// What a family of networks brings to the configuration: its presets, its automatic rules, and what it refuses.
///
/// One file a family, and a case in ``ModelFamily/rules``, are all that the configuration needs to know of it.
protocol FamilyRules: Sendable {
    /// Whether there is a recipe that trains it. What is not built is refused by name, so that no other is trained in its
    /// place.
    var isBuilt: Bool { get }
    /// Its presets, in the order in which they are listed.
    var presets: [Preset] { get }
    /// What keys must say for want of what they would ask for.
    var needs: [FamilyNeed] { get }
    /// Whether the statistic over a minibatch-stddev group takes at least two samples.
    var needsPairsInGroups: Bool { get }
    /// Half-life of the averaged generator in thousands of images, where `ema.half_life_kimg` is auto.
    func emaHalfLifeKimg(batch: Int) -> Double
}

/// A key that asks a family for something that it does not have, unless it has one value.
struct FamilyNeed: Sendable {
    let key: String
    /// The value that asks for nothing.
    let needed: String
    /// What the family has not, for messages.
    let lacks: String
}
