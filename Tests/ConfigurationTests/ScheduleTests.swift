import Configuration
import Foundation
import TestSupport
import Testing

/// Values that go from one to another in the course of a run.
@Suite struct ScheduleTests {
    private static func resolve(
        _ overrides: [String], resolution: Int = 32, ranks: Int = 1
    ) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides).resolve(
            resolution: resolution, channels: 3, classes: 3, semanticClasses: 4, ranks: ranks, coresPerRank: 1)
    }

    private static func stage(_ configuration: ResolvedConfiguration, _ images: Int) -> TrainingStage {
        configuration.scheduled(configuration.stages[0], imagesShown: images)
    }

    @Test func withoutKeysNothingMoves() throws {
        for overrides in [[], ["schedule.kimg=1"]] as [[String]] {
            let plain = try Self.resolve(overrides)
            for images in [0, 1, 500, 1_000_000] { #expect(Self.stage(plain, images) == plain.stages[0]) }
            #expect(plain.scheduledNumbers(plain.stages[0]).isEmpty && !plain.schedule.isUsed)
        }
    }

    /// Half a cosine: the start at first, the middle in the middle, the end from there on.
    @Test func theWayIsHalfACosine() throws {
        let c = try Self.resolve([
            "schedule.kimg=1", "optimizer.g_lr=0.002", "schedule.g_lr=0.001", "schedule.d_lr=0", "schedule.beta2=0.9",
            "loss.r1_gamma=1", "schedule.r1_gamma=0.1", "loss.r2_gamma=0", "schedule.r2_gamma=3",
            "ema.half_life_kimg=0", "schedule.ema_half_life_kimg=8", "augment.mode=fixed", "schedule.augment_p=0.5",
        ])
        #expect(Self.stage(c, 0) == c.stages[0])
        let end = Self.stage(c, 1000)
        #expect(end.gLR == 0.001 && end.dLR == 0 && end.beta2 == 0.9 && end.r1Gamma == 0.1 && end.r2Gamma == 3)
        #expect(end.emaHalfLifeKimg == 8 && end.augmentP == 0.5)
        #expect(Self.stage(c, 1008) == end && Self.stage(c, 1_000_000_000) == end)
        for images in stride(from: 10, to: 1000, by: 49) {
            let stage = Self.stage(c, images)
            let share = (1 - cos(Double.pi * Double(images) / 1000)) / 2
            let (rate, gamma): (Double, Double) = (0.002 - 0.001 * share, 1 - 0.9 * share)
            #expect(abs(stage.gLR - rate) < 1e-15 && abs(stage.r1Gamma - gamma) < 1e-14)
            #expect(abs(stage.emaHalfLifeKimg - 8 * share) < 1e-14 && abs(stage.augmentP - share / 2) < 1e-14)
        }
        // What has no way of its own stays.
        #expect(end.batch == c.batch && end.resolution == 32)
        #expect(
            c.scheduledNumbers(end).map(\.name) == [
                "schedule/g_lr", "schedule/d_lr", "schedule/beta2", "schedule/r1_gamma", "schedule/r2_gamma",
                "schedule/ema_half_life_kimg", "augment/p",
            ])
        #expect(c.scheduledNumbers(end).map(\.value) == [0.001, 0, 0.9, 0.1, 3, 8, 0.5])
    }

    /// Rates that follow the batch, as its square root, and that come up.
    @Test func ratesFollowTheBatch() throws {
        func factors(_ overrides: [String], ranks: Int = 1, _ images: [Int] = [0]) throws -> [Double] {
            let c = try Self.resolve(overrides, ranks: ranks)
            return images.map { c.rateFactor(of: c.stages[0], imagesShown: $0) }
        }
        #expect(try factors(["batch=32"]) == [1])
        #expect(try factors(["batch=32", "optimizer.rate_batch=8"]) == [2])
        #expect(try factors(["batch=8", "optimizer.rate_batch=32"]) == [0.5])
        let each = ["batch_per_rank=4", "microbatch=4", "optimizer.rate_batch=4"]
        #expect(try factors(each) == [1])
        #expect(try factors(each, ranks: 16) == [4])
        // The first step has a rate, the one that ends with the warm-up the whole.
        let warm = ["batch=100", "microbatch=4", "optimizer.warmup_kimg=1"]
        #expect(try factors(warm, [0, 400, 900, 1000, 5000]) == [0.1, 0.5, 1, 1, 1])
        #expect(
            try factors(warm + ["optimizer.rate_batch=25", "optimizer.decay_from=0", "kimg=1"], [0, 500]) == [0.2, 0.6])
        #expect(try Self.resolve(each, ranks: 2).notes.joined().contains("learning rates are times √(batch / 4)"))
    }

    /// Where networks grow, each resolution has its own batch.
    @Test func ratesFollowTheBatchOfAResolution() throws {
        let c = try Self.resolve([
            "preset=quick-growing", "batch=auto", "growing.minibatch=4:64,8:64,16:16,32:16", "optimizer.rate_batch=16",
        ])
        #expect(c.stages.map { c.rateFactor(of: $0, imagesShown: 0) } == [2, 2, 1, 1])
    }

    /// Small shares come out of no difference of large numbers.
    @Test func theBeginningIsExact() throws {
        let c = try Self.resolve(["schedule.kimg=1000000", "ema.half_life_kimg=0", "schedule.ema_half_life_kimg=1"])
        let x = Double.pi / 2 * 1e-8
        #expect(abs(Self.stage(c, 10).emaHalfLifeKimg / (x * x) - 1) < 1e-12)
    }

    /// Over the whole run unless it says so; then a longer run does not stretch what has been.
    @Test func theLengthIsTheRunsAtItsStart() throws {
        let auto = try Self.resolve(["kimg=7", "schedule.beta2=0.9"])
        #expect(auto.schedule.kimg == 7 && Self.stage(auto, 7000).beta2 == 0.9 && Self.stage(auto, 6999).beta2 > 0.9)
        #expect(try Self.resolve(["kimg=7"]).schedule.kimg == nil)
        let stored = try Configuration.parse(yaml: auto.yaml, overrides: ["kimg=14"])
        let longer = try stored.resolve(resolution: 32, channels: 3, classes: 3, ranks: 1, coresPerRank: 1)
        #expect(longer.schedule.kimg == 7 && longer.kimg == 14)
        #expect(Self.stage(longer, 3500) == Self.stage(auto, 3500))
    }

    // MARK: The weights of R1 and R2

    @Test func pairsHaveBothPenalties() throws {
        let c = try Self.resolve(["loss.kind=relativistic"])
        #expect(abs(c.r1Gamma - 0.05) < 1e-15 && c.r2Gamma == c.r1Gamma)
        #expect(c.stages[0].r1Gamma == c.r1Gamma && c.stages[0].r2Gamma == c.r2Gamma)
        // By the number of pixels, whatever the batch.
        let large = try Self.resolve(["loss.kind=relativistic", "batch=64"], resolution: 64)
        #expect(abs(large.r1Gamma - 0.2) < 1e-15)
        #expect(try Self.resolve(["loss.kind=relativistic", "loss.r1_gamma=3"]).r2Gamma == 3)
        let only = try Self.resolve(["loss.kind=relativistic", "loss.r1_gamma=0", "loss.r2_gamma=2"])
        #expect(only.r1Gamma == 0 && only.r2Gamma == 2)
        // Others have R2 where it is asked for.
        #expect(try Self.resolve(["loss.kind=logistic"]).r2Gamma == 0)
        #expect(try Self.resolve(["loss.kind=hinge", "loss.r1_gamma=1"]).r2Gamma == 0)
        #expect(try Self.resolve(["loss.kind=logistic", "loss.r2_gamma=0.5"]).stages[0].r2Gamma == 0.5)
        let perRank = try Self.resolve(["loss.kind=relativistic", "batch_per_rank=16"], ranks: 2)
        #expect(!perRank.notes.joined().contains("loss.r1_gamma"), "\(perRank.notes)")
    }

    /// Where the weight of R2 is R1's, so is its way; also once the run is described by its own values.
    @Test func r2GoesWithR1() throws {
        let c = try Self.resolve(["loss.kind=relativistic", "loss.r1_gamma=2", "schedule.r1_gamma=0.5"])
        #expect(c.schedule.r2Gamma == 0.5 && c.configuration.loss.r2Gamma == .value(2))
        let half = Self.stage(c, 30_000)
        #expect(abs(half.r1Gamma - 1.25) < 1e-12 && half.r2Gamma == half.r1Gamma)
        let again = try Configuration.parse(yaml: c.yaml).resolve(
            resolution: 32, channels: 3, classes: 3, semanticClasses: 4, ranks: 1, coresPerRank: 1)
        #expect(again.configuration == c.configuration && Self.stage(again, 30_000) == half)
        let own = try Self.resolve([
            "loss.kind=relativistic", "loss.r1_gamma=2", "schedule.r1_gamma=0.5", "loss.r2_gamma=1",
        ])
        #expect(own.schedule.r2Gamma == nil && Self.stage(own, 30_000).r2Gamma == 1)
        let logistic = try Self.resolve(["loss.kind=logistic", "schedule.r1_gamma=0.5"])
        #expect(logistic.schedule.r2Gamma == nil && Self.stage(logistic, 60_000).r2Gamma == 0)
    }

    // MARK: What cannot be

    struct Refusal: CustomTestStringConvertible, Sendable {
        let overrides: [String]
        let key: String
        let message: String
        var testDescription: String { overrides.joined(separator: " ") }
    }

    static let refusals: [Refusal] = [
        Refusal(
            overrides: ["schedule.g_lr=0.001", "optimizer.decay_from=0.5"], key: "schedule.g_lr",
            message: "schedule.g_lr is 0.001, but optimizer.decay_from is 0.5, which takes the rates to 0: set"
                + " optimizer.decay_from=none, or schedule.g_lr=none"),
        Refusal(
            overrides: ["preset=pggan", "schedule.d_lr=0"], key: "schedule.d_lr",
            message:
                "schedule.d_lr is 0, but growing.learning_rate is 1024:0.0015, which has a rate for each resolution:"
                + " set growing.learning_rate= (empty), or schedule.d_lr=none"),
        Refusal(
            overrides: ["loss.kind=wgan-gp", "schedule.r1_gamma=1"], key: "schedule.r1_gamma",
            message: "schedule.r1_gamma is 1, but loss.kind is wgan-gp, which has no R1: set schedule.r1_gamma=none"),
        Refusal(
            overrides: ["loss.kind=wgan-gp", "loss.r2_gamma=1"], key: "loss.r2_gamma",
            message: "loss.kind is wgan-gp, whose gradient penalty takes R2's place, but loss.r2_gamma is 1: set"
                + " loss.r2_gamma=0, or loss.kind=relativistic"),
        Refusal(
            overrides: ["preset=quick-pix2pix", "schedule.r2_gamma=1"], key: "schedule.r2_gamma",
            message: "schedule.r2_gamma is 1, but model.family is pix2pix, which has no R2: set schedule.r2_gamma=none"),
        Refusal(
            overrides: ["preset=quick-pix2pix", "loss.r2_gamma=1"], key: "loss.r2_gamma",
            message: "loss.r2_gamma is 1, but model.family is pix2pix, which has no R2: set loss.r2_gamma=0"),
        Refusal(
            overrides: ["preset=quick-oasis", "loss.kind=relativistic"], key: "loss.kind",
            message: "loss.kind is relativistic, which model.family=oasis does not have: set loss.kind=segmentation"),
        Refusal(
            overrides: ["preset=quick-ccfpse", "loss.kind=relativistic"], key: "loss.kind",
            message: "loss.kind is relativistic, which model.family=ccfpse does not have: set loss.kind=hinge"),
        Refusal(
            overrides: ["augment.mode=ada", "schedule.augment_p=0.5"], key: "schedule.augment_p",
            message:
                "schedule.augment_p is 0.5, but augment.mode is ada, where the probability follows the discriminator's"
                + " scores: set augment.mode=fixed, or schedule.augment_p=none"),
        Refusal(
            overrides: ["augment.mode=fixed", "schedule.augment_p=0"], key: "augment.p",
            message: "augment.mode is fixed, but augment.p is 0, which would change no image: set augment.p, or"
                + " augment.mode=none"),
    ]

    @Test(arguments: refusals) func contradictions(_ known: Refusal) {
        let error = thrown(ConfigurationError.self) { try Configuration.load(overrides: known.overrides) }
        #expect(error?.kind == .conflict && error?.key == known.key)
        #expect(error?.message == known.message)
        #expect(error?.exitCode == 78)
    }

    private static let values: [(String, String)] = [
        ("schedule.kimg=0", "schedule.kimg: 0 is not allowed; allowed: more than 0, at most 1000000000, or none"),
        ("schedule.g_lr=-1", "schedule.g_lr: -1 is not allowed; allowed: 0 or more, or none"),
        ("schedule.d_lr=fast", "schedule.d_lr: \"fast\" is no number; allowed: 0 or more, or none"),
        ("schedule.beta2=1", "schedule.beta2: 1 is not allowed; allowed: 0 to below 1, or none"),
        ("schedule.r1_gamma=-2", "schedule.r1_gamma: -2 is not allowed; allowed: 0 or more, or none"),
        ("loss.r2_gamma=-2", "loss.r2_gamma: -2 is not allowed; allowed: 0 or more, or auto"),
        ("schedule.augment_p=1.5", "schedule.augment_p: 1.5 is not allowed; allowed: 0 to 1, or none"),
        (
            "schedule.ema_half_life_kimg=-1",
            "schedule.ema_half_life_kimg: -1 is not allowed; allowed: 0 to 1000000000, or none"
        ),
        ("ema.half_life_kimg=-1", "ema.half_life_kimg: -1 is not allowed; allowed: 0 to 1000000000, or auto"),
    ]

    @Test(arguments: values) func badValues(text: String, message: String) {
        let error = thrown(ConfigurationError.self) { try Configuration.load(overrides: [text]) }
        #expect(error?.description == message + " (--set \(text))" && error?.exitCode == 78)
    }

    /// Zeros decide nothing.
    @Test func zerosAreNoContradiction() throws {
        let c = try Self.resolve(["loss.kind=wgan-gp", "loss.r2_gamma=0", "schedule.r1_gamma=0"])
        #expect(c.r2Gamma == 0 && Self.stage(c, 60_000).r1Gamma == 0)
    }
}
