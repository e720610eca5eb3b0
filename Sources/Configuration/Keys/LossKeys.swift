extension Configuration {
    /// Losses of the two networks and their regularisation.
    public struct Loss: Equatable, Sendable {
        public var kind: LossKind = .logistic
        /// γ of R1: the penalty is γ/2 · ‖∇D‖² at real images.
        public var r1Gamma: Auto<Double> = .auto
        /// γ of R2, the same at generated ones.
        public var r2Gamma: Auto<Double> = .auto
        /// Steps from one phase of R1 and R2 to the next.
        public var r1Interval = 16
        /// Factor of the path-length penalty; 0 for none.
        public var plWeight = 2.0
        /// Steps from one path-length phase to the next.
        public var plInterval = 4
        /// The path-length phase draws batch / plBatchShrink samples.
        public var plBatchShrink = 2
        /// Rate at which the mean path length follows the batch's.
        public var plDecay = 0.01
        /// Probability that an image mixes two styles.
        public var styleMixing = 0.9
        /// Factor of the gradient penalty of WGAN-GP (arXiv 1704.00028).
        public var gpWeight = 10.0
        /// Norm that the gradient penalty pulls towards.
        public var gpTarget = 1.0
        /// Factor of D(real)², which keeps the critic from drifting (arXiv 1710.10196, appendix A.1).
        public var drift = 0.001
        /// Factor of the class losses of an AC-GAN (arXiv 1610.09585).
        public var classWeight = 1.0
        /// Factor of the mean squared error of the numbers that a head of the discriminator reads from samples, where those
        /// condition the networks; 0 for no such head.
        public var regressionWeight: Auto<Double> = .auto
        /// Main phases of the discriminator in a step, each with real images and draws of its own.
        public var dSteps = 1
        /// λ of LeCam regularisation (arXiv 2104.03310); 0 for none.
        public var lecamWeight = 0.0
        /// Decay of the averages that it holds scores near.
        public var lecamDecay = 0.99
        /// Whether those averages are corrected for their start, as in the authors' StyleGAN2.
        public var lecamDebias = true
        /// Main phases of the discriminator before which there is no such term.
        public var lecamStart = 0
        /// Factor of the mean absolute difference of Pix2Pix's images from the real ones (arXiv 1611.07004, equation 4).
        public var l1Weight = 0.0
        /// Factor of what the discriminator's maps of CC-FPSE's images differ in from those of the real ones.
        public var featureMatching = 0.0
        /// λ of OASIS's LabelMix (arXiv 2012.04781, section 3.1); 0 for none.
        public var labelMix = 0.0

        public init() {}
    }

    static let lossKeys: [Key] = [
        Key("loss.kind", \.loss.kind, .choice, "adversarial loss"),
        Key(
            "loss.r1_gamma", \.loss.r1Gamma, .auto(.nonNegative),
            "R1; auto: 0.0002 · resolution² / batch with logistic, 0.05 · (resolution / 32)² with relativistic, else 0"),
        Key(
            "loss.r2_gamma", \.loss.r2Gamma, .auto(.nonNegative),
            "R2, which is R1 at generated images; auto: loss.r1_gamma with relativistic, else 0"),
        Key(
            "loss.r1_interval", \.loss.r1Interval, .integer(1...1_000_000),
            "steps from one phase of R1 and R2 to the next; with relativistic 1 makes them a part of the main phase"),
        Key("loss.pl_weight", \.loss.plWeight, .nonNegative, "factor of the path-length penalty, 0 for none"),
        Key(
            "loss.pl_interval", \.loss.plInterval, .integer(1...1_000_000),
            "steps from one path-length phase to the next"),
        Key(
            "loss.pl_batch_shrink", \.loss.plBatchShrink, .integer(1...4096),
            "the path-length phase draws batch / pl_batch_shrink samples"),
        Key("loss.pl_decay", \.loss.plDecay, .fraction, "rate at which the mean path length follows"),
        Key("loss.style_mixing", \.loss.styleMixing, .fraction, "probability that an image mixes two styles"),
        Key("loss.gp_weight", \.loss.gpWeight, .nonNegative, "wgan-gp: factor of the gradient penalty"),
        Key("loss.gp_target", \.loss.gpTarget, .positive, "wgan-gp: norm that the penalty pulls towards"),
        Key("loss.drift", \.loss.drift, .nonNegative, "wgan-gp: factor of D(real)²"),
        Key(
            "loss.class_weight", \.loss.classWeight, .nonNegative,
            "pggan with labels: factor of the class losses (AC-GAN)"),
        Key(
            "loss.regression_weight", \.loss.regressionWeight, .auto(.nonNegative),
            "data.condition=vector: factor of the error with which the discriminator reads the numbers, 0 for none; auto: 1 with pggan, else 0"
        ),
        Key(
            "loss.d_steps", \.loss.dSteps, .integer(1...100),
            "discriminator phases to a generator phase, each with a batch of its own"),
        Key(
            "loss.lecam_weight", \.loss.lecamWeight, .nonNegative,
            "LeCam: holds scores near averages of those of the other kind; 0 for none"),
        Key("loss.lecam_decay", \.loss.lecamDecay, .decay, "LeCam: decay of the averages"),
        Key(
            "loss.lecam_debias", \.loss.lecamDebias, .flag,
            "LeCam: averages corrected for their start, as with StyleGAN2; false: the batch's means until loss.lecam_start, as with BigGAN"
        ),
        Key(
            "loss.lecam_start", \.loss.lecamStart, .integer(0...1_000_000),
            "LeCam: main phases of the discriminator before which there is no term"),
        Key(
            "loss.l1_weight", \.loss.l1Weight, .nonNegative,
            "pix2pix: factor of the mean absolute difference from the real image"),
        Key(
            "loss.feature_matching", \.loss.featureMatching, .nonNegative,
            "ccfpse: factor of what the discriminator's features differ in from those of the real image"),
        Key(
            "loss.labelmix", \.loss.labelMix, .nonNegative,
            "oasis: factor of LabelMix, which mixes real and generated pixels class by class; 0 for none"),
    ]
}

