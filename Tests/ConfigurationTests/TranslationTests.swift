import Configuration
import TestSupport
import Testing

/// Rules of the families that make images of images or of label maps: what is chosen for them, and what they refuse.
@Suite struct TranslationTests {
    private static func facts(
        _ side: Int = 64, maps: Int = 7, images: Int = 1, isPicture: Bool = true
    ) -> DataFacts {
        DataFacts(
            height: side, width: side, channels: 3, semanticClasses: maps, conditionChannels: images,
            isPicture: isPicture)
    }

    private static func resolve(
        _ overrides: [String], _ facts: DataFacts = TranslationTests.facts(), ranks: Int = 1
    ) throws(ConfigurationError) -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides).resolve(facts, ranks: ranks, coresPerRank: 1)
    }

    // MARK: Presets

    @Test func pix2pixIsThePapers() throws {
        let paper = try Self.resolve(["preset=pix2pix"], Self.facts(256))
        #expect(paper.unetDepth == 8 && paper.networkWidth == 64 && paper.model.patchLayers == 3)
        #expect(paper.model.norm == .batch && paper.batch == 1 && paper.loss.l1Weight == 100)
        #expect(paper.loss.kind == .logistic && paper.r1Gamma == 0 && !paper.ggdr.enabled && !paper.ema.enabled)
        #expect(paper.optimizer.gLR == 0.0002 && paper.optimizer.dLR == 0.0002)
        #expect(paper.optimizer.beta1 == 0.5 && paper.optimizer.beta2 == 0.999)
        #expect(paper.data.condition == .image && paper.conditionChannels == 1 && paper.conditionClasses == 0)
        #expect(paper.labelDimension == 0 && paper.notes.isEmpty)
    }

    @Test func ccfpseIsThePapers() throws {
        let paper = try Self.resolve(["preset=ccfpse"], Self.facts(256, maps: 151))
        #expect(paper.unetDepth == 5 && paper.networkWidth == 64 && paper.model.conditionWidth == 128)
        #expect(paper.loss.kind == .hinge && paper.loss.featureMatching == 10 && paper.r1Gamma == 0)
        #expect(paper.optimizer.gLR == 0.0001 && paper.optimizer.dLR == 0.0004)
        #expect(paper.optimizer.beta1 == 0 && paper.optimizer.beta2 == 0.9 && paper.batch == 32)
        #expect(paper.conditionChannels == 151 && paper.conditionClasses == 151 && !paper.ema.enabled)
    }

    @Test func oasisIsThePapers() throws {
        let paper = try Self.resolve(["preset=oasis"], Self.facts(256, maps: 151))
        #expect(paper.unetDepth == 6 && paper.networkWidth == 64 && paper.model.conditionWidth == 128)
        #expect(paper.model.zDim == 64 && paper.loss.kind == .segmentation && paper.loss.labelMix == 10)
        #expect(paper.optimizer.gLR == 0.0001 && paper.optimizer.dLR == 0.0004)
        #expect(paper.optimizer.beta1 == 0 && paper.optimizer.beta2 == 0.999 && paper.batch == 32)
        #expect(paper.ema.enabled && paper.ema.ramp == nil && paper.r1Gamma == 0)
        // ½ after ln ½ / ln 0.9999 steps of 32 images.
        #expect(abs(paper.emaHalfLifeKimg - 221.796) < 0.01)
        #expect(!paper.ggdr.enabled && !paper.data.dontCare && paper.optimizer.decayFrom == nil)
    }

    private static let quick: [Preset] = [.quickPix2Pix, .quickCCFPSE, .quickOASIS]

    @Test(arguments: quick, [32, 64]) func quickOnesHaveRoomForTwoRanks(preset: Preset, side: Int) throws {
        let quick = try preset.configuration.resolve(Self.facts(side), ranks: 2, coresPerRank: 1)
        #expect(quick.totalImages <= 60_000 && quick.microbatchesPerRank >= 1 && quick.conditionChannels > 0)
        #expect(quick.networkWidth == quick.channelBase / side)
    }

    // MARK: What is chosen

    private static let depths: [(String, Int, Int)] = [
        ("quick-pix2pix", 32, 5), ("quick-pix2pix", 64, 6), ("pix2pix", 256, 8), ("pix2pix", 1024, 8),
        ("quick-ccfpse", 64, 5), ("ccfpse", 256, 5), ("quick-oasis", 32, 4), ("oasis", 32, 5), ("oasis", 64, 6),
        ("oasis", 512, 6),
    ]

    @Test(arguments: depths) func depthFollowsTheImages(preset: String, side: Int, expected: Int) throws {
        let resolved = try Self.resolve(["preset=\(preset)"], Self.facts(side))
        #expect(resolved.unetDepth == expected)
        #expect(resolved.configuration.model.unetDepth == .value(expected))
        #expect(try Configuration.parse(yaml: resolved.yaml) == resolved.configuration)
    }

    @Test func otherFamiliesHaveNoDepth() throws {
        for preset in ["quick", "quick-pggan", "quick-sagan"] {
            let resolved = try Self.resolve(["preset=\(preset)", "data.labels=false"])
            #expect(resolved.unetDepth == 0 && resolved.configuration.model.unetDepth == .auto, "\(preset)")
            #expect(resolved.conditionChannels == 0 && resolved.conditionClasses == 0, "\(preset)")
        }
    }

    /// A U-Net may be given a label map, and networks with a level more.
    @Test func whatMayBeAskedFor() throws {
        let maps = try Self.resolve(["preset=quick-pix2pix", "data.condition=map", "data.dont_care=true"])
        #expect(maps.conditionChannels == 7 && maps.conditionClasses == 7)
        #expect(try Self.resolve(["preset=ccfpse", "model.unet_depth=6"]).unetDepth == 6)
        #expect(try Self.resolve(["preset=quick-pix2pix", "loss.kind=lsgan", "model.norm=instance"]).r1Gamma == 0)
        #expect(try Self.resolve(["preset=quick-reference", "loss.kind=lsgan"]).r1Gamma == 0)
        #expect(try Self.resolve(["preset=quick-oasis", "loss.labelmix=0"]).loss.labelMix == 0)
    }

    /// Maps of the generator's that a decoder can predict, which doubles the discriminator's smallest: one of patches has
    /// no small ones.
    @Test func guidesAreWhereBothNetworksHaveMaps() throws {
        let on = "ggdr.enabled=true"
        #expect(try Self.resolve(["preset=quick-oasis", on], Self.facts(32)).ggdrResolution == 8)
        #expect(try Self.resolve(["preset=quick-oasis", on, "ggdr.resolution=32"]).ggdrResolution == 32)
        #expect(try Self.resolve(["preset=quick-ccfpse", on]).ggdrResolution == 16)
        #expect(try Self.resolve(["preset=quick-pix2pix", on]).ggdrResolution == 32)
        #expect(try Self.resolve(["preset=quick-pix2pix", on, "model.patch_layers=3"]).ggdrResolution == 16)
        #expect(try Self.resolve(["preset=quick-pix2pix", on], Self.facts(32)).ggdrResolution == 16)
        #expect(try Self.resolve(["preset=pix2pix", on], Self.facts(1024)).ggdrResolution == 256)
    }

    // MARK: Learning rates

    @Test func ratesGoDownOverTheSecondHalf() throws {
        let half = try Self.resolve(["preset=quick-pix2pix", "kimg=8"])
        #expect(half.optimizer.decayFrom == 0.5)
        let factors = [0, 2000, 4000, 6000, 7000, 8000, 9000].map {
            half.rateFactor(of: half.stages[0], imagesShown: $0)
        }
        #expect(factors == [1, 1, 1, 0.5, 0.25, 0, 0])
        let never = try Self.resolve(["preset=quick-pix2pix", "kimg=8", "optimizer.decay_from=none"])
        #expect([0, 6000, 8000].map { never.rateFactor(of: never.stages[0], imagesShown: $0) } == [1, 1, 1])
        let always = try Self.resolve(["preset=quick", "kimg=8", "optimizer.decay_from=0"])
        #expect([0, 2000, 8000].map { always.rateFactor(of: always.stages[0], imagesShown: $0) } == [1, 0.75, 0])
    }

    // MARK: Notes

    @Test func whatSmallImagesLack() throws {
        let unet = try Self.resolve(["preset=quick-pix2pix"], Self.facts(32)).notes
        #expect(unet.contains { $0.hasPrefix("model.unet_depth is 5: a U-Net has dropout from 6 halvings on") })
        #expect(try Self.resolve(["preset=quick-pix2pix"]).notes.isEmpty)
        let pyramid = try Self.resolve(["preset=quick-ccfpse"], Self.facts(32)).notes
        #expect(pyramid.contains { $0.hasPrefix("the images are 32 pixels high or wide") })
        #expect(try Self.resolve(["preset=quick-ccfpse"]).notes.isEmpty)
    }

    private static let idle: [([String], String)] = [
        (
            ["preset=quick-oasis", "model.patch_layers=2"],
            "model.patch_layers is 2, which does nothing: model.family is oasis"
        ),
        (
            ["preset=quick", "model.norm=instance"],
            "model.norm is instance, which does nothing: model.family is stylegan2"
        ),
        (
            ["preset=quick", "model.unet_depth=4"],
            "model.unet_depth is 4, which does nothing: model.family is stylegan2"
        ),
        (
            ["preset=quick-pix2pix", "model.condition_width=8"],
            "model.condition_width is 8, which does nothing: model.family is pix2pix"
        ),
        (["preset=quick-ccfpse", "model.z_dim=8"], "model.z_dim is 8, which does nothing: model.family is ccfpse"),
        (["preset=quick-oasis", "model.w_dim=8"], "model.w_dim is 8, which does nothing: model.family is oasis"),
        (
            ["preset=quick-oasis", "model.channel_max=8"],
            "model.channel_max is 8, which does nothing: model.family is oasis"
        ),
        (
            ["preset=quick-ccfpse", "data.dont_care=true"],
            "data.dont_care is true, which changes mIoU alone: model.family is ccfpse"
        ),
        (
            ["preset=quick-pix2pix", "data.condition=map", "data.dont_care=true"],
            "data.dont_care is true, which changes mIoU alone: model.family is pix2pix"
        ),
    ]

    /// OASIS leaves class 0 out as it learns, and the others say nothing of what nobody asked for.
    @Test func keysThatDoSomething() throws {
        let asked: [[String]] = [
            ["preset=quick-oasis", "data.dont_care=true"], ["preset=quick-ccfpse", "data.dont_care=false"],
            ["preset=quick-pix2pix"], ["preset=quick-oasis", "model.channel_base=1024"],
        ]
        for overrides in asked {
            let notes = try Self.resolve(overrides).notes
            let idle = notes.filter { $0.contains("which does nothing") || $0.contains("which changes mIoU") }
            #expect(idle.isEmpty, "\(overrides): \(idle)")
        }
    }

    /// `model.channel_base` alone: networks are up to sixteen times as wide further in.
    @Test func widthsHaveNoBound() throws {
        for (preset, most) in [("quick-pix2pix", 1), ("quick-ccfpse", 2), ("quick-oasis", 8192)] {
            let resolved = try Self.resolve([
                "preset=\(preset)", "model.channel_base=6400", "model.channel_max=\(most)",
            ])
            #expect(resolved.networkWidth == 100, "\(preset)")
        }
    }

    @Test(arguments: idle) func keysThatDoNothing(overrides: [String], note: String) throws {
        #expect(try Self.resolve(overrides).notes.contains(note))
    }

    // MARK: Refusals without a data set

    private static let conflicts: [([String], String, String)] = [
        (
            ["preset=quick", "data.condition=map"], "data.condition",
            "data.condition is map, but model.family is stylegan2, which makes samples of noise: set"
                + " model.family=pix2pix, ccfpse, oasis, or data.condition=none"
        ),
        (
            ["preset=quick-sagan", "data.condition=image"], "data.condition",
            "data.condition is image, but model.family is sagan, which makes samples of noise: set model.family=pix2pix,"
                + " or data.condition=none"
        ),
        (
            ["preset=quick-oasis", "data.condition=image"], "data.condition",
            "model.family is oasis, which makes images of label maps: set data.condition=map (now image)"
        ),
        (
            ["preset=quick-pix2pix", "data.condition=none"], "data.condition",
            "model.family is pix2pix, which makes images of images or of label maps: set data.condition=image or map (now"
                + " none)"
        ),
        (
            ["preset=quick-ccfpse", "data.labels=true"], "data.condition",
            "model.family is ccfpse, which makes images of label maps: set data.condition=map (now class)"
        ),
        (
            ["preset=quick-oasis", "loss.kind=hinge"], "loss.kind",
            "loss.kind is hinge, which model.family=oasis does not have: set loss.kind=segmentation"
        ),
        (
            ["preset=quick-pix2pix", "loss.kind=wgan-gp"], "loss.kind",
            "loss.kind is wgan-gp, which model.family=pix2pix does not have: set loss.kind=logistic, lsgan, relativistic"
        ),
        (
            ["preset=quick", "loss.kind=segmentation"], "loss.kind",
            "loss.kind is segmentation, which model.family=stylegan2 does not have: set loss.kind=logistic, wgan-gp,"
                + " hinge, lsgan, relativistic"
        ),
        (
            ["preset=quick-oasis", "loss.r1_gamma=1"], "loss.r1_gamma",
            "loss.r1_gamma is 1, but model.family is oasis, which has no R1: set loss.r1_gamma=0"
        ),
        (
            ["preset=quick-oasis", "supervision=labels"], "supervision",
            "supervision is labels, but model.family is oasis, whose discriminator is told conditions anyway: set"
                + " supervision=none, or generator for GGDR"
        ),
        (
            ["preset=quick-pix2pix", "data.dont_care=true"], "data.dont_care",
            "data.dont_care is true, but data.condition is image: there are no classes of pixels. Set data.condition=map,"
                + " or data.dont_care=false"
        ),
        (
            ["preset=quick-growing", "optimizer.decay_from=0.5"], "optimizer.decay_from",
            "optimizer.decay_from is 0.5, but growing.enabled is true, where growing.learning_rate has the rates: set"
                + " optimizer.decay_from=none"
        ),
        (
            ["preset=quick", "loss.labelmix=10"], "loss.labelmix",
            "model.family is stylegan2, which has no LabelMix: set loss.labelmix=0 (now 10)"
        ),
        (
            ["preset=quick-sagan", "loss.l1_weight=1"], "loss.l1_weight",
            "model.family is sagan, which has no difference from the real image as a loss: set loss.l1_weight=0 (now 1)"
        ),
        (
            ["preset=quick-oasis", "loss.feature_matching=1"], "loss.feature_matching",
            "model.family is oasis, which has no feature matching: set loss.feature_matching=0 (now 1)"
        ),
        (
            ["preset=quick-ccfpse", "model.norm=instance"], "model.norm",
            "model.family is ccfpse, which has no second kind of normalisation: set model.norm=batch (now instance)"
        ),
        (
            ["preset=quick-oasis", "augment.diffaugment=color"], "augment.diffaugment",
            "model.family is oasis, which has no augmentation that changes conditions alike: set augment.diffaugment="
                + " (now color)"
        ),
        (
            ["preset=quick-pix2pix", "augment.mode=ada"], "augment.mode",
            "model.family is pix2pix, which has no augmentation that changes conditions alike: set augment.mode=none (now"
                + " ada)"
        ),
        (
            ["preset=quick-oasis", "growing.enabled=true"], "growing.enabled",
            "model.family is oasis, which has no layers that come in while it grows: set growing.enabled=false (now true)"
        ),
        (
            ["preset=quick-ccfpse", "model.spectral_norm=none"], "model.spectral_norm",
            "model.family is ccfpse, which has no variant without spectral normalisation: set model.spectral_norm=both"
                + " (now none)"
        ),
        (
            ["preset=quick-pix2pix", "freeze_d=2"], "freeze_d",
            "model.family is pix2pix, which has no layers of its discriminator that can be frozen: set freeze_d=0 (now 2)"
        ),
        (
            ["preset=quick-oasis", "memory=checkpointing"], "memory",
            "model.family is oasis, which has no blocks that are computed again: set memory=full (now checkpointing)"
        ),
    ]

    @Test(arguments: conflicts) func doesNotFit(overrides: [String], key: String, message: String) throws {
        let error = try #require(thrown(ConfigurationError.self) { try Configuration.load(overrides: overrides) })
        #expect(error.kind == .conflict && error.key == key && error.exitCode == 78)
        #expect(error.message == message)
    }

    // MARK: Refusals of a data set

    private static let refusals: [([String], DataFacts, String, String)] = [
        (
            ["preset=quick-oasis", "data.path=d"], facts(maps: 0), "data.condition",
            "data.condition is map, but the data set d has no label maps. Import it with --maps FOLDER, see `ganglion"
                + " dataset import --help`"
        ),
        (
            ["preset=quick-ccfpse", "data.path=d"], facts(maps: 1), "data.condition",
            "data.condition is map, but the data set d has maps of one class, which tell nothing apart. Import it with"
                + " --maps FOLDER, see `ganglion dataset import --help`"
        ),
        (
            ["preset=quick-pix2pix", "data.path=d"], facts(images: 0), "data.condition",
            "data.condition is image, but the data set d has no images beside its samples. Import it with --pair FOLDER,"
                + " side-by-side or edges, see `ganglion dataset import --help`, or set data.condition=map"
        ),
        (
            ["preset=quick-pix2pix", "data.path=d", "data.condition=map"], facts(maps: 0), "data.condition",
            "data.condition is map, but the data set d has no label maps. Import it with --maps FOLDER, see `ganglion"
                + " dataset import --help`, or set data.condition=image"
        ),
        (
            ["preset=quick-pix2pix", "model.unet_depth=6"], facts(32), "model.unet_depth",
            "model.unet_depth is 6, but the images are 32×32, whose sides can be halved 5 times; allowed with"
                + " model.family=pix2pix: 2 to 5, or auto"
        ),
        (
            ["preset=pix2pix", "model.unet_depth=9"], facts(1024), "model.unet_depth",
            "model.unet_depth is 9, but the images are 1024×1024, whose sides can be halved 10 times; allowed with"
                + " model.family=pix2pix: 2 to 8, or auto"
        ),
        (
            ["preset=oasis", "model.unet_depth=6"], facts(16), "model.unet_depth",
            "model.unet_depth is 6, but the images are 16×16, whose sides can be halved 4 times; allowed with"
                + " model.family=oasis: 2 to 4, or auto"
        ),
        (
            ["preset=quick-ccfpse", "model.unet_depth=6"], facts(32), "model.unet_depth",
            "model.unet_depth is 6, but the images are 32×32, whose sides can be halved 5 times; allowed with"
                + " model.family=ccfpse: 5, or auto"
        ),
        (
            ["preset=quick-ccfpse"], facts(16), "data.path",
            "data.path: the images are 16×16, whose sides can be halved 4 times, but model.family=ccfpse halves them 5"
                + " times at least: both sides must be multiples of 32. Import them again with --resolution or --crop, such"
                + " as 32x32 (height x width)"
        ),
        (
            ["preset=quick-pix2pix", "model.patch_layers=3"], facts(16), "model.patch_layers",
            "model.patch_layers is 3, which leaves no patch to judge of images of 16×16; allowed: 1 to 2"
        ),
        (
            ["preset=quick-oasis"], facts(isPicture: false), "data.path",
            "data.path: the samples are fields of 64×64, but model.family=oasis makes pictures alone, whose values a tanh"
                + " keeps between black and white: import pictures, squares that are a power of two wide"
        ),
        (
            ["preset=quick-oasis", "model.attention=16"], facts(), "model.attention",
            "model.attention is 16, but the generator of oasis at 64² has no feature map of 16²; it has none"
        ),
        (
            ["preset=quick-pix2pix", "ggdr.enabled=true", "ggdr.resolution=8", "model.patch_layers=3"], facts(),
            "ggdr.resolution", "ggdr.resolution is 8; allowed: a power of two from 16 to 32 (the images), or auto"
        ),
        (
            ["preset=quick-pix2pix", "ggdr.enabled=true", "model.patch_layers=1"], facts(), "ggdr.enabled",
            "ggdr.enabled is true, but with model.patch_layers=1 the discriminator's smallest map, of 32², leaves a decoder"
                + " none of the generator's to predict: set model.patch_layers=2 or more, or ggdr.enabled=false"
        ),
        (
            ["preset=quick-oasis", "ggdr.enabled=true", "ggdr.resolution=64"], facts(), "ggdr.resolution",
            "ggdr.resolution is 64; allowed: a power of two from 8 to 32 (the images), or auto"
        ),
        (
            ["preset=quick-oasis", "snapshot.grid=64x64"], facts(256), "snapshot.grid",
            "snapshot.grid is 64x64: sheets of 49152×16384 pixels; allowed: 268435456 pixels, such as 8x8"
        ),
    ]

    @Test(arguments: refusals) func refused(
        overrides: [String], facts: DataFacts, key: String, message: String
    ) throws {
        let error = try #require(thrown(ConfigurationError.self) { try Self.resolve(overrides, facts) })
        #expect(error.key == key && error.exitCode == 78)
        #expect(error.message == message)
    }
}
