import Autodiff
import Learning
import Models

/// What the networks of an image-to-image method learn from, of a microbatch: each loss is the mean over its samples.
package protocol TranslationMethod: Sendable {
    /// What it measures of the generator's loss beside the adversarial part.
    var generatorMeasures: [Measure] { get }
    /// What it measures of the discriminator's loss beside the adversarial part.
    var discriminatorMeasures: [Measure] { get }
    /// What it measures of the adversarial part: the parts on generated and on real images by default.
    var adversarialMeasures: [Measure] { get }
    /// Whether the discriminator looks at the real images in the generator's phase, too.
    var comparesWithReals: Bool { get }
    /// What it needs to know of the classes of the whole batch's label maps; nothing by default.
    var classes: BalancedClasses? { get }
    /// Whether the discriminator looks at images mixed of both, too.
    var mixes: Bool { get }

    /// Measures ``Measure/generatorLoss`` and what it says it measures.
    func generatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor
    /// Measures what it says it measures.
    func discriminatorLoss(_ sight: TranslationSight, _ measurements: inout Measurements) -> Tensor
}

extension TranslationMethod {
    package var generatorMeasures: [Measure] { [] }
    package var discriminatorMeasures: [Measure] { [] }
    package var adversarialMeasures: [Measure] { [.discriminatorFakeLoss, .discriminatorRealLoss] }
    package var comparesWithReals: Bool { false }
    package var classes: BalancedClasses? { nil }
    package var mixes: Bool { false }
}

/// A microbatch of generated and real images, and what the discriminator says of them.
package struct TranslationSight {
    /// The generator's images.
    let made: Tensor
    let real: RealSamples
    let onFake: DiscriminatorOutput
    /// In the generator's phase only where a method compares.
    let onReal: DiscriminatorOutput?
    /// Where a method mixes.
    let mixed: Mixed?
    /// Where a method asks for it.
    let balance: ClassBalance?

    struct Mixed {
        /// [N, H, W, 1]: 1 where the real image shows.
        let mask: Tensor
        let seen: DiscriminatorOutput
    }

    var seenOfReal: DiscriminatorOutput {
        guard let onReal else {
            preconditionFailure("translation: the discriminator has not looked at the real images")
        }
        return onReal
    }

    /// One-hot, of the images.
    var map: Tensor {
        guard let map = real.condition else { preconditionFailure("translation: no label maps") }
        return map
    }
}

extension Measure {
    /// Mean absolute difference of generated from real images, not times its weight.
    public static let absoluteDistance = Measure("loss/l1")
    /// Not times its weight.
    public static let featureMatching = Measure("loss/feature_matching")
    /// Not times its weight.
    public static let labelMix = Measure("loss/labelmix")
}
