import Configuration
import Testing

/// What a growing run trains at each resolution, and what is refused.
@Suite struct GrowingTests {
    private static let growing =
        "preset: quick-reference\ngrowing:\n  enabled: true\n  training_kimg: 5\n  transition_kimg: 5\n"

    private func resolve(
        _ overrides: [String], yaml: String = GrowingTests.growing, resolution: Int = 32, ranks: Int = 1
    ) throws -> ResolvedConfiguration {
        try Configuration.parse(yaml: yaml, overrides: overrides)
            .resolve(resolution: resolution, channels: 1, classes: 10, ranks: ranks, coresPerRank: 1)
    }

    private func message(_ body: () throws -> ResolvedConfiguration) -> String? {
        do {
            _ = try body()
            Issue.record("no error")
            return nil
        } catch {
            #expect((error as? ConfigurationError)?.exitCode == 78)
            return (error as? ConfigurationError)?.message
        }
    }

    @Test func oneStageWhereNothingGrows() throws {
        let c = try resolve([], yaml: "preset: quick-reference")
        #expect(
            c.stages == [
                TrainingStage(
                    resolution: 32, batch: 32, microbatch: 8, gLR: 0.0025, dLR: 0.0025, beta2: 0.99,
                    r1Gamma: c.r1Gamma, r2Gamma: 0, emaHalfLifeKimg: 10, augmentP: 0)
            ])
        #expect(c.resolution == 32 && c.dataResolution == 32 && c.growthImages == 0)
    }

    /// γ = 0.0002 · r² / batch and half-life = batch · 10 / 32, by hand.
    @Test func everyStageAnswersTheRules() throws {
        let c = try resolve([
            "growing.minibatch=4:64 8:32 16:32 32:16 64:8", "growing.learning_rate=8:0.004 64:1",
            "ema.half_life_kimg=auto", "growing.microbatch=32:4",
        ])
        #expect(c.stages.map(\.resolution) == [4, 8, 16, 32])
        #expect(c.stages.map(\.batch) == [64, 32, 32, 16] && c.stages.map(\.microbatch) == [8, 8, 8, 4])
        #expect(c.stages.map(\.gLR) == [0.0025, 0.004, 0.0025, 0.0025])
        for (stage, gamma) in zip(c.stages, [0.000_05, 0.000_4, 0.001_6, 0.012_8]) {
            #expect(abs(stage.r1Gamma - gamma) < 1e-15)
        }
        #expect(c.stages.map(\.emaHalfLifeKimg) == [20, 10, 10, 5])
        #expect(c.batch == 16 && c.microbatch == 4 && c.r1Gamma == c.stages[3].r1Gamma && c.emaHalfLifeKimg == 5)
        #expect(c.stage(at: 8).gLR == 0.004)
        // Only what counts is written down.
        #expect(c.configuration.growing.minibatch == ResolutionTable([4: 64, 8: 32, 16: 32, 32: 16]))
        #expect(c.configuration.growing.microbatch == ResolutionTable([4: 8, 8: 8, 16: 8, 32: 4]))
        #expect(c.configuration.growing.learningRate == ResolutionTable([8: 0.004]))
        #expect(c.configuration.growing.final == .value(32))
    }

    @Test func givenValuesHoldForEveryStage() throws {
        let c = try resolve(["loss.r1_gamma=3", "ema.half_life_kimg=7"])
        #expect(c.stages.allSatisfy { $0.r1Gamma == 3 && $0.emaHalfLifeKimg == 7 && $0.batch == 32 })
    }

    @Test func microbatchIsNoLargerThanTheStagesBatch() throws {
        let c = try resolve(["growing.minibatch=4:32 8:16 16:8 32:4"])
        #expect(c.stages.map(\.microbatch) == [8, 8, 8, 4])
        // The same on two ranks as long as they can share it, as the bits hang on it.
        let two = try resolve(["growing.minibatch=4:32 8:16 16:16 32:8", "growing.microbatch=32:4"], ranks: 2)
        let one = try resolve(["growing.minibatch=4:32 8:16 16:16 32:8", "growing.microbatch=32:4"])
        #expect(one.stages == two.stages)
    }

    @Test func finalBelowTheDataSets() throws {
        let c = try resolve(["growing.final=32", "growing.start=8"], resolution: 128)
        #expect(c.resolution == 32 && c.dataResolution == 128 && c.stages.map(\.resolution) == [8, 16, 32])
        #expect(c.ggdrResolution == 8)
        #expect(c.entries.contains { $0 == ("(images) resolution", "128") })
        #expect(try resolve(["growing.start=32"]).stages.map(\.resolution) == [32])
    }

    @Test func tablesGrowWithTheRanksOnRequest() throws {
        let c = try resolve(
            ["growing.minibatch=4:32 8:16 16:16 32:8", "batch_per_rank=4", "ema.half_life_kimg=10"], ranks: 4)
        #expect(c.stages.map(\.batch) == [128, 64, 64, 32] && c.batch == 32)
        #expect(c.configuration.batch == .global(32) && c.configuration.growing.minibatch[4] == 128)
        #expect(
            c.notes.contains(
                "growing.minibatch is of each rank, as batch_per_rank is chosen, whose own value does not count: a"
                    + " step's images are 128 at 4², 64 at 8² and 16², 32 at 32² for 4 ranks; loss.r1_gamma follows; learning"
                    + " rates stay, as optimizer.rate_batch is none. Fix it with batch"))
        let plain = try resolve(["batch_per_rank=16", "ema.half_life_kimg=auto"], ranks: 2)
        #expect(plain.stages.allSatisfy { $0.batch == 32 })
        #expect(
            plain.notes == [
                "batch is 32 for 2 ranks; loss.r1_gamma and ema.half_life_kimg follow; learning"
                    + " rates stay, as optimizer.rate_batch is none. Fix it with batch or growing.minibatch"
            ])
    }

    @Test func autoBatchFollowsTheRuleAtEachStage() throws {
        let c = try resolve(["batch=auto", "microbatch=auto"], resolution: 256, ranks: 1)
        #expect(c.stages.map(\.batch) == [32, 32, 32, 32, 32, 32, 16])
        #expect(c.stages.allSatisfy { $0.microbatch == 8 })
        let three = try resolve(["batch=auto", "microbatch=auto"], ranks: 3)
        #expect(
            three.notes.contains(
                "batch: the auto rule says 64; 3 ranks share 60"))
        #expect(
            three.notes.contains { $0.hasPrefix("microbatch is 4 because each rank has 20 images") })
    }

    @Test func aNoteIsSaidOnce() throws {
        let c = try resolve([
            "growing.minibatch=4:48 8:24 16:8 32:2", "loss.pl_batch_shrink=3", "kimg=30",
        ])
        #expect(
            c.notes == [
                "model.mbstd_group: 2 in place of 4 at 32², as groups lie inside a microbatch",
                "loss.pl_batch_shrink is 3, which does not divide the microbatch of 8 at 4², 8² and 16², 2 at 32²: the"
                    + " path-length phase takes 2 at 4², 8² and 16², 1 at 32² of each",
                "batch / microbatch is 6 at 4², 3 at 8², no power of two: the result depends on the number of ranks, to"
                    + " rounding",
                "kimg is 30, but the networks are fully grown after 30 kimg: the run may end before it trains 32² alone",
            ])
        #expect(c.mbstdGroup == 4)
        #expect(try resolve(["kimg=30.001"]).notes.isEmpty)
        let plateau = try resolve(["kimg=5", "growing.trigger=plateau"])
        #expect(plateau.notes.contains { $0.contains("after 30 kimg at the latest") })
    }

    /// A file's batch, too, would be lost behind the preset's table.
    @Test func aTableOfThePresetIsNoSilentWinner() throws {
        #expect(throws: ConfigurationError.self) { try resolve([], yaml: "preset: pggan\nbatch: 64") }
        #expect(throws: ConfigurationError.self) {
            try resolve(["microbatch=2"], yaml: "preset: pggan\ngrowing: {microbatch: {8: 4}}")
        }
        let c = try resolve([], yaml: "preset: pggan\nbatch: 64\ngrowing: {minibatch: \"\"}")
        #expect(c.stages.allSatisfy { $0.batch == 64 })
        // What a run has saved names both, and is a configuration again.
        let saved = try resolve([], yaml: "preset: pggan")
        #expect(try resolve([], yaml: saved.yaml).stages == saved.stages)
    }

    @Test func ratesThatATableReplacesAreTold() throws {
        let rates = ["optimizer.g_lr=0.003", "growing.learning_rate=8:0.001 32:0.002"]
        #expect(
            try resolve(rates).notes == [
                "growing.learning_rate has other rates than optimizer.g_lr and d_lr: 0.001 at 8², 0.002 at 32²"
            ])
        #expect(try resolve(["growing.learning_rate=8:0.001"]).notes.isEmpty)
        #expect(try resolve(["optimizer.g_lr=0.003"]).notes.isEmpty)
    }

    @Test func aPlateauThatCannotBeSeenIsTold() throws {
        let never = try resolve(["growing.trigger=plateau"])
        #expect(
            never.notes == [
                "a plateau takes 80 kimg to be seen (growing.plateau_window_kimg × (growing.plateau_patience + 1)), but a"
                    + " resolution trains 5 kimg at most: none will end it earlier"
            ])
        #expect(
            try resolve([
                "growing.trigger=plateau", "growing.plateau_window_kimg=1", "growing.plateau_patience=3",
            ]).notes.isEmpty)
        let distance = ["growing.trigger=plateau", "growing.plateau_signal=swd", "metrics.names=swd"]
        #expect(try resolve(distance).notes.contains { $0.contains("20 kimg to be seen (snapshot.every_kimg") })
        #expect(
            try resolve(distance + ["snapshot.every_kimg=1", "growing.training_kimg=4.1"]).notes.isEmpty)
    }

    /// Each rank's share is a microbatch where the batch grows with the ranks.
    @Test func microbatchesOfAShare() throws {
        let table = ["growing.minibatch=4:4 8:4 16:4 32:4", "batch_per_rank=4"]
        for ranks in [1, 4] {
            let c = try resolve(table, ranks: ranks)
            #expect(c.stages.allSatisfy { $0.microbatch == 4 && $0.batch == 4 * ranks })
        }
    }

    /// The progressive discriminator has a channel for the deviation or has it not: a microbatch must not decide.
    @Test func groupsOfOneAreAskedFor() throws {
        let yaml = "preset: quick-pggan"
        #expect(
            message { try resolve(["microbatch=1"], yaml: yaml) }?.hasPrefix(
                "model.mbstd_group is 4, but microbatches of 1 at 4² have no groups: set microbatch=2 or more")
                == true)
        #expect(try resolve(["microbatch=1", "model.mbstd_group=1"], yaml: yaml).mbstdGroup == 1)
        #expect(try resolve(["microbatch=1"]).mbstdGroup == 1)
    }

    @Test func wassersteinTakesThePlaceOfR1() throws {
        let c = try resolve(["loss.kind=wgan-gp"], yaml: "preset: quick")
        #expect(c.r1Gamma == 0 && c.stages[0].r1Gamma == 0 && c.loss.kind == .wganGP)
        #expect(try resolve(["loss.kind=wgan-gp", "loss.r1_gamma=0"]).stages.allSatisfy { $0.r1Gamma == 0 })
    }

    private static let refusals: [([String], Int, Int, String)] = [
        (
            ["growing.final=64"], 32, 1,
            "growing.final is 64, but the images are 32×32; allowed: a power of two from 8 to 32, or auto. Or import the"
                + " images again with --resolution 64"
        ),
        (
            ["growing.start=64"], 32, 1,
            "growing.start is 64, but growing.final is 32; allowed: a power of two from 4 to 32"
        ),
        (
            ["growing.minibatch=4:128 8:128 32:64"], 64, 1,
            "growing.minibatch has no images of a step for 16² and 64², but the networks grow from 4² to 64²; it has"
                + " 4:128 8:128 32:64. Add 16:… 64:…, or leave it empty for batch at every resolution"
        ),
        (
            ["growing.final=16", "ggdr.resolution=32"], 32, 1,
            "ggdr.resolution is 32; allowed: a power of two from 8 to 16 (growing.final), or auto"
        ),
        (
            ["growing.enabled=false", "growing.final=16"], 32, 1,
            "growing.final is 16, but growing.enabled is false and the images are 32×32: set growing.enabled=true, or"
                + " growing.final=auto"
        ),
        (
            ["preset=pggan"], 256, 2,
            "growing.minibatch is 8 at 256², which cannot be dealt to 2 ranks in microbatches of 8: it must be a multiple"
                + " of 16. Nearest that work: 256:16 in growing.minibatch, or 256:4 in growing.microbatch"
        ),
        (
            ["batch=24"], 32, 2,
            "batch is 24 at 4², which cannot be dealt to 2 ranks in microbatches of 8: it must be a multiple of 16."
                + " Nearest that work: batch=16 or 32, or 4:4 in growing.microbatch"
        ),
        (
            ["growing.microbatch=16:6", "batch=24"], 32, 1,
            "model.mbstd_group is 4, which does not divide the microbatch of 6 at 16². Allowed: 1, 2, 3, 6"
        ),
        (
            ["model.channel_base=16"], 32, 1,
            "model.channel_base is 16, which leaves no channel at 32²; allowed: 32 or more"
        ),
    ]

    @Test(arguments: refusals) func refused(overrides: [String], resolution: Int, ranks: Int, expected: String) {
        #expect(message { try resolve(overrides, resolution: resolution, ranks: ranks) } == expected)
    }

    private static let contradictions: [([String], String)] = [
        (
            ["growing.start=32", "growing.final=16"],
            "growing.start is 32, above growing.final, which is 16: set growing.start=16 or less (--set growing.start=32)"
        ),
        (
            ["model.family=pggan"],
            "model.family is pggan, which has no styles: set loss.pl_weight=0 (now 2), loss.style_mixing=0 (now 0.9),"
                + " model.discriminator=orig (now resnet), model.clamp=none (now 256) (preset quick-reference)"
        ),
        (
            ["preset=quick-pggan", "loss.pl_weight=2"],
            "model.family is pggan, which has no styles: set loss.pl_weight=0 (now 2) (--set loss.pl_weight=2)"
        ),
        (
            ["model.pixel_norm=false"],
            "model.family is stylegan2, which has no variant without pixel normalisation: set model.pixel_norm=true (now false)"
                + " (--set model.pixel_norm=false)"
        ),
        (
            ["loss.kind=wgan-gp", "loss.r1_gamma=10"],
            "loss.kind is wgan-gp, whose gradient penalty takes R1's place, but loss.r1_gamma is 10: set loss.r1_gamma=0,"
                + " or loss.kind=logistic (--set loss.r1_gamma=10)"
        ),
        (
            ["growing.trigger=plateau", "growing.plateau_signal=swd"],
            "growing.plateau_signal is swd, but metrics.names does not compute it: set metrics.names=swd, or"
                + " growing.plateau_signal=loss (--set growing.plateau_signal=swd)"
        ),
        (
            ["preset=pggan", "batch=64"],
            "batch was given, but growing.minibatch has other values by resolution: give --set growing.minibatch= (empty)"
                + " for one batch at every resolution, or another table (--set batch=64)"
        ),
    ]

    @Test(arguments: contradictions) func conflicts(overrides: [String], expected: String) {
        #expect {
            try resolve(overrides)
        } throws: { error in
            "\(error)" == expected && (error as? ConfigurationError)?.kind == .conflict
        }
    }

    @Test func whatTheCommandLineNamesTogetherIsNoConflict() throws {
        let c = try resolve(["preset=pggan", "batch=64", "growing.minibatch="])
        #expect(c.stages.allSatisfy { $0.batch == 64 })
        let d = try resolve(["batch=64", "growing.minibatch=4:32 8:32 16:32 32:16"])
        #expect(d.batch == 16)
        #expect(try resolve(["preset=pggan", "batch=64", "growing.enabled=false"]).batch == 64)
        let swd = try resolve(["growing.trigger=plateau", "growing.plateau_signal=swd", "metrics.names=swd"])
        #expect(swd.growing.plateauSignal == .swd)
        // A file of a former run holds both, and a microbatch that the command line changes must not be lost in it.
        let yaml = try resolve([]).yaml
        #expect(try resolve([], yaml: yaml).batch == 32)
        #expect(throws: ConfigurationError.self) { try resolve(["microbatch=4"], yaml: yaml) }
    }
}
