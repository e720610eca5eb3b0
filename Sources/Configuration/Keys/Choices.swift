/// A set of words that a key accepts; `notYet` are those that a later version will accept.
protocol Choice: RawRepresentable, CaseIterable, Sendable where RawValue == String {
    static var notYet: [Self] { get }
}

extension Choice {
    static var notYet: [Self] { [] }
}

/// Family of networks: `model.family`.
public enum ModelFamily: String, CaseIterable, Sendable, Choice {
    case stylegan2, pggan, sagan
    static let notYet: [ModelFamily] = [.sagan]
}

/// What is kept of activations for the backward pass, at the same results: `memory`.
public enum Memory: String, CaseIterable, Sendable, Choice {
    /// All of them.
    case full
    /// Only those between blocks; the rest is computed again.
    case checkpointing
}

/// What becomes of an update whose loss, gradient or result is not finite: `guard.nan`.
public enum NotFinitePolicy: String, CaseIterable, Sendable, Choice {
    /// The run ends, and keeps its last sound checkpoint.
    case stop
    /// It is left out, up to a limit.
    case skip
}

/// Which generation of processors the ranks compute as: `cluster.kernels`.
public enum KernelChoice: String, CaseIterable, Sendable, Choice {
    /// All as the oldest among them.
    case common
    /// Each as its own: replicas stay equal, but the result depends on which rank computed what.
    case own
    case avx512, avx2, sse2
}

/// What gradients become between ranks: `cluster.compress`.
public enum Compression: String, CaseIterable, Sendable, Choice {
    /// Themselves.
    case none
    /// Sixteen bits each; the result then depends on the number of ranks.
    case bf16
}

/// Body of the StyleGAN2 discriminator: `model.discriminator`.
public enum DiscriminatorKind: String, CaseIterable, Sendable, Choice {
    /// Residual blocks.
    case resnet
    /// No skip connections.
    case orig
}

/// Adversarial loss: `loss.kind`.
public enum LossKind: String, CaseIterable, Sendable, Choice {
    /// Non-saturating logistic.
    case logistic
    /// Wasserstein with gradient penalty (arXiv 1704.00028), which takes R1's place.
    case wganGP = "wgan-gp"
    case hinge
    static let notYet: [LossKind] = [.hinge]
}

/// Whether and how the discriminator's images are augmented: `augment.mode`.
public enum AugmentMode: String, CaseIterable, Sendable, Choice {
    case none
    /// With a fixed probability.
    case fixed
    /// With a probability that follows the discriminator's overfitting.
    case ada
    static let notYet: [AugmentMode] = [.fixed, .ada]
}

/// Transforms of the augmentation: `augment.pipeline`.
public enum AugmentPipeline: String, CaseIterable, Sendable, Choice {
    case blit, geom, color, filter, noise, cutout
    case bg, bgc, bgcf, bgcfn, bgcfnc
}