/// Adversarial loss: `loss.kind`.
public enum LossKind: String, CaseIterable, Sendable, Choice {
    /// Non-saturating logistic.
    case logistic
    /// Wasserstein with gradient penalty (arXiv 1704.00028), which takes R1's place.
    case wganGP = "wgan-gp"
    /// Hinge loss (arXiv 1802.05957, 1805.08318).
    case hinge
    /// Least squares (arXiv 1611.04076).
    case lsgan
    /// OASIS's: each pixel's class, or that it is not real (arXiv 2012.04781, section 3.1).
    case segmentation
    /// Of pairs: by how much a real image scores higher than a generated one (arXiv 1807.00734, 2501.05441).
    case relativistic

    /// Whether R1 and R2 go with it; a loss with a penalty of its own takes their place.
    public var hasR1: Bool {
        switch self {
        case .logistic, .hinge, .lsgan, .relativistic: true
        case .wganGP, .segmentation: false
        }
    }

    /// R1's weight where the configuration leaves γ open.
    var r1Rule: R1Rule {
        switch self {
        case .logistic: .batchAndPixels
        case .relativistic: .pixels
        case .wganGP, .hinge, .lsgan, .segmentation: .none
        }
    }

    /// Whether R1 is a part of it where the configuration leaves γ open.
    public var hasR1ByDefault: Bool { r1Rule != .none }

    /// Whether R2 is, as strong as R1.
    public var hasR2ByDefault: Bool {
        switch self {
        case .relativistic: true
        case .logistic, .wganGP, .hinge, .lsgan, .segmentation: false
        }
    }

    /// Whether it judges a real and a generated image together: then the generator's phase needs real images, too.
    public var judgesPairs: Bool {
        switch self {
        case .relativistic: true
        case .logistic, .wganGP, .hinge, .lsgan, .segmentation: false
        }
    }

    /// Whether the sign of a score says what an image is taken for: neither of a critic's nor of one side of a pair's, which
    /// are only compared, nor of scores that are pulled to 0 and 1, nor of classes.
    public var scoresHaveZero: Bool {
        switch self {
        case .logistic, .hinge: true
        case .wganGP, .lsgan, .segmentation, .relativistic: false
        }
    }
}

/// What γ of R1 is by itself.
enum R1Rule {
    /// There is no R1.
    case none
    /// ``AutoRules/r1Gamma(resolution:batch:)``
    case batchAndPixels
    /// ``AutoRules/relativisticGamma(resolution:)``
    case pixels
}
