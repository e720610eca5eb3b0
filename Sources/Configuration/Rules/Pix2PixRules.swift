/// Pix2Pix (arXiv 1611.07004).
struct Pix2PixRules: FamilyRules {
    let needsPairsInGroups = false

    var presets: [Preset] { [.quickPix2Pix, .pix2pix] }

    var needs: [FamilyNeed] {
        TranslationRules.needs + [
            TranslationRules.featureMatching, TranslationRules.labelMix,
            FamilyNeed(key: "model.spectral_norm", needed: "none", lacks: "spectral normalisation"),
        ]
    }

    let denseConditions = [ConditionChoice.image, .map]
    /// The paper's cross-entropy, and its authors' choice beside it; patches of an image and of its pair can be compared, too.
    let losses = [LossKind.logistic, .lsgan, .relativistic]

    /// 0.999 of itself at each step. The paper says of no average.
    func emaHalfLifeKimg(batch: Int) -> Double { AutoRules.emaHalfLifeKimg(batch: batch, decayPerStep: 0.999) }

    func channelBase(resolution: Int) -> Int { TranslationRules.channelBase(resolution: resolution) }

    func attentionPlaces(resolution: Int) -> AttentionPlaces { .none }

    static let depths = 2...8

    /// 8 at 256², down to a single pixel (section 6.1.1); fewer where a side cannot be halved so often.
    func unetDepth(_ grid: ImageGrid) -> Int { min(TranslationRules.halvings(of: grid), Self.depths.upperBound) }

    /// Maps that both the U-Net, on its way back, and the discriminator of patches have.
    func guidePlaces(resolution: Int, patchLayers: Int, depth: Int) -> ClosedRange<Int> {
        // The U-Net may end before the discriminator does.
        TranslationRules.guidePlaces(resolution: resolution, halvings: min(patchLayers, depth + 1))
    }

    func misfit(of grid: ImageGrid, _ configuration: Configuration, depth: Int) -> (key: String, message: String)? {
        if let misfit = TranslationRules.misfit(
            of: grid, "pix2pix", depth: depth, fewest: Self.depths.lowerBound, most: Self.depths.upperBound)
        {
            return misfit
        }
        let side = min(grid.height, grid.width)
        // A decoder doubles the smallest of the discriminator's maps.
        let smallest = grid.resolution >> configuration.model.patchLayers
        if configuration.supervision == .generator, 2 * smallest > grid.resolution / 2 {
            return (
                "ggdr.enabled",
                "ggdr.enabled is true, but with model.patch_layers=\(configuration.model.patchLayers) the discriminator's"
                    + " smallest map, of \(smallest)², leaves a decoder none of the generator's to predict: set"
                    + " model.patch_layers=2 or more, or ggdr.enabled=false"
            )
        }
        // The last two convolutions take a pixel off each; of one pixel instance normalisation leaves nothing.
        guard side >> configuration.model.patchLayers < 3 else { return nil }
        let most = (1...8).last { side >> $0 >= 3 }
        return (
            most == nil ? "data.path" : "model.patch_layers",
            "model.patch_layers is \(configuration.model.patchLayers), which leaves no patch to judge of images of"
                + " \(grid.height)×\(grid.width)"
                + (most.map { "; allowed: \($0 == 1 ? "1" : "1 to \($0)")" }
                    ?? ": they are too small for model.family=pix2pix")
        )
    }
}

extension Preset {
    /// Edges to garments within minutes.
    public static let quickPix2Pix = Preset(
        "quick-pix2pix", .pix2pix, "small Pix2Pix, edges to images, minutes at 32² (import with --pair edges)",
        isQuick: true
    ) {
        $0.imageToImage()
        $0.pix2pix()
        // Of 32² the published discriminator would see patches of 70².
        $0.model.patchLayers = 2
        $0.model.channelBase = .value(1024)
        $0.quickTranslation(kimg: 40)
        $0.snapshot.everyKimg = 5
        $0.optimizer.gLR = 0.0005
        $0.optimizer.dLR = 0.0005
    }

    public static let pix2pix = Preset(
        "pix2pix", .pix2pix,
        "Pix2Pix with its paper's sizes: U-Net, patches of 70², L1, batch 1; no jitter; kimg of 200 epochs of 400 pairs"
    ) {
        $0.imageToImage()
        $0.pix2pix()
        $0.kimg = 80
        $0.batch = .global(1)
        $0.microbatch = .value(1)
        $0.snapshot.everyKimg = 2
    }
}

extension Configuration {
    /// Losses and optimisers of the paper (section 3.3).
    fileprivate mutating func pix2pix() {
        data.condition = .image
        loss.kind = .logistic
        loss.l1Weight = 100
        optimizer.gLR = 0.0002
        optimizer.dLR = 0.0002
        optimizer.beta1 = 0.5
        optimizer.beta2 = 0.999
        optimizer.decayFrom = 0.5
    }
}
