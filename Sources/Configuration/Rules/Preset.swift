/// A published or proven configuration to start from.
public enum Preset: String, CaseIterable, Sendable, Choice {
    /// Small networks for one small machine.
    case quick
    /// Every phase of progressive growing within minutes: StyleGAN2 + GGDR, and the progressive GAN.
    case quickGrowing = "quick-growing"
    case quickPGGAN = "quick-pggan"
    /// StyleGAN2 with GGDR, sized by the `auto` rules.
    case stylegan2GGDR = "stylegan2-ggdr"
    /// The plain StyleGAN2 baseline.
    case stylegan2
    case cifar, paper256, paper512, paper1024
    case pggan
    case pgganGGDR = "pggan-ggdr"
    case sagan
    case saganGGDR = "sagan-ggdr"

    static let notYet: [Preset] = [.sagan, .saganGGDR]

    /// Presets that this version can train.
    public static var available: [Preset] { allCases.filter { !notYet.contains($0) } }

    /// One line on what the preset is for.
    public var summary: String {
        switch self {
        case .quick: "small StyleGAN2 + GGDR for one small machine, minutes at 32²"
        case .quickGrowing: "quick, growing from 4²: every resolution and every fade within minutes at 32²"
        case .quickPGGAN: "small progressive GAN: every resolution and every fade within minutes at 32²"
        case .stylegan2GGDR: "StyleGAN2 + GGDR, sized by the data set and the number of ranks"
        case .stylegan2: "plain StyleGAN2 as published (config F)"
        case .cifar: "StyleGAN2 for CIFAR-10 as in its ADA release, GGDR off"
        case .paper256: "StyleGAN2 + GGDR at 256², FFHQ and LSUN"
        case .paper512: "StyleGAN2 + GGDR at 512²"
        case .paper1024: "StyleGAN2 + GGDR at 1024²"
        case .pggan: "progressive GAN as published: WGAN-GP, growing from 4² to the images' resolution"
        case .pgganGGDR: "progressive GAN + GGDR"
        case .sagan: "self-attention GAN (not in this version)"
        case .saganGGDR: "self-attention GAN + GGDR (not in this version)"
        }
    }

    /// All values of the preset.
    ///
    /// The published presets follow the StyleGAN2-ADA release; their microbatch is the minibatch-stddev group.
    public var configuration: Configuration {
        var c = Configuration()
        c.preset = self
        switch self {
        case .quick: return c
        case .quickGrowing, .quickPGGAN:
            c.growQuickly()
            if self == .quickPGGAN { c.progressiveGAN() }
            return c
        default: break
        }

        c.kimg = 25_000
        c.model.channelMax = 512
        c.model.zDim = 512
        c.model.wDim = 512
        switch self {
        case .quick, .quickGrowing, .quickPGGAN: break
        case .stylegan2GGDR:
            c.batch = .auto
            c.microbatch = .auto
            c.model.channelBase = .auto
        case .stylegan2:
            c.published(batch: 32, group: 4, channelBase: 32_768, learningRate: 0.002, gamma: 10, halfLifeKimg: 10)
            c.ggdr.enabled = false
        case .cifar:
            c.published(batch: 64, group: 32, channelBase: 32_768, learningRate: 0.0025, gamma: 0.01, halfLifeKimg: 500)
            c.kimg = 100_000
            c.model.mappingLayers = 2
            c.model.discriminator = .orig
            c.ema.ramp = 0.05
            c.loss.plWeight = 0
            c.loss.styleMixing = 0
            c.ggdr.enabled = false
        case .paper256:
            c.published(batch: 64, group: 8, channelBase: 16_384, learningRate: 0.0025, gamma: 1, halfLifeKimg: 20)
        case .paper512:
            c.published(batch: 64, group: 8, channelBase: 32_768, learningRate: 0.0025, gamma: 0.5, halfLifeKimg: 20)
        case .paper1024:
            c.published(batch: 32, group: 4, channelBase: 32_768, learningRate: 0.002, gamma: 2, halfLifeKimg: 10)
        case .pggan, .pgganGGDR:
            c.progressiveGAN()
            c.publishedGrowth()
            c.ggdr.enabled = self == .pgganGGDR
        case .sagan, .saganGGDR:
            c.model.family = .sagan
            c.loss.kind = .hinge
            c.ggdr.enabled = self == .saganGGDR
        }
        return c
    }
}

extension Configuration {
    /// What the published configurations have in common, and the numbers in which they differ.
    fileprivate mutating func published(
        batch size: Int, group: Int, channelBase: Int, learningRate: Double, gamma: Double, halfLifeKimg: Double
    ) {
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

    /// Networks and loss of the progressive GAN (arXiv 1710.10196, appendix A.1).
    fileprivate mutating func progressiveGAN() {
        model.family = .pggan
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

    /// Ten thousand images to each resolution below the last, and half of a run to the last.
    fileprivate mutating func growQuickly() {
        growing.enabled = true
        growing.trainingKimg = 5
        growing.transitionKimg = 5
        // The published average would be older than such a run.
        ema.halfLifeKimg = .value(10)
        snapshot.everyKimg = 5
        checkpoint.everyKimg = 10
    }
}
