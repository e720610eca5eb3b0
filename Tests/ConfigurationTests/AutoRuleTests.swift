import Configuration
import Testing

@Suite struct AutoRuleTests {
    /// Worked out by hand: max(min(ranks · min(4096 / res, 32), 64), ranks).
    @Test(arguments: [
        (32, 1, 32), (32, 2, 64), (32, 4, 64), (64, 1, 32), (128, 1, 32), (256, 1, 16), (256, 8, 64), (512, 2, 16),
        (1024, 1, 4), (1024, 8, 32), (64, 128, 128),
        // Ranks that do not divide the rule's 64: whole groups of 4, else of 2, on each rank.
        (32, 3, 60), (32, 24, 48), (32, 48, 48),
    ])
    func batch(resolution: Int, ranks: Int, expected: Int) throws {
        #expect(AutoRules.batch(resolution: resolution, ranks: ranks) == expected)
        let resolved = try Preset.stylegan2GGDR.configuration.resolve(
            resolution: resolution, channels: 3, classes: 0, ranks: ranks, coresPerRank: 1)
        #expect(resolved.batch == expected)
        #expect(resolved.microbatchesPerRank * resolved.microbatch * ranks == expected)
    }

    @Test func values() throws {
        let r = try Preset.stylegan2GGDR.configuration.resolve(
            resolution: 256, channels: 3, classes: 0, ranks: 2, coresPerRank: 3)
        #expect(r.batch == 32 && r.microbatch == 8 && r.microbatchesPerRank == 2 && r.threads == 3)
        #expect(abs(r.r1Gamma - 0.4096) < 1e-12)
        #expect(r.emaHalfLifeKimg == 10)
        #expect(r.channelBase == 16_384 && r.ggdrResolution == 64 && r.mbstdGroup == 4)
        #expect(r.channels(at: 4) == 512 && r.channels(at: 256) == 64)
        #expect(r.totalImages == 25_000_000)
        let quick = try Configuration().resolve(
            resolution: 32, channels: 1, classes: 10, ranks: 1, coresPerRank: 2)
        #expect(abs(quick.r1Gamma - 0.0064) < 1e-12)
        #expect(quick.emaHalfLifeKimg == 10 && quick.ggdrResolution == 8 && quick.channelBase == 2048)
        #expect(quick.labelDimension == 0 && quick.pathLengthMicrobatch == 4 && quick.microbatches == 4)
        #expect(quick.notes.isEmpty)
    }

    @Test(arguments: [(8, 8), (16, 8), (32, 8), (64, 16), (128, 32), (256, 64), (1024, 64)])
    func guideResolution(resolution: Int, expected: Int) {
        #expect(AutoRules.ggdrResolution(resolution: resolution) == expected)
    }

    @Test(arguments: [(256, 16_384), (511, 16_384), (512, 32_768), (1024, 32_768)])
    func channelBase(resolution: Int, expected: Int) {
        #expect(AutoRules.channelBase(resolution: resolution) == expected)
    }

    @Test(arguments: [(32, 1, 8), (32, 8, 4), (60, 3, 4), (21, 3, 1), (12, 2, 2)])
    func microbatch(batch: Int, ranks: Int, expected: Int) {
        #expect(AutoRules.microbatch(batch: batch, ranks: ranks) == expected)
    }

    @Test func guideIsNotCheckedWhereItIsOff() throws {
        let c = try Configuration.load(overrides: ["ggdr.enabled=false", "ggdr.resolution=64"])
        #expect(throws: Never.self) {
            try c.resolve(resolution: 32, channels: 1, classes: 0, ranks: 1, coresPerRank: 1)
        }
    }

    @Test func perRankBatchGrowsWithTheRanks() throws {
        let c = try Configuration.load(overrides: ["batch_per_rank=16", "data.labels=true"])
        #expect(c.batchPerRank == 16)
        let r = try c.resolve(resolution: 32, channels: 1, classes: 10, ranks: 4, coresPerRank: 1)
        #expect(r.batch == 64 && r.batchPerRank == 16 && r.labelDimension == 10)
        #expect(r.configuration.batch == .global(64))
        #expect(r.notes.contains { $0.contains("batch is 64 for 4 ranks; with it") })
    }

    @Test func notes() throws {
        let three = try Preset.stylegan2GGDR.configuration.resolve(
            resolution: 32, channels: 3, classes: 0, ranks: 3, coresPerRank: 1)
        #expect(three.notes.contains { $0.contains("3 ranks are no power of two") })
        #expect(three.notes.contains { $0.contains("the auto rule says 64; 3 ranks share 60") })
        let odd = try Configuration.load(overrides: ["batch=24", "microbatch=8"])
            .resolve(resolution: 32, channels: 1, classes: 0, ranks: 1, coresPerRank: 1)
        #expect(odd.notes.contains { $0.contains("batch / microbatch is 3, no power of two") })
        let parted = try Configuration.load(overrides: ["loss.pl_batch_shrink=3", "microbatch=8"])
            .resolve(resolution: 32, channels: 1, classes: 0, ranks: 1, coresPerRank: 1)
        #expect(parted.notes.contains { $0.contains("pl_batch_shrink is 3") && $0.contains("takes 2 of each") })
        let capped = try Configuration.load(overrides: ["microbatch=2", "threads=8"])
            .resolve(resolution: 32, channels: 1, classes: 0, ranks: 1, coresPerRank: 2)
        #expect(capped.mbstdGroup == 2)
        #expect(capped.notes.contains { $0.contains("mbstd_group: 2 in place of 4") })
        #expect(capped.notes.contains { $0.contains("threads is 8, but a rank has 2") })
    }
}
