import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Networks that grow through two transitions have the same bits, pictures and losses on any number of ranks, and
    /// wherever they were interrupted.
    @Suite struct GrowingSameBits {
        struct Family: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let options: [String]
        }

        static let families = [
            Family(testDescription: "StyleGAN2 with GGDR", options: TestRun.growing),
            Family(
                testDescription: "progressive GAN with labels",
                options: TestRun.growingProgressive + ["--set", "data.labels=true"]),
        ]
        /// Beyond the last fade, which ends after 92.
        static let images = 136
        /// In the middle of the fade to 16².
        static let stop = 80

        @Test(arguments: families) func onRanks(_ family: Family) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let alone = TestRun(data: data, folder: scratch("alone"), options: family.options)
            try alone.finish(images: Self.images)
            let (expected, pictures) = (try alone.contents(Self.images), alone.pictures())
            #expect(expected.attribute("level_resolution") == .int(16))
            #expect(expected.attribute("step") == .int(14))
            #expect(
                Set(pictures.keys.filter { $0.hasPrefix("phases/") }) == [
                    "phases/00-4x4.png", "phases/01-8x8-fade.png", "phases/02-8x8.png", "phases/03-16x16-fade.png",
                    "phases/04-16x16.png",
                ])
            #expect(pictures["timelapse.png"] != nil)
            for ranks in [1, 2, 4] {
                let run = TestRun(data: data, folder: scratch("ranks\(ranks)"), options: family.options)
                try run.finish(images: Self.images, ranks: ranks)
                #expect(try differences(expected, run.contents(Self.images)) == [], "\(ranks) ranks")
                #expect(Self.differing(pictures, run.pictures()) == [], "\(ranks) ranks")
                #expect(try losses(run) == losses(alone), "\(ranks) ranks")
            }
        }

        @Test(arguments: families) func stoppedInAFade(_ family: Family) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let whole = TestRun(data: data, folder: scratch("whole"), options: family.options)
            try whole.finish(images: Self.images)
            let stopped = TestRun(data: data, folder: scratch("stopped"), options: family.options)
            try stopped.finish(images: Self.stop, ranks: 4)
            let half = try stopped.contents(Self.stop)
            #expect(half.attribute("level_resolution") == .int(16))
            #expect(try #require(half.attribute("level_fade")?.floatValue) > 0)
            for ranks in [4, 2, nil] {
                try scratch.copy(stopped.folder, to: "resumed")
                let resumed = TestRun(data: data, folder: scratch("resumed"), options: family.options)
                expect(try resumed.train(images: Self.images, ranks: ranks), status: 0, says: "resumed from")
                let named = "\(ranks ?? 1) ranks"
                #expect(try differences(whole.contents(Self.images), resumed.contents(Self.images)) == [], "\(named)")
                // The end of a run has a sheet of its own; all others are there again, and no other row.
                let pictures = resumed.pictures().filter { $0.key != "fakes-\(String(format: "%08d", Self.stop)).png" }
                #expect(Self.differing(whole.pictures(), pictures) == [], "\(named)")
                try FileManager.default.removeItem(atPath: resumed.folder)
            }
        }

        /// A fade that lasts as long as it takes for a signal to arrive in it.
        @Test(arguments: families) func stoppedByASignal(_ family: Family) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let options =
                family.options
                + TestRun.sets(
                    "growing.transition_kimg=100", "checkpoint.every_kimg=0.1", "snapshot.every_kimg=1000")
            let run = TestRun(data: data, folder: scratch("run"), options: options)
            let job = try run.start(images: 99_000, ranks: 2)
            #expect(try run.hasCheckpoint(of: job), "\(job.stderr)")
            job.send(SIGUSR1)
            expect(job.wait(seconds: 400), status: 75, says: "stopped by SIGUSR1")
            let newest = try #require(try run.checkpoints.openNewestUsable()).contents
            let shown = try #require(newest.attribute("images_shown")?.intValue)
            let fade = try #require(newest.attribute("level_fade")?.floatValue)
            #expect(newest.attribute("level_resolution") == .int(8) && fade > 0 && fade < 1)

            try run.finish(images: shown + 64)
            let undisturbed = TestRun(data: data, folder: scratch("undisturbed"), options: options)
            try undisturbed.finish(images: shown + 64)
            #expect(try differences(undisturbed.contents(shown + 64), run.contents(shown + 64)) == [])
            #expect(Self.differing(undisturbed.pictures(), run.pictures()) == [])
        }

        /// Plateaus that the run itself sees, in its losses or its distances, whose values hang on all ranks.
        @Test(arguments: [
            TestRun.sets("growing.plateau_window_kimg=0.016", "growing.plateau_tolerance=0.1"),
            TestRun.sets(
                "growing.plateau_signal=swd", "growing.plateau_tolerance=0.3", "metrics.names=swd",
                "metrics.images=16", "snapshot.every_kimg=0.016"),
        ])
        func plateausAreTheSame(_ options: [String]) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            func run(_ name: String) -> TestRun {
                let plateau = TestRun.sets(
                    "growing.trigger=plateau", "growing.plateau_patience=1", "growing.training_kimg=0.12")
                return TestRun(data: data, folder: scratch(name), options: TestRun.growing + plateau + options)
            }
            let whole = run("whole")
            try whole.finish(images: 240)
            let expected = try whole.contents(240)
            let growth = try #require(expected.attribute("growth")?.stringValue)
            // At least one was decided, and before its deadline.
            let first = try #require(growth.firstMatch(of: /"transitions":\[(\d+)/)?.1)
            #expect(try #require(Int(first)) < 120, "\(growth)")
            #expect(expected.attribute("level_resolution") == .int(16), "\(growth)")

            let two = run("two")
            try two.finish(images: 240, ranks: 2)
            #expect(try differences(expected, two.contents(240)) == [])
            let stopped = run("stopped")
            for (images, ranks) in [(24, 2), (40, nil), (72, 4), (240, nil)] as [(Int, Int?)] {
                try stopped.finish(images: images, ranks: ranks)
            }
            #expect(try differences(expected, stopped.contents(240)) == [])
        }

        private static func differing(_ a: [String: Data], _ b: [String: Data]) -> [String] {
            Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
        }

        /// All that `stats.jsonl` says, but for times, memory and messages.
        private func losses(_ run: TestRun) throws -> [NSDictionary] {
            let lines = try run.results("stats.jsonl").map { $0 as NSDictionary }
            let last = try #require(lines.last)
            for name in ["loss/generator", "loss/discriminator", "resolution", "fade", "gradient_norm/dmain"] {
                #expect(last[name] != nil, "\(name)")
            }
            return lines
        }
    }
}
