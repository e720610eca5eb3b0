/// OASIS (arXiv 2012.04781).
struct OASISRules: FamilyRules {
    let needsPairsInGroups = false

    var presets: [Preset] { [.quickOASIS, .oasis] }

    var needs: [FamilyNeed] {
        TranslationRules.needs + [
            TranslationRules.l1, TranslationRules.featureMatching,
            FamilyNeed(key: "model.norm", needed: "batch", lacks: "second kind of normalisation"),
            FamilyNeed(
                key: "model.spectral_norm", needed: "both", lacks: "variant without spectral normalisation"),
        ]
    }

    let denseConditions = [ConditionChoice.map]
    let losses = [LossKind.segmentation]

    /// 0.9999 of itself at each step (appendix D).
    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch, decayPerStep: 0.9999) }

    func channelBase(resolution: Int) -> Int { TranslationRules.channelBase(resolution: resolution) }

    func attentionPlaces(resolution: Int) -> AttentionPlaces { .none }

    static let depths = 2...6

    /// Six blocks; fewer where a side cannot be halved so often.
    func unetDepth(_ grid: ImageGrid) -> Int { min(TranslationRules.halvings(of: grid), Self.depths.upperBound) }

    func guidePlaces(resolution: Int, patchLayers: Int, depth: Int) -> ClosedRange<Int> {
        TranslationRules.guidePlaces(resolution: resolution, halvings: depth)
    }

    func misfit(of grid: ImageGrid, _ configuration: Configuration, depth: Int) -> (key: String, message: String)? {
        TranslationRules.misfit(
            of: grid, "oasis", depth: depth, fewest: Self.depths.lowerBound, most: Self.depths.upperBound)
    }
}

extension Preset {
    /// Shapes from their label maps within minutes.
    public static let quickOASIS = Preset(
        "quick-oasis", .oasis, "small OASIS, images of label maps, minutes at 32² and 64²", isQuick: true
    ) {
        $0.imageToImage()
        $0.oasis()
        $0.model.zDim = 16
        $0.model.unetDepth = .value(4)
        $0.model.channelBase = .value(512)
        $0.model.conditionWidth = 32
        $0.quickTranslation(kimg: 20)
        // The published average would be older than such a run.
        $0.ema.halfLifeKimg = .value(2)
        $0.ema.ramp = 0.05
        // So short a run needs larger rates than the paper's.
        $0.optimizer.gLR = 0.0005
        $0.optimizer.dLR = 0.001
    }

    public static let oasis = Preset(
        "oasis", .oasis,
        "OASIS with its paper's sizes: a discriminator that segments, LabelMix; kimg of 200 epochs of ADE20K"
    ) {
        $0.imageToImage()
        $0.oasis()
        $0.kimg = 4042
        $0.batch = .global(32)
        $0.microbatch = .value(4)
    }
}

extension Configuration {
    /// Losses and optimisers of the paper (appendix D).
    fileprivate mutating func oasis() {
        data.condition = .map
        model.zDim = 64
        model.spectralNorm = .both
        loss.kind = .segmentation
        loss.labelMix = 10
        optimizer.gLR = 0.0001
        optimizer.dLR = 0.0004
        optimizer.beta1 = 0
        optimizer.beta2 = 0.999
        ema.enabled = true
    }
}
