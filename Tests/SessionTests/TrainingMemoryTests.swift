import Configuration
import Session
import Testing
import TestSupport

/// What a run needs at the least, told before any of it is allocated.
@Suite struct TrainingMemoryTests {
    private func configuration(_ overrides: [String]) throws -> ResolvedConfiguration {
        let small = ["batch=1024", "microbatch=8", "model.channel_base=256", "model.channel_max=32", "model.z_dim=16"]
        return try Configuration.load(overrides: overrides + small)
            .resolve(resolution: 16, channels: 3, classes: 3, semanticClasses: 4, ranks: 1, coresPerRank: 1)
    }

    private func refused(_ configuration: ResolvedConfiguration, megabytes: Int) -> String? {
        thrown(ConfigurationError.self) {
            try TrainingMemory.check(configuration, localRanks: 1, available: megabytes * 1_000_000)
        }?.message
    }

    /// 1024 images of 16×16×3, as bytes for four steps and as floats for one: 6.3 MB for each batch of a step.
    @Test func everyBatchOfAStepCounts() throws {
        let one = try configuration(["preset=quick-reference"])
        #expect(refused(one, megabytes: 10) == nil)
        let three = try configuration(["preset=quick-reference", "loss.d_steps=3"])
        let message = try #require(refused(three, megabytes: 10))
        #expect(message.hasPrefix("a rank's images of a step would take 18.9 MB, but a rank has 10.0 MB"), "\(message)")
        #expect(message.hasSuffix("lower batch or loss.d_steps, or use more nodes"), "\(message)")
        #expect(refused(three, megabytes: 20) == nil)
    }

    /// A byte a pixel for four steps: 1.0 MB more.
    @Test func labelMapsCount() throws {
        let plain = try configuration(["preset=quick-reference"])
        let supervised = try configuration(["preset=quick-reference", "supervision=labels"])
        let message = try #require(refused(supervised, megabytes: 7))
        #expect(message.hasPrefix("a rank's images of a step would take 7.3 MB, but a rank has 7.0 MB"), "\(message)")
        #expect(refused(plain, megabytes: 7) == nil && refused(supervised, megabytes: 8) == nil)
    }

    /// Reals and fakes: twice what the generators below need.
    @Test func discriminatorsThatLookAtTheWholeBatch() throws {
        let lecam = try configuration(["preset=quick-reference", "loss.lecam_weight=0.1"])
        let message = try #require(refused(lecam, megabytes: 20))
        #expect(
            message.hasPrefix(
                "a discriminator whose loss needs the whole batch at once (loss.lecam_weight) would take 54.5 MB"),
            "\(message)")
        #expect(refused(lecam, megabytes: 60) == nil)
    }

    /// 4² of 32, 8² of 32 and 16² of 16 channels: 6 656 floats an image.
    @Test func generatorsThatLookAtTheWholeBatch() throws {
        let sagan = try configuration(["preset=quick-sagan"])
        let message = try #require(refused(sagan, megabytes: 20))
        #expect(
            message.hasPrefix("a generator that looks at the whole batch at once would take 27.3 MB"), "\(message)")
        #expect(refused(sagan, megabytes: 30) == nil)
    }
}
