/// CC-FPSE (arXiv 1910.06809).
struct CCFPSERules: FamilyRules {
    let needsPairsInGroups = false

    var presets: [Preset] { [.quickCCFPSE, .ccfpse] }

    var needs: [FamilyNeed] {
        TranslationRules.needs + [
            TranslationRules.l1, TranslationRules.labelMix,
            FamilyNeed(key: "model.norm", needed: "batch", lacks: "second kind of normalisation"),
            FamilyNeed(
                key: "model.spectral_norm", needed: "both", lacks: "variant without spectral normalisation"),
        ]
    }

    let denseConditions = [ConditionChoice.map]
    let losses = [LossKind.hinge]

    /// 0.999 of itself at each step. The paper says of no average.
    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch, decayPerStep: 0.999) }

    func channelBase(resolution: Int) -> Int { TranslationRules.channelBase(resolution: resolution) }

    func attentionPlaces(resolution: Int) -> AttentionPlaces { .none }

    /// Five doublings; six with the level more that the authors have for Cityscapes.
    func unetDepth(_ grid: ImageGrid) -> Int { 5 }

    func guidePlaces(resolution: Int, patchLayers: Int, depth: Int) -> ClosedRange<Int> {
        // Its discriminator's encoder halves five times, however deep the generator is.
        TranslationRules.guidePlaces(resolution: resolution, halvings: 5)
    }

    func misfit(of grid: ImageGrid, _ configuration: Configuration, depth: Int) -> (key: String, message: String)? {
        TranslationRules.misfit(of: grid, "ccfpse", depth: depth, fewest: 5, most: 6)
    }
}

extension Preset {
    /// Shapes from their label maps within minutes.
    public static let quickCCFPSE = Preset(
        "quick-ccfpse", .ccfpse, "small CC-FPSE, images of label maps, minutes at 64²", isQuick: true
    ) {
        $0.imageToImage()
        $0.ccfpse()
        $0.model.channelBase = .value(512)
        $0.model.conditionWidth = 16
        $0.quickTranslation(kimg: 8)
        // So short a run needs larger rates than the paper's.
        $0.optimizer.gLR = 0.0005
        $0.optimizer.dLR = 0.001
    }

    public static let ccfpse = Preset(
        "ccfpse", .ccfpse,
        "CC-FPSE with its paper's sizes: predicted convolutions, feature pyramid; no VGG loss; kimg of 200 epochs of ADE20K"
    ) {
        $0.imageToImage()
        $0.ccfpse()
        $0.kimg = 4042
        $0.batch = .global(32)
        $0.microbatch = .value(4)
    }
}

extension Configuration {
    /// Losses and optimisers of the paper (section 4.1), but for its loss on features of VGG.
    fileprivate mutating func ccfpse() {
        data.condition = .map
        model.spectralNorm = .both
        loss.kind = .hinge
        loss.featureMatching = 10
        optimizer.gLR = 0.0001
        optimizer.dLR = 0.0004
        optimizer.beta1 = 0
        optimizer.beta2 = 0.9
    }
}
