/// StyleGAN2 (arXiv 1912.04958, 2006.06676) with and without GGDR (arXiv 2207.13320).
struct StyleGAN2Rules: FamilyRules {
    let needsPairsInGroups = false

    var presets: [Preset] {
        [.quick, .quickReference, .quickGrowing, .stylegan2GGDR, .stylegan2, .cifar, .paper256, .paper512, .paper1024]
    }

    var needs: [FamilyNeed] { FamilyNeed.withoutVariants + TranslationRules.unknownElsewhere }

    /// batch · 10 / 32, the rule of the StyleGAN2-ADA release.
    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch) }

    func attentionPlaces(resolution: Int) -> AttentionPlaces {
        AttentionPlaces(generator: 4...resolution, discriminator: 4...resolution / 2)
    }
}

extension Preset {
    /// Small networks for one small machine, with what a study of few minutes found for them.
    public static let quick = Preset(
        "quick", .stylegan2, "small StyleGAN2 + GGDR for one small machine, minutes at 32²", isQuick: true
    ) { $0.learnInMinutes() }

    /// The published settings made small: the defaults of all keys.
    public static let quickReference = Preset(
        "quick-reference", .stylegan2, "quick's networks with the published settings made small, to compare with",
        isQuick: true)

    /// Every phase of progressive growing within minutes.
    public static let quickGrowing = Preset(
        "quick-growing", .stylegan2,
        "quick, growing from 4²: every resolution and every fade within minutes at 32²", isQuick: true
    ) {
        $0.growQuickly()
        $0.learnInMinutes()
    }

    /// StyleGAN2 with GGDR, sized by the `auto` rules.
    public static let stylegan2GGDR = Preset(
        "stylegan2-ggdr", .stylegan2, "StyleGAN2 + GGDR, sized by the data set and the number of ranks"
    ) {
        $0.fullSize()
        $0.batch = .auto
        $0.microbatch = .auto
        $0.model.channelBase = .auto
    }

    /// The plain StyleGAN2 baseline.
    public static let stylegan2 = Preset(
        "stylegan2", .stylegan2, "plain StyleGAN2 as published (config F)"
    ) {
        $0.published(batch: 32, group: 4, channelBase: 32_768, learningRate: 0.002, gamma: 10, halfLifeKimg: 10)
        $0.ggdr.enabled = false
    }

    public static let cifar = Preset(
        "cifar", .stylegan2, "StyleGAN2 for CIFAR-10 as in its ADA release, GGDR off"
    ) {
        $0.published(batch: 64, group: 32, channelBase: 32_768, learningRate: 0.0025, gamma: 0.01, halfLifeKimg: 500)
        $0.kimg = 100_000
        $0.model.mappingLayers = 2
        $0.model.discriminator = .orig
        $0.ema.ramp = 0.05
        $0.loss.plWeight = 0
        $0.loss.styleMixing = 0
        $0.ggdr.enabled = false
    }

    public static let paper256 = Preset(
        "paper256", .stylegan2, "StyleGAN2 + GGDR at 256², FFHQ and LSUN"
    ) { $0.published(batch: 64, group: 8, channelBase: 16_384, learningRate: 0.0025, gamma: 1, halfLifeKimg: 20) }

    public static let paper512 = Preset(
        "paper512", .stylegan2, "StyleGAN2 + GGDR at 512²"
    ) { $0.published(batch: 64, group: 8, channelBase: 32_768, learningRate: 0.0025, gamma: 0.5, halfLifeKimg: 20) }

    public static let paper1024 = Preset(
        "paper1024", .stylegan2, "StyleGAN2 + GGDR at 1024²"
    ) { $0.published(batch: 32, group: 4, channelBase: 32_768, learningRate: 0.002, gamma: 2, halfLifeKimg: 10) }
}

extension Configuration {
    /// What the configurations of the StyleGAN2-ADA release have in common, and the numbers in which they differ. Their
    /// microbatch is the minibatch-stddev group.
    fileprivate mutating func published(
        batch size: Int, group: Int, channelBase: Int, learningRate: Double, gamma: Double, halfLifeKimg: Double
    ) {
        fullSize()
        batch = .global(size)
        microbatch = .value(group)
        model.mbstdGroup = group
        model.channelBase = .value(channelBase)
        model.mappingLayers = 8
        optimizer.gLR = learningRate
        optimizer.dLR = learningRate
        loss.r1Gamma = .value(gamma)
        ema.halfLifeKimg = .value(halfLifeKimg)
        ema.ramp = nil
    }
}
