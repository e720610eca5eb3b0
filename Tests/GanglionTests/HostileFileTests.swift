import Failure
import Foundation
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// Forged files: no command crashes on them, hangs, or takes them for what they say they are.
    ///
    /// `GANGLION_HOSTILE` names a folder with others than those of Tests/Hostile.
    @Suite struct HostileFiles {
        static let folder =
            ProcessInfo.processInfo.environment["GANGLION_HOSTILE"] ?? Repository.path + "/Tests/Hostile"

        /// HDF5 files in it; folders with shards are listed as such.
        static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().filter {
            $0.hasSuffix(".h5")
        }
        static let checkpoints = files.filter { $0.hasPrefix("ck") }
        static let shards = files.filter { !$0.hasPrefix("ck") }
        static let datasets = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().filter {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)/shard-00000.h5")
        }

        /// Never a signal, never long, and a message that names the file.
        private func run(
            _ arguments: [String], names file: String, mayBeFine: Bool = false,
            location: SourceLocation = #_sourceLocation
        ) throws {
            let result = try Program.run(arguments, seconds: 60)
            let output = "\(arguments): \(result.status)\n\(result.stdout)\(result.stderr)"
            #expect(!result.timedOut, "\(output)", sourceLocation: location)
            let expected = [ExitCode.usage, ExitCode.badData, ExitCode.missingInput, ExitCode.badConfiguration]
            #expect(
                expected.contains(result.status) || mayBeFine && result.status == 0, "\(output)",
                sourceLocation: location)
            if result.status != 0 {
                #expect(
                    result.stderr.contains("error: ") && result.stderr.contains(file), "\(output)",
                    sourceLocation: location)
            }
        }

        @Test func thereAreSome() { #expect(!Self.files.isEmpty) }

        @Test(arguments: files) func isInspected(file: String) throws {
            // A file may be sound, and only say what nobody can use.
            try run(["inspect", "\(Self.folder)/\(file)"], names: file, mayBeFine: true)
        }

        @Test(arguments: files, ["fail", "skip"]) func isNotImported(file: String, onError: String) throws {
            let scratch = try Scratch()
            try run(
                ["dataset", "import", "\(Self.folder)/\(file)", "--out", scratch("out"), "--on-error", onError],
                names: file)
        }

        @Test(arguments: checkpoints) func isNoCheckpoint(file: String) throws {
            let scratch = try Scratch()
            let path = "\(Self.folder)/\(file)"
            try run(["sample", path, "--out", scratch("x.png"), "--grid", "2x2"], names: file, mayBeFine: true)
            let data = try scratch.shapes(count: 8, shards: 1)
            let start = ["train", "--data", data, "--run", scratch("run"), "--kimg", "0.008"] + TestRun.tiny
            try run(start + ["--transfer", path], names: file, mayBeFine: true)
            try run(["evaluate", path, "--data", data, "--images", "8"], names: file, mayBeFine: true)
        }

        @Test(arguments: shards, [nil, 2] as [Int?])
        func isNoShard(file: String, ranks: Int?) throws {
            let scratch = try Scratch()
            let data = try scratch.folder("data")
            try scratch.copy("\(Self.folder)/\(file)", to: "data/shard-00000.h5")
            let result = try TestRun(data: data, folder: scratch("run")).train(images: 16, ranks: ranks)
            expect(result, status: ExitCode.badData, says: "\(data)/shard-00000.h5")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
        }

        @Test(arguments: datasets) func isNoDataset(folder: String) throws {
            let scratch = try Scratch()
            let data = "\(Self.folder)/\(folder)"
            let run = TestRun(data: data, folder: scratch("run"))
            try self.run(run.arguments(16), names: "\(folder)/shard-00000.h5")
            try self.run(["dataset", "info", data, "--verify"], names: "\(folder)/shard-00000.h5")
            try self.run(["bench", "data", "--data", data], names: "\(folder)/shard-00000.h5")
        }

        /// A checkpoint whose checksums are right, and whose shapes are not.
        @Test func shapesOfNoGenerator() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            try run.finish(images: 8)
            let path = scratch("forged.h5")
            let names = [
                "mapping.fc0.weight", "synthesis.b4.torgb.weight", "synthesis.b4.conv1.weight", "mapping.fc1.weight",
            ]
            for name in names {
                for shape in [[], [0], [1 << 40, 0], [4], [1, 1], [1, 1, 1, 1], [1 << 17, 1, 1, 1]] {
                    var contents = try run.contents(8)
                    let index = try #require(contents.arrays.firstIndex { $0.path == "ema/" + name })
                    contents.arrays[index].shape = shape
                    contents.arrays[index].values = [Float](repeating: 0, count: shape.reduce(1, *))
                    // Absurd shapes beside a zero cannot be written by this program either way.
                    try CheckpointFile.write(contents, to: path)
                    try self.run(["sample", path, "--out", scratch("x.png"), "--grid", "2x2"], names: path)
                }
            }
        }

        /// One image is a dataset, of which every minibatch is made.
        @Test func aDatasetOfOneImage() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(count: 1, shards: 1), folder: scratch("run"))
            try run.finish(images: 16)
            expect(
                try Program.run(["dataset", "info", run.data, "--verify"]), status: 0, says: "every checksum is right")
            expect(
                try Program.run(["evaluate", run.checkpoint(16), "--data", run.data]), status: ExitCode.badData,
                says: "\(run.data): holds 1 images, expected 2 or more")
        }
    }
}
