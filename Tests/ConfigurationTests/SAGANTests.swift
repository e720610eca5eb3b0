import Configuration
import TestSupport
import Testing

/// The self-attention GAN's rules: what is chosen for it, and what it refuses.
@Suite struct SAGANTests {
    private func resolve(
        _ overrides: [String], resolution: Int = 32, classes: Int = 10
    ) throws(ConfigurationError) -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides).resolve(
            resolution: resolution, channels: 3, classes: classes, ranks: 1, coresPerRank: 1)
    }

    @Test func thePublishedOneIsThePapers() throws {
        let paper = try resolve(["preset=sagan"], resolution: 128, classes: 1000)
        #expect(paper.attention == [32] && paper.model.spectralNorm == .both && paper.loss.kind == .hinge)
        #expect(paper.optimizer.gLR == 0.0001 && paper.optimizer.dLR == 0.0004)
        #expect(paper.optimizer.beta1 == 0 && paper.optimizer.beta2 == 0.9)
        #expect(paper.batch == 256 && paper.model.zDim == 128 && paper.labelDimension == 1000)
        // 64 channels at 128², 1024 at 4² and 8².
        #expect([128, 64, 16, 8, 4].map(paper.channels) == [64, 128, 512, 1024, 1024])
        #expect(!paper.ggdr.enabled && paper.r1Gamma == 0)
        #expect(try resolve(["preset=sagan-ggdr"], resolution: 128).ggdr.enabled)
    }

    @Test(arguments: [(8, []), (16, [8]), (32, [16]), (64, [32]), (128, [32]), (256, [32])] as [(Int, [Int])])
    func attentionIsWhereBothNetworksHaveAMap(resolution: Int, expected: [Int]) throws {
        #expect(try resolve(["preset=quick-sagan"], resolution: resolution).attention == expected)
        #expect(try resolve([], resolution: resolution).attention == [])
    }

    /// What was chosen says the same again.
    @Test func theChoiceStandsInTheConfiguration() throws {
        let resolved = try resolve(["preset=quick-sagan", "model.attention=16 8"])
        #expect(resolved.attention == [8, 16])
        #expect(resolved.yaml.contains("\n  attention: \"8,16\"\n"))
        #expect(try Configuration.parse(yaml: resolved.yaml).model.attention == .value([8, 16]))
        #expect(try Configuration.parse(yaml: "model: {attention: [16, 8]}").model.attention == .value([8, 16]))
        #expect(try Configuration.parse(yaml: "model: {attention: 16}").model.attention == .value([16]))
        #expect(try Configuration.parse(yaml: "model: {attention: []}").model.attention == .value([]))
    }

    /// R1 goes with the hinge loss, and is none of its parts.
    @Test func r1IsAskedFor() throws {
        #expect(try resolve(["loss.kind=hinge"]).r1Gamma == 0)
        #expect(try resolve(["loss.kind=hinge", "loss.r1_gamma=0.5"]).r1Gamma == 0.5)
        #expect(try resolve([]).r1Gamma > 0)
    }

    private static let refusals: [([String], Int, Int, String)] = [
        (
            ["preset=quick-sagan"], 32, 0,
            "data.labels is true, but the data set has no labels. Import it with --labels, or set data.labels=false"
        ),
        (
            ["preset=quick-sagan", "model.attention=64"], 32, 10,
            "model.attention is 64, but the generator of sagan at 32² has no feature map of 64²; it has 8², 16² and 32²"
        ),
        (
            ["preset=quick-sagan", "model.attention=16,32"], 32, 10,
            "model.attention is 16,32, but the discriminator of sagan at 32² has no feature map of 32²; it has 4², 8² and"
                + " 16². Or set model.attention_in=g"
        ),
        (
            ["model.attention=4", "preset=quick-sagan"], 32, 10,
            "model.attention is 4, but the generator of sagan at 32² has no feature map of 4²; it has 8², 16² and 32²"
        ),
        (
            ["model.attention=128"], 64, 0,
            "model.attention is 128, but the generator of stylegan2 at 64² has no feature map of 128²; it has 4², 8²,"
                + " 16², 32² and 64²"
        ),
    ]

    @Test(arguments: refusals) func refused(overrides: [String], resolution: Int, classes: Int, message: String) {
        let error = thrown(ConfigurationError.self) {
            try resolve(overrides, resolution: resolution, classes: classes)
        }
        #expect(error?.description == message + " (with this data set and these ranks)")
        #expect(error?.exitCode == 78)
    }

    @Test func aMapOfTheGeneratorAloneIsTaken() throws {
        #expect(try resolve(["preset=quick-sagan", "model.attention=32", "model.attention_in=g"]).attention == [32])
    }

    private static let misfits: [(String, String)] = [
        (
            "growing.enabled=true",
            "model.family is sagan, which has no layers that come in while it grows: set growing.enabled=false (now true)"
        ),
        (
            "loss.style_mixing=0.5", "model.family is sagan, which has no styles: set loss.style_mixing=0 (now 0.5)"
        ),
        (
            "model.mbstd_group=4",
            "model.family is sagan, which has no minibatch standard deviation: set model.mbstd_group=1 (now 4)"
        ),
    ]

    @Test(arguments: misfits) func doesNotFit(override: String, message: String) {
        expectConflict(override, beside: "quick-sagan", message)
    }
}
