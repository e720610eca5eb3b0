import Foundation
import Storage
import Testing

extension EndToEnd {
    /// Twenty-four steps of `quick` have the same bits however they are dealt to ranks and threads, and wherever they
    /// were interrupted.
    @Suite struct SameBits {
        static let images = 24 * 32

        /// What a run leaves that must not depend on how it was run.
        struct Outcome: Sendable {
            let contents: CheckpointContents
            let sheet: Data

            init(_ run: TestRun, images: Int = SameBits.images) throws {
                contents = try run.contents(images)
                sheet = try run.sheet(images)
            }

            /// Expects the same of a run after as many images.
            func expectSame(
                _ run: TestRun, images: Int = SameBits.images, _ what: String = "",
                location: SourceLocation = #_sourceLocation
            ) throws {
                let found = try Outcome(run, images: images)
                #expect(differences(contents, found.contents) == [], "\(what)", sourceLocation: location)
                #expect(sheet == found.sheet, "the sample sheet \(what)", sourceLocation: location)
            }
        }

        /// One process with one thread, never interrupted.
        private static let reference = Result {
            let scratch = try Scratch()
            let run = try quick(scratch)
            try run.finish(images: images)
            let phases = try #require(try run.statistics().first)
            for name in ["gmain", "greg", "dmain", "dreg"] {
                #expect(phases["gradient_norm/\(name)"] as? Double ?? 0 > 0, "no phase \(name)")
            }
            return (half: try run.contents(images / 2), whole: try Outcome(run))
        }

        private static func quick(_ scratch: Scratch, _ name: String = "run", threads: Int = 1) throws -> TestRun {
            let data = scratch("shapes")
            if !FileManager.default.fileExists(atPath: data) {
                _ = try scratch.shapes(count: 256, resolution: 32)
            }
            let checks = [
                "--threads", "\(threads)", "--set", "cluster.replica_check_steps=7", "--set",
                "checkpoint.every_kimg=0.384",
            ]
            return TestRun(data: data, folder: scratch(name), options: TestRun.quick + checks)
        }

        @Test func theStateIsWhole() throws {
            let contents = try Self.reference.get().whole.contents
            #expect(contents.attribute("step") == .int(24))
            #expect(contents.attribute("images_shown") == .int(Self.images))
            for group in ["generator/", "discriminator/", "ema/"] {
                #expect(contents.arrays.count { $0.path.hasPrefix(group) } > 20, "\(group)")
            }
            for network in ["generator", "discriminator"] {
                // With β₁ = 0 the first moment is the last gradient.
                for moment in ["m", "v"] {
                    let values = try #require(contents.array("optimizer/\(network)/\(moment)")).values
                    #expect(values.contains { $0 != 0 } && values.allSatisfy(\.isFinite))
                }
            }
            #expect(try #require(contents.array("state/pl_mean")).values[0] > 0)
            #expect(try #require(contents.array("generator/mapping.w_avg")).values.contains { $0 != 0 })
            #expect(
                contents.array("generator/mapping.fc0.weight")?.values
                    != contents.array("ema/mapping.fc0.weight")?.values)
        }

        @Test(arguments: [1, 2, 4]) func onRanks(ranks: Int) throws {
            let scratch = try Scratch()
            let run = try Self.quick(scratch)
            try run.finish(images: Self.images, ranks: ranks)
            try compare(run)
            #expect(try run.contents(Self.images).attribute("ranks") == .int(ranks))
        }

        @Test(arguments: [2, 3]) func onThreads(threads: Int) throws {
            let scratch = try Scratch()
            let run = try Self.quick(scratch, threads: threads)
            try run.finish(images: Self.images)
            try compare(run)
        }

        @Test func stoppedOnFourRanksAndResumedOnFewer() throws {
            let scratch = try Scratch()
            let run = try Self.quick(scratch, "stopped")
            try run.finish(images: Self.images / 2, ranks: 4)
            let half = try run.contents(Self.images / 2)
            #expect(half.attribute("step") == .int(12))
            #expect(try differences(Self.reference.get().half, half) == [])
            for ranks in [2, nil] {
                try scratch.copy(run.folder, to: "resumed")
                let resumed = try Self.quick(scratch, "resumed")
                let result = try resumed.train(images: Self.images, ranks: ranks, "--resume", "auto")
                expect(result, status: 0, says: "resumed from")
                try compare(resumed)
                try FileManager.default.removeItem(atPath: resumed.folder)
            }
        }

        private func compare(_ run: TestRun, location: SourceLocation = #_sourceLocation) throws {
            try Self.reference.get().whole.expectSame(run, location: location)
        }
    }
}
