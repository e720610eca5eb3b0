import Foundation
import Storage
import Testing

extension EndToEnd {
    /// What a growing run writes while it runs: `metrics.jsonl`, and how much memory it takes.
    @Suite struct GrowingMetrics {
        private static let metrics = TestRun.sets(
            "metrics.names=swd,msssim", "metrics.images=16", "snapshot.every_kimg=0.04",
            "checkpoint.every_kimg=0.04", "checkpoint.keep=9")

        private func lines(_ run: TestRun) throws -> [NSDictionary] {
            try String(contentsOfFile: run.folder + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
                let fields = try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
                let times = fields.filter { $0.key.hasSuffix("seconds") }
                #expect(!times.isEmpty && times.values.allSatisfy { ($0 as? Double ?? -1) >= 0 }, "\(fields)")
                return fields.filter { times[$0.key] == nil } as NSDictionary
            }
        }

        @Test func areTheSameOnAnyRanksAndWrittenOnce() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            func run(_ name: String) -> TestRun {
                TestRun(data: data, folder: scratch(name), options: TestRun.growing + Self.metrics)
            }
            let whole = run("whole")
            try whole.finish(images: 136)
            let expected = try lines(whole)
            // The first step that reaches each multiple of 40, and the end.
            #expect(expected.map { $0["images"] as? Int } == [40, 80, 120, 136])
            #expect(expected.map { $0["resolution"] as? Int } == [8, 16, 16, 16])
            for line in expected {
                for name in ["swd/16", "swd/average", "msssim"] {
                    let value = try #require(line[name] as? Double, "\(name) in \(line)")
                    #expect(value.isFinite && value > 0, "\(name) in \(line)")
                }
            }
            #expect(Set(expected.map { $0["swd/average"] as? Double }).count == 4)

            let two = run("two")
            try two.finish(images: 80, ranks: 2)
            #expect(try lines(two) == Array(expected[..<2]))
            try two.finish(images: 136, ranks: 2)
            #expect(try lines(two) == expected)
            // Back to before the second line: it is taken out, and written again.
            expect(try two.train(images: 136, "--resume", two.checkpoint(40)), status: 0, says: "resumed from")
            #expect(try lines(two) == expected)
            #expect(try differences(whole.contents(136), two.contents(136)) == [])
            #expect(whole.pictures() == two.pictures())
        }

        /// A generator whose images are all the same has no distance to the data set, but a similarity: the log says so,
        /// and the run goes on.
        @Test func aCollapsedGeneratorHasNoDistance() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let first = TestRun(data: data, folder: scratch("first"), options: TestRun.tiny)
            try first.finish(images: 8)
            var contents = try first.contents(8)
            for index in contents.arrays.indices where contents.arrays[index].path.contains("torgb.") {
                contents.arrays[index].values = contents.arrays[index].values.map { _ in 0 }
            }
            let file = scratch("collapsed.h5")
            try CheckpointFile.write(contents, to: file)
            let run = TestRun(
                data: data, folder: scratch("run"),
                options: TestRun.growing + Self.metrics + TestRun.sets("optimizer.g_lr=1e-30", "loss.pl_weight=0")
                    + ["--transfer", file])
            try run.finish(images: 96)
            let lines = try lines(run)
            #expect(lines.map { $0["images"] as? Int } == [40, 80, 96])
            for line in lines {
                #expect(line["swd/average"] == nil)
                #expect(try #require(line["msssim"] as? Double) > 0.9, "\(line)")
            }
            let log = try String(contentsOfFile: run.folder + "/log.txt", encoding: .utf8)
            #expect(log.contains("SWD: ") && !log.contains("MS-SSIM: "), "\(log)")
        }

        /// Hundreds of steps after the last transition take no more than the first of them did, and networks that have
        /// grown no more than those that were never smaller.
        @Test func memoryStays() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            func memory(_ name: String, _ options: [String]) throws -> [Int] {
                let run = TestRun(data: data, folder: scratch(name), options: options)
                try run.finish(images: 4000)
                let bytes = try run.statistics().compactMap { $0["memory_bytes"] as? Int }
                #expect(bytes.count == 4)
                return bytes
            }
            let growing = try memory("growing", TestRun.growing)
            // Sixteen kilobytes a step would add up to that; a step's graph has more than a megabyte.
            #expect(growing[3] - growing[1] < 4 << 20, "\(growing)")
            let grown = try memory("grown", TestRun.growing + TestRun.sets("growing.start=16"))
            #expect(growing[3] - grown[3] < 8 << 20, "\(growing), \(grown)")
        }
    }
}
