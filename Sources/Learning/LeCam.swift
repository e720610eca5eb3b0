import Autodiff
import Glibc

/// LeCam regularisation (arXiv 2104.03310, section 3.2): holds the discriminator's scores of real images near the average
/// of those of generated ones, and the other way round, from above and from below.
public struct LeCam: Sendable, Equatable {
    /// λ
    public var weight: Float
    /// Of the averages: each is decay · average + (1 − decay) · mean of the batch.
    public var decay: Float
    /// Whether averages are corrected for the zeros that they started with, as in the authors' StyleGAN2; otherwise they
    /// are just the batch's means until `start`, as in their BigGAN.
    public var isDebiased: Bool
    /// Main phases of the discriminator before which there is no term.
    public var start: Int

    public init(weight: Float, decay: Float = 0.99, isDebiased: Bool = true, start: Int = 0) {
        self.weight = weight
        self.decay = decay
        self.isDebiased = isDebiased
        self.start = start
    }

    /// Averages of the mean scores, as they are kept.
    public struct Averages: Equatable, Sendable {
        public var real: Float
        public var fake: Float
        /// Main phases of the discriminator that they have followed.
        public var phases: Float

        public init(real: Float = 0, fake: Float = 0, phases: Float = 0) {
            (self.real, self.fake, self.phases) = (real, fake, phases)
        }
    }

    /// What scores are held near.
    public struct Anchors: Equatable, Sendable {
        public var real: Float
        public var fake: Float

        public init(real: Float, fake: Float) { (self.real, self.fake) = (real, fake) }
    }

    /// The averages after a phase with these mean scores.
    public func moved(_ averages: Averages, real: Float, fake: Float) -> Averages {
        let decay = !isDebiased && averages.phases < Float(start) ? 0 : decay
        return Averages(
            real: averages.real * decay + real * (1 - decay), fake: averages.fake * decay + fake * (1 - decay),
            phases: averages.phases + 1)
    }

    /// What the scores of the phase are held near that the averages have just followed; nil where its loss has no term.
    public func anchors(_ averages: Averages) -> Anchors? {
        // The first phase that is neither before the start nor, without correction, the one that the averages begin with.
        guard averages.phases > Float(start) + (isDebiased ? 0 : 1) else { return nil }
        return corrected(averages)
    }

    /// The averages, corrected for their start where they are to be.
    public func corrected(_ averages: Averages) -> Anchors {
        guard isDebiased, averages.phases > 0 else { return Anchors(real: averages.real, fake: averages.fake) }
        // Averages that as good as never move stay at 0.
        let share = max(Float(1 - pow(Double(decay), Double(averages.phases))), .leastNormalMagnitude)
        return Anchors(real: averages.real / share, fake: averages.fake / share)
    }

    /// Mean of relu(D(real) − average of fakes)², shape [].
    public func onReal(_ scores: Tensor, _ anchors: Anchors) -> Tensor {
        (scores - anchors.fake).atLeast(0).squared().mean()
    }

    /// Mean of relu(average of reals − D(fake))², shape [].
    public func onFake(_ scores: Tensor, _ anchors: Anchors) -> Tensor {
        scores.affine(-1, anchors.real).atLeast(0).squared().mean()
    }
}
