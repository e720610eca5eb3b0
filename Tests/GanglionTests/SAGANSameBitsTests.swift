import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Twenty-four steps of a self-attention GAN (attention and spectral normalisation in both networks, conditional batch
    /// normalisation over the whole batch, two discriminator phases a step) have the same bits however they are dealt to
    /// ranks and threads, and wherever they were interrupted.
    @Suite struct SAGANSameBits {
        private static let images = 24 * 2 * 16
        private static let options =
            ["--preset", "quick-sagan", "--batch", "16", "--microbatch", "4", "--set", "loss.d_steps=2"]
            + ["--set", "cluster.replica_check_steps=7", "--set", "snapshot.grid=4x3"] + networks
        private static let networks = ["model.channel_base=256", "model.channel_max=64", "model.z_dim=16"]
            .flatMap { ["--set", $0] }

        private static func small(
            _ scratch: Scratch, _ name: String, threads: Int = 1, more: [String] = []
        ) throws -> TestRun {
            let data = scratch("shapes")
            if !FileManager.default.fileExists(atPath: data) {
                _ = try scratch.shapes(count: 256, resolution: 16)
            }
            return TestRun(data: data, folder: scratch(name), options: options + ["--threads", "\(threads)"] + more)
        }

        /// One process with one thread, never interrupted.
        private static let reference = Result {
            let scratch = try Scratch()
            let run = try small(scratch, "alone")
            try run.finish(images: images)
            let line = try #require(try run.statistics().last)
            return (outcome: try SameBits.Outcome(run, images: images), last: line.compactMapValues { $0 as? Double })
        }

        /// What was trained is what the paper has.
        @Test func everythingMoves() throws {
            let (outcome, line) = try Self.reference.get()
            let contents = outcome.contents
            #expect(contents.attribute("step") == .int(24))
            #expect(contents.attribute("images_shown") == .int(Self.images))
            let scratch = try Scratch()
            let start = try Self.small(scratch, "start")
            try start.finish(images: 32)
            let first = try start.contents(32)
            var moved = 0
            for array in contents.arrays {
                let before = try #require(first.array(array.path), "\(array.path)")
                #expect(array.values.allSatisfy { $0.isFinite }, "\(array.path)")
                if before.values != array.values { moved += 1 }
            }
            // Biases in front of a normalisation have no gradient but rounding.
            #expect(Double(moved) > 0.9 * Double(contents.arrays.count), "\(moved) of \(contents.arrays.count)")
            for name in ["generator/g_non_local_8/sigma_ratio", "discriminator/d_non_local_8/sigma_ratio"] {
                let gain = try #require(contents.array(name)).values[0]
                #expect(gain != 0, "\(name)")
            }
            for name in ["dmain", "dmain.2", "gmain"] {
                #expect(line["gradient_norm/\(name)", default: 0] > 0, "no phase \(name)")
            }
            let norms = line.filter { field in field.key.hasSuffix("/sigma") }
            #expect(norms.keys.contains("generator/g_block1/snconv1/w/sigma"), "\(norms.keys.sorted())")
            #expect(norms.keys.contains("discriminator/d_embedding/embedding_map/sigma"), "\(norms.keys.sorted())")
            #expect(norms.values.allSatisfy { $0 > 0 })
            #expect(line["generator/g_non_local_8/sigma_ratio", default: 0] != 0)
        }

        @Test(arguments: [1, 2, 4]) func onRanks(ranks: Int) throws {
            let scratch = try Scratch()
            let run = try Self.small(scratch, "ranks", threads: ranks == 2 ? 2 : 1)
            try run.finish(images: Self.images, ranks: ranks)
            try compare(run)
        }

        @Test func stoppedOnFourRanksAndResumedOnTwo() throws {
            let scratch = try Scratch()
            let run = try Self.small(scratch, "stopped")
            try run.finishInHalves(images: Self.images)
            try compare(run)
        }

        /// GGDR, blocks of the discriminator that are computed again, R1 through attention, no classes.
        @Test func variantsHaveTheSameBits() throws {
            let variants = [
                ["ggdr.enabled=true", "memory=checkpointing"], ["data.labels=false", "loss.r1_gamma=0.1"],
                ["loss.kind=wgan-gp", "model.attention_block=residual", "model.spectral_norm=d"],
            ]
            for (k, variant) in variants.enumerated() {
                let scratch = try Scratch()
                let more = variant.flatMap { ["--set", $0] }
                let alone = try Self.small(scratch, "alone", more: more)
                try alone.finish(images: 320)
                let spread = try Self.small(scratch, "spread", more: more)
                try spread.finish(images: 320, ranks: 4)
                try SameBits.Outcome(alone, images: 320).expectSame(spread, images: 320, "variant \(k)")
            }
        }

        private func compare(_ run: TestRun, location: SourceLocation = #_sourceLocation) throws {
            try Self.reference.get().outcome.expectSame(run, images: Self.images, location: location)
        }
    }
}
