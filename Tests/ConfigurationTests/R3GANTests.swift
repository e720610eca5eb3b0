import Configuration
import TestSupport
import Testing

/// R3GAN's rules: what is chosen for it, and what it refuses.
@Suite struct R3GANTests {
    private func resolve(
        _ overrides: [String], resolution: Int = 32, classes: Int = 10
    ) throws(ConfigurationError) -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides).resolve(
            resolution: resolution, channels: 3, classes: classes, ranks: 1, coresPerRank: 1)
    }

    /// On CIFAR-10: networks, and where each value comes from and goes to.
    @Test func thePublishedOneIsThePapers() throws {
        let paper = try resolve(["preset=r3gan"])
        #expect([32, 16, 8, 4].map(paper.channels) == [768, 768, 768, 768])
        let model = paper.model
        #expect(model.blocks == 2 && model.expansion == 2 && model.groupWidth == 16 && model.embedding == 64)
        #expect(paper.batch == 512 && model.zDim == 64 && paper.labelDimension == 10 && paper.data.mirror)
        #expect(paper.loss.kind == .relativistic && paper.loss.r1Interval == 1 && paper.loss.dSteps == 1)
        #expect(paper.optimizer.beta1 == 0 && paper.optimizer.epsilon == 1e-8)
        let ways: [(Int, [Double])] = [
            (0, [2e-4, 2e-4, 0.9, 0.05, 0.05, 0, 0]),
            (10_000_000, [1.25e-4, 1.25e-4, 0.945, 0.0275, 0.0275, 2500, 0.275]),
            (20_000_000, [5e-5, 5e-5, 0.99, 0.005, 0.005, 5000, 0.55]),
            (30_000_000, [5e-5, 5e-5, 0.99, 0.005, 0.005, 5000, 0.55]),
        ]
        for (images, expected) in ways {
            let stage = paper.scheduled(try #require(paper.stages.last), imagesShown: images)
            let found = [
                stage.gLR, stage.dLR, stage.beta2, stage.r1Gamma, stage.r2Gamma, stage.emaHalfLifeKimg, stage.augmentP,
            ]
            for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-9 * abs(b), "\(images)") }
        }
        #expect(paper.augment.mode == .fixed && paper.augment.pipeline == .r3gan && paper.ema.ramp == nil)
        #expect(!paper.ggdr.enabled)
    }

    /// Half as wide with each doubling above 32².
    @Test func widthsOfLargerImages() throws {
        let paper = try resolve(["preset=r3gan"], resolution: 256)
        #expect([256, 128, 64, 32, 16].map(paper.channels) == [96, 192, 384, 768, 768])
    }

    @Test func theSmallOneTakesPicturesWithoutClasses() throws {
        let small = try resolve(["preset=r3gan-small"], classes: 0)
        #expect(small.labelDimension == 0 && small.loss.r1Interval == 1 && small.r1Gamma == 0.05)
        #expect(small.r2Gamma == small.r1Gamma && small.notes == [])
        #expect(try resolve(["preset=r3gan-small", "ggdr.enabled=true"]).ggdrResolution == 8)
    }

    private static let widths: [([String], Int, String)] = [
        (
            ["model.channel_base=640"], 32,
            "model.group_width is 16, but blocks have 40 channels at 32², which are no whole groups: they have"
                + " model.expansion (2) times min(model.channel_base (640) / 32, model.channel_max (128))."
                + " The nearest number is 48"
        ),
        (
            ["model.group_width=48", "model.channel_max=64"], 16,
            "model.group_width is 48, but blocks have 128 channels at 4², which are no whole groups: they have"
                + " model.expansion (2) times min(model.channel_base (2048) / 4, model.channel_max (64))."
                + " The nearest number is 144"
        ),
    ]

    @Test(arguments: widths) func groupsAreWhole(overrides: [String], resolution: Int, message: String) {
        let error = thrown(ConfigurationError.self) {
            try resolve(["preset=r3gan-small"] + overrides, resolution: resolution)
        }
        #expect(error?.description == message + " (with this data set and these ranks)")
        #expect(error?.exitCode == 78)
    }

    private static let misfits: [(String, String)] = [
        (
            "growing.enabled=true",
            "model.family is r3gan, which has no layers that come in while it grows: set growing.enabled=false (now true)"
        ),
        (
            "model.spectral_norm=d",
            "model.family is r3gan, which has no spectral norm, as its blocks start with zeros: set"
                + " model.spectral_norm=none (now d)"
        ),
        (
            "model.padding=periodic",
            "model.family is r3gan, which has no border but zeros: set model.padding=zero (now periodic)"
        ),
    ]

    @Test(arguments: misfits) func doesNotFit(override: String, message: String) {
        expectConflict(override, beside: "r3gan-small", message)
    }

    /// Nowhere is a map that attention could follow.
    @Test func attentionHasNoPlace() {
        let error = thrown(ConfigurationError.self) { try resolve(["preset=r3gan-small", "model.attention=16"]) }
        #expect(error?.description.contains("the generator of r3gan at 32² has no feature map of 16²") == true)
    }

    /// Its own keys do nothing elsewhere.
    @Test func keysOfItsOwn() throws {
        for key in ["model.blocks=3", "model.expansion=4", "model.group_width=8", "model.embedding=3"] {
            let notes = try resolve([key]).notes
            #expect(
                notes.contains { $0.hasPrefix(key.prefix { $0 != "=" }) && $0.hasSuffix("model.family is stylegan2") })
            #expect(try resolve(["preset=r3gan-small", key]).notes == [])
        }
    }
}
