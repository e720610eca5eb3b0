/// The self-attention GAN (arXiv 1805.08318).
struct SAGANRules: FamilyRules {
    let needsPairsInGroups = false

    var presets: [Preset] { [.quickSAGAN, .sagan, .saganGGDR] }

    var needs: [FamilyNeed] { FamilyNeed.residual + TranslationRules.unknownElsewhere }

    /// 0.999 of itself at each step. The paper says of no average.
    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch, decayPerStep: 0.999) }

    /// 64 channels at the images' resolution, as its authors have it at 128².
    func channelBase(resolution: Int) -> Int { 64 * resolution }

    /// 32 in both networks (section 4.2); of smaller images the largest map that both have.
    func attention(resolution: Int) -> [Int] { resolution < 16 ? [] : [min(32, resolution / 2)] }

    /// Of the discriminator's maps the largest has half of the images' resolution.
    func attentionPlaces(resolution: Int) -> AttentionPlaces {
        AttentionPlaces(generator: 8...resolution, discriminator: 4...resolution / 2)
    }
}

extension Preset {
    /// A conditional run with all that is in the paper but its loss, within minutes.
    public static let quickSAGAN = Preset(
        "quick-sagan", .sagan, "small self-attention GAN, a class a row, minutes at 32² with labels", isQuick: true
    ) {
        $0.selfAttention()
        // A row for each of ten classes.
        $0.snapshot.grid = Grid(columns: 8, rows: 10)
        $0.model.zDim = 64
        $0.model.channelBase = .value(1024)
        $0.model.channelMax = 256
        // The paper's rates are those of a million steps of 256 images. So short a run needs larger ones, which the hinge
        // loss does not bear but R3GAN's does. Batches stay: batch normalisation would learn from too few images.
        $0.loss.kind = .relativistic
        $0.optimizer.gLR = 0.001
        $0.optimizer.dLR = 0.002
        $0.ema.halfLifeKimg = .value(10)
    }

    public static let sagan = Preset(
        "sagan", .sagan, "self-attention GAN as published: 128², classes, hinge loss, spectral norm in both networks"
    ) {
        $0.published()
        $0.ggdr.enabled = false
    }

    public static let saganGGDR = Preset("sagan-ggdr", .sagan, "self-attention GAN + GGDR") { $0.published() }
}

extension Configuration {
    /// Networks, loss and optimisers of the paper (sections 3 and 4).
    fileprivate mutating func selfAttention() {
        data.labels = true
        model.spectralNorm = .both
        model.discriminator = .resnet
        model.clamp = nil
        model.mbstdGroup = 1
        loss.kind = .hinge
        loss.plWeight = 0
        loss.styleMixing = 0
        // Two time scales (arXiv 1706.08500).
        optimizer.gLR = 0.0001
        optimizer.dLR = 0.0004
        optimizer.beta2 = 0.9
        ggdr.enabled = false
    }

    /// Sizes of the paper's runs: a million steps of 256 images.
    fileprivate mutating func published() {
        fullSize()
        selfAttention()
        kimg = 256_000
        batch = .global(256)
        microbatch = .value(8)
        model.zDim = 128
        model.channelBase = .auto
        model.channelMax = 1024
        ema.ramp = nil
        ggdr.enabled = true
    }
}
