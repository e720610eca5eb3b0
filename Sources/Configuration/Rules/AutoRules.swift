#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The `auto` rules of the StyleGAN2-ADA release, the progressive GAN's average, and GGDR's choice of resolution.
public enum AutoRules {
    /// max(min(ranks · min(4096 / resolution, 32), 64), ranks), made a multiple of the ranks.
    ///
    /// Where the ranks do not divide the rule's value, it is lowered so that each rank has whole groups of 4, else 2,
    /// else 1 images.
    public static func batch(resolution: Int, ranks: Int) -> Int {
        let rule = publishedBatch(resolution: resolution, ranks: ranks)
        if rule % ranks == 0 { return rule }
        let share = [4, 2, 1].first { rule >= ranks * $0 } ?? 1
        return rule / (ranks * share) * ranks * share
    }

    /// What the release says, which its ranks may not be able to share.
    static func publishedBatch(resolution: Int, ranks: Int) -> Int {
        max(min(ranks * min(4096 / resolution, 32), 64), ranks)
    }

    /// The largest power of two up to 8 that divides a rank's share of the batch.
    public static func microbatch(batch: Int, ranks: Int) -> Int {
        let share = batch / ranks
        return [8, 4, 2].first { share % $0 == 0 } ?? 1
    }

    /// γ of R1: 0.0002 · resolution² / batch.
    public static func r1Gamma(resolution: Int, batch: Int) -> Double {
        0.0002 * Double(resolution * resolution) / Double(batch)
    }

    /// γ of R1 and R2 with the relativistic loss: 0.05 at 32², where R3GAN starts on CIFAR-10 (arXiv 2501.05441), and as
    /// much more as there are more pixels. Its authors have no rule.
    public static func relativisticGamma(resolution: Int) -> Double {
        0.05 * Double(resolution * resolution) / 1024
    }

    /// Half-life of the moving average in thousands of images: batch · 10 / 32.
    public static func emaHalfLifeKimg(batch: Int) -> Double {
        Double(batch) * 10 / 32
    }

    /// Half-life in thousands of images of an average that keeps 0.999 of itself at each step (arXiv 1710.10196,
    /// appendix A.1).
    public static func emaHalfLifeKimg(batch: Int, decayPerStep: Double) -> Double {
        Double(batch) * log(0.5) / log(decayPerStep) / 1000
    }

    /// 16384 below 512², 32768 from there on.
    public static func channelBase(resolution: Int) -> Int {
        resolution < 512 ? 16_384 : 32_768
    }

    /// 64 from 256² on, a quarter of the image below, and never under 8.
    public static func ggdrResolution(resolution: Int) -> Int {
        resolution >= 256 ? 64 : max(resolution / 4, 8)
    }
}
