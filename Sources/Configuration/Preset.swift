/// A published or proven configuration to start from.
public enum Preset: String, CaseIterable, Sendable, Choice {
    /// Small networks for one small machine.
    case quick
    /// StyleGAN2 with GGDR, sized by the `auto` rules.
    case stylegan2GGDR = "stylegan2-ggdr"
    /// The plain StyleGAN2 baseline.
    case stylegan2
    case cifar, paper256, paper512, paper1024
    case pggan
    case pgganGGDR = "pggan-ggdr"
    case sagan
    case saganGGDR = "sagan-ggdr"

    static let notYet: [Preset] = [.pggan, .pgganGGDR, .sagan, .saganGGDR]

    /// Presets that this version can train.
    public static var available: [Preset] { allCases.filter { !notYet.contains($0) } }

    /// One line on what the preset is for.
    public var summary: String {
        switch self {
        case .quick: "small StyleGAN2 + GGDR for one small machine, minutes at 32²"
        case .stylegan2GGDR: "StyleGAN2 + GGDR, sized by the data set and the number of ranks"
        case .stylegan2: "plain StyleGAN2 as published (config F)"
        case .cifar: "StyleGAN2 for CIFAR-10 as in its ADA release, GGDR off"
        case .paper256: "StyleGAN2 + GGDR at 256², FFHQ and LSUN"
        case .paper512: "StyleGAN2 + GGDR at 512²"
        case .paper1024: "StyleGAN2 + GGDR at 1024²"
        case .pggan: "progressive GAN (not in this version)"
        case .pgganGGDR: "progressive GAN + GGDR (not in this version)"
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
        guard self != .quick else { return c }

        c.kimg = 25_000
        c.model.channelMax = 512
        c.model.zDim = 512
        c.model.wDim = 512
        switch self {
        case .quick: break
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
            c.model.family = .pggan
            c.loss.kind = .wganGP
            c.growing.enabled = true
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
}
