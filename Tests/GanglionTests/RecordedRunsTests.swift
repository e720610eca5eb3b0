import Foundation
import Kernels
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Short runs end in the bits that were recorded when they were written down: what is rebuilt between the kernels and
    /// the loop must not change them, and what does change them says so in a new record.
    ///
    /// With GANGLION_RECORD=FOLDER the records are written there instead, to be looked at and moved to Tests/Golden.
    @Suite struct RecordedRuns {
        struct Run: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let options: [String]
            /// 24 steps, or until the networks are grown.
            var images = 24 * 8
        }

        static let runs = [
            Run(testDescription: "quick", options: TestRun.tiny),
            Run(testDescription: "conditional", options: TestRun.tiny + TestRun.sets("data.labels=true")),
            Run(testDescription: "orig", options: TestRun.tiny + TestRun.sets("model.discriminator=orig")),
            Run(testDescription: "growing", options: TestRun.growing, images: GrowingSameBits.images),
            Run(testDescription: "progressive", options: TestRun.growingProgressive, images: GrowingSameBits.images),
        ]
        static let levels = KernelLevel.allCases.filter { $0 <= .available }

        @Test(arguments: runs, levels) func endInTheirBits(_ run: Run, _ level: KernelLevel) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let record = try Record(run, level)
            for ranks in [1, 2] {
                let options = run.options + TestRun.sets("cluster.kernels=\(level.name)")
                let job = TestRun(data: data, folder: scratch("\(ranks)"), options: options)
                try job.finish(images: run.images, ranks: ranks)
                try record.check(job.contents(run.images), "\(ranks) ranks")
            }
        }

        /// A file of lines "group hash", in which a change can be read.
        private struct Record {
            let path: String
            private let isBeingMade: Bool

            init(_ run: Run, _ level: KernelLevel) throws {
                let made = ProcessInfo.processInfo.environment["GANGLION_RECORD"]
                let folder = made ?? Repository.path + "/Tests/Golden/runs"
                isBeingMade = made != nil
                path = "\(folder)/\(run.testDescription)-\(level.name).txt"
            }

            func check(_ contents: CheckpointContents, _ name: String) throws {
                let found = Self.lines(contents).joined(separator: "\n") + "\n"
                if isBeingMade { return try found.write(toFile: path, atomically: true, encoding: .utf8) }
                #expect(try String(contentsOfFile: path, encoding: .utf8) == found, "\(name), \(path)")
            }

            /// Arrays by their group, counters by their name.
            private static func lines(_ contents: CheckpointContents) -> [String] {
                var hashes: [String: UInt64] = [:]
                for array in contents.arrays.sorted(by: { $0.path < $1.path }) {
                    let group =
                        array.path.hasPrefix("optimizer/")
                        ? array.path : String(array.path.prefix { $0 != "/" })
                    var hash = hashes[group] ?? 0xcbf2_9ce4_8422_2325
                    for byte in array.path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
                    for value in array.values { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
                    hashes[group] = hash
                }
                let own: Set = ["ranks", "config", "dataset_id", "complete", "content_hash"]
                return hashes.map { "\($0.key) \(String($0.value, radix: 16))" }.sorted()
                    + contents.attributes.filter { !own.contains($0.0) }.map { "\($0.0) \($0.1)" }.sorted()
            }
        }
    }
}
