import Failure
import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Folders, devices and FIFOs where files belong, and files that stand for more than they hold.
    @Suite struct NoFiles {
        private func paths(_ scratch: Scratch) throws -> [(path: String, problem: String)] {
            let fifo = scratch("fifo")
            #expect(mkfifo(fifo, 0o600) == 0)
            return [
                (fifo, "is a FIFO, expected a file"), ("/dev/zero", "is a device, expected a file"),
                (try scratch.folder("empty"), "is a folder, expected a file"),
            ]
        }

        @Test func configurations() throws {
            let scratch = try Scratch()
            for (path, problem) in try paths(scratch) {
                expect(
                    try Program.run(["train", "--data", "x", "--run", scratch("run"), "--config", path]),
                    status: ExitCode.badData, says: path, problem)
            }
        }

        @Test func checkpoints() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            for (path, fault) in try paths(scratch) {
                let problem = fault.contains("folder") ? "is a folder without checkpoints; expected" : fault
                var commands = [
                    ["sample", path, "--out", scratch("out.png")], ["evaluate", path, "--data", data],
                    ["train", "--data", data, "--run", scratch("run"), "--resume", path],
                    ["train", "--data", data, "--run", scratch("run"), "--transfer", path],
                ]
                // A folder may be a run.
                if !problem.contains("folder") { commands.append(["inspect", path]) }
                for arguments in commands {
                    expect(try Program.run(arguments), status: ExitCode.badData, says: "\(path): \(problem)")
                }
            }
        }

        @Test func sources() throws {
            let scratch = try Scratch()
            for (path, problem) in try paths(scratch).prefix(2) {
                expect(
                    try Program.run(["dataset", "import", path, "--out", scratch("out")]), status: ExitCode.badData,
                    says: path, problem)
            }
            let folder = try scratch.folder("images")
            #expect(mkfifo(folder + "/x.png", 0o600) == 0)
            expect(
                try Program.run(["dataset", "import", folder, "--out", scratch("out")]), status: ExitCode.badData,
                says: "\(folder)/x.png: is a FIFO")
        }

        @Test func labelsBesideImages() throws {
            let scratch = try Scratch()
            try AtomicFile.write(
                [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 4] + [UInt8](repeating: 9, count: 16),
                to: scratch("images-idx3-ubyte"))
            #expect(mkfifo(scratch("labels-idx1-ubyte"), 0o600) == 0)
            expect(
                try Program.run(["dataset", "import", scratch("images-idx3-ubyte"), "--out", scratch("out")]),
                status: ExitCode.badData, says: "labels-idx1-ubyte: is a FIFO")
        }

        @Test func sparseImages() throws {
            let scratch = try Scratch()
            let path = try scratch.folder("images") + "/x.png"
            try AtomicFile.write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], to: path)
            #expect(truncate(path, 40 << 30) == 0)
            expect(
                try Program.run(["dataset", "import", scratch("images"), "--out", scratch("out")]),
                status: ExitCode.badData, says: path, "holds 42.9 GB")
        }
    }

    /// What files are called, and what they hold, cannot forge a line or move the cursor of a terminal.
    @Suite struct ForgedLines {
        private static let name = "a\nerror: forged\u{1B}[2J\u{9B}31m"
        private static let shown = "a\\nerror: forged\\u{1B}[2J\\u{9B}31m"

        private func expectNone(_ result: ProcessResult, location: SourceLocation = #_sourceLocation) {
            let output = result.stdout + result.stderr
            #expect(!output.contains("\u{1B}") && !output.contains("\u{9B}"), "\(output)", sourceLocation: location)
            #expect(
                !output.split(separator: "\n").contains { $0.hasPrefix("error: forged") }, "\(output)",
                sourceLocation: location)
        }

        @Test func inErrors() throws {
            let scratch = try Scratch()
            let missing = scratch(Self.name)
            for arguments in [
                ["inspect", missing], ["train", "--data", missing, "--run", scratch("run")],
                ["dataset", "import", missing, "--out", scratch("out")], ["bench", "scaling", missing],
                ["train", "--data", "x", "--run", "y", "--config", missing],
                ["train", "--data", "x", "--run", "y", "--set", Self.name], ["bench", "step", Self.name],
                ["sample", "x.h5", "--out", "o", "--grid", Self.name], ["dataset", Self.name], ["--\(Self.name)"],
            ] {
                let result = try Program.run(arguments)
                #expect(result.status != 0)
                #expect(result.stderr.contains(Self.shown), "\(arguments): \(result.stderr)")
                expectNone(result)
            }
        }

        @Test func inErrorsOfRanks() throws {
            let scratch = try Scratch()
            let result = try Program.run(
                ["train", "--data", scratch(Self.name), "--run", scratch("run")], ranks: 2)
            #expect(result.stderr.contains(Self.shown), "\(result.stderr)")
            expectNone(result)
        }

        @Test func inWhatIsInspectedAndLogged() throws {
            let scratch = try Scratch()
            let file = try HDF5File(inMemory: scratch("a.h5"))
            try file.write([1, 2, 3] as [Int32], shape: [3], to: Self.name)
            try file.setAttribute("text\u{1B}[2J", to: .string(Self.name))
            try file.save(to: scratch("a.h5"))
            let inspected = try Program.run(["inspect", scratch("a.h5")])
            expect(inspected, status: 0, says: Self.shown)
            #expect(inspected.stdout.contains("    error: forged\\u{1B}"), "\(inspected.stdout)")
            expectNone(inspected)

            let run = TestRun(data: try scratch.shapes(), folder: scratch("run" + Self.name))
            let result = try run.train(images: 8)
            expect(result, status: 0, says: "run" + Self.shown)
            expectNone(result)
            let log = try String(contentsOfFile: run.folder + "/log.txt", encoding: .utf8)
            #expect(log.contains("run" + Self.shown))
            #expect(log.split(separator: "\n").allSatisfy { $0.first?.isNumber == true }, "\(log)")
            let read = try Program.run(["inspect", run.folder])
            expect(read, status: 0, says: "run" + Self.shown)
            expectNone(read)
        }
    }
}
