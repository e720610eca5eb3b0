/// The progressive GAN (arXiv 1710.10196).
struct ProgressiveGANRules: FamilyRules {
    /// A group of one has no deviation; `model.mbstd_group` 1 leaves the statistic out.
    let needsPairsInGroups = true

    var presets: [Preset] { [.quickPGGAN, .pggan, .pgganGGDR] }

    var needs: [FamilyNeed] {
        FamilyNeed.withoutStyles + [
            FamilyNeed(key: "model.discriminator", needed: "orig", lacks: "residual blocks"),
            FamilyNeed.withoutClamp,
        ] + TranslationRules.unknownElsewhere
    }

    /// Its discriminator has no projection: what it is to tell apart it learns from this, as from the class loss.
    let regressionWeight = 1.0

    /// 0.999 of itself at each step (appendix A.1).
    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch, decayPerStep: 0.999) }

    func attentionPlaces(resolution: Int) -> AttentionPlaces {
        AttentionPlaces(generator: 4...resolution, discriminator: 4...resolution / 2)
    }
}

extension Preset {
    /// Every phase of progressive growing within minutes.
    public static let quickPGGAN = Preset(
        "quick-pggan", .pggan, "small progressive GAN: every resolution and every fade within minutes at 32²",
        isQuick: true
    ) {
        $0.growQuickly()
        $0.progressiveGAN()
        $0.learnInMinutes()
    }

    public static let pggan = Preset(
        "pggan", .pggan, "progressive GAN as published: WGAN-GP, growing from 4² to the images' resolution"
    ) {
        $0.fullSize()
        $0.progressiveGAN()
        $0.publishedGrowth()
    }

    public static let pgganGGDR = Preset("pggan-ggdr", .pggan, "progressive GAN + GGDR") {
        $0.fullSize()
        $0.progressiveGAN()
        $0.publishedGrowth()
        $0.ggdr.enabled = true
    }
}

extension Configuration {
    /// Networks and loss of the progressive GAN (appendix A.1).
    fileprivate mutating func progressiveGAN() {
        model.discriminator = .orig
        model.clamp = nil
        loss.kind = .wganGP
        loss.plWeight = 0
        loss.styleMixing = 0
        optimizer.gLR = 0.001
        optimizer.dLR = 0.001
        ggdr.enabled = false
    }

    /// Sizes and schedule of the release of the progressive GAN (its preset for one worker).
    fileprivate mutating func publishedGrowth() {
        kimg = 12_000
        batch = .global(16)
        microbatch = .value(8)
        // The paper's 8192 / 2^stage, with 2^(stage + 1) pixels.
        model.channelBase = .value(16_384)
        ema.ramp = nil
        growing.enabled = true
        growing.minibatch = ResolutionTable([
            4: 128, 8: 128, 16: 128, 32: 64, 64: 32, 128: 16, 256: 8, 512: 4, 1024: 4,
        ])
        growing.learningRate = ResolutionTable([1024: 0.0015])
    }
}
