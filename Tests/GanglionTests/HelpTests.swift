import Foundation
import TestSupport
import Testing

extension OneProcess {
    /// What help says can be done as it is said.
    @Suite struct Help {
        static let commands: [[String]] = [
            [], ["train"], ["sample"], ["translate"], ["evaluate"], ["inspect"], ["dataset", "import"],
            ["dataset", "synthesize"],
            ["dataset", "info"], ["bench", "step"], ["bench", "cluster"], ["bench", "kernels"], ["bench", "allreduce"],
            ["bench", "data"], ["bench", "scaling"], ["visualize", "attention"], ["visualize", "features"],
            ["visualize", "decoder"], ["visualize", "spectrum"], ["visualize", "interpolation"],
            ["visualize", "mixing"],
            ["visualize", "truncation"], ["visualize", "neighbours"], ["visualize", "project"], ["report"],
            ["study", "plan"],
            ["study", "report"], ["features", "train"],
        ]

        private func help(_ command: [String], columns: Int, name: String? = nil) throws -> [String] {
            let program = try ChildProcess.product("ganglion")
            let called = ["bash", "-c", "name=$1 program=$2; shift 2; exec -a \"$name\" \"$program\" \"$@\"", "bash"]
            let result = try ChildProcess.run(
                called + [name ?? program, program] + command + ["--help"], environment: ["COLUMNS": "\(columns)"])
            expect(result, status: 0, says: "USAGE: ganglion")
            return result.stdout.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }

        /// Lines that are to be pasted, with those that they go on in.
        private func examples(_ lines: [String]) -> [String] {
            let about = lines.prefix { !$0.hasPrefix("USAGE: ") }
            return zip([""] + about, about).filter { before, line in
                line.hasPrefix("  ") && (line.contains("ganglion ") || before.hasSuffix("\\"))
            }.map(\.1)
        }

        /// However narrow the terminal is.
        @Test(arguments: commands) func examplesStayWhole(command: [String]) throws {
            let wide = try examples(help(command, columns: 500, name: "ganglion"))
            #expect(wide.contains { $0.contains(" ganglion \(command.joined(separator: " "))") })
            #expect(wide.allSatisfy { $0.count <= 90 }, "\(wide)")
            #expect(wide.last?.hasSuffix("\\") == false)
            for columns in [40, 80] {
                #expect(try examples(help(command, columns: columns, name: "ganglion")) == wide, "\(columns)")
            }
        }

        /// The text around them is broken at the terminal's width, with no mark left over.
        @Test(arguments: commands) func otherLinesFit(command: [String]) throws {
            let lines = try help(command, columns: 80, name: "ganglion")
            let whole = Set(examples(lines))
            // The synopsis is one line, whatever it takes.
            for line in lines where !whole.contains(line) && !line.hasPrefix("USAGE: ") {
                #expect(line.count <= 80, "\(line)")
            }
            #expect(!lines.joined().unicodeScalars.contains { $0.properties.generalCategory == .privateUse })
        }

        static let names = [
            ("ganglion", "ganglion"), ("cluster/ganglion", "cluster/ganglion"),
            ("../my tools/ganglion", "'../my tools/ganglion'"),
        ]

        @Test(arguments: names) func examplesCallTheProgramAsItWasCalled(name: String, shown: String) throws {
            let lines = try help(["sample"], columns: 80, name: name)
            #expect(lines.contains("  \(shown) sample runs/first --out samples --count 100"), "\(lines)")
        }

        @Test func presetsThatAreOfferedCanBeHad() throws {
            let text = try help(["train"], columns: 100).joined(separator: "\n")
            for preset in ["quick-pggan", "quick-sagan", "sagan-ggdr"] { #expect(text.contains(preset), "\(preset)") }
            let scratch = try Scratch()
            let refused = try Program.run([
                "train", "--data", try scratch.shapes(), "--run", scratch("run"), "--preset", "stylegan3",
            ])
            expect(refused, status: 78, says: "stylegan3")
        }

        /// `cluster/ganglion`, in a clone of its own.
        @Test func theWrapperRunsWhatWasBuilt() throws {
            let scratch = try Scratch()
            let cluster = try scratch.folder("clone/cluster")
            for name in ["ganglion", "common.bash"] {
                try scratch.copy(Repository.script(name), to: "clone/cluster/\(name)")
            }
            let wrapper = cluster + "/ganglion"
            let early = try ChildProcess.run([wrapper, "--version"])
            expect(
                early, status: 66, says: "\(scratch("clone"))/.build/release/ganglion' is not built yet", "swift build")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("clone")) == ["cluster"])

            let release = try scratch.folder("clone/.build/release")
            let program = try ChildProcess.product("ganglion")
            try FileManager.default.createSymbolicLink(atPath: release + "/ganglion", withDestinationPath: program)
            expect(try ChildProcess.run([wrapper, "--version"]), status: 0, says: "0.1.0")
            expect(try ChildProcess.run([wrapper, "sample"]), status: 64, says: "Usage: ganglion sample")
            let help = "sample --help"
            expect(
                try ChildProcess.run(["bash", "-c", "cd '\(scratch("clone"))' && cluster/ganglion \(help)"]), status: 0,
                says: "  cluster/ganglion sample runs/first --out samples")
            // Called through a link in PATH it goes by that name.
            let bin = try scratch.folder("bin")
            try FileManager.default.createSymbolicLink(atPath: bin + "/ganglion", withDestinationPath: wrapper)
            expect(
                try ChildProcess.run(["bash", "-c", "PATH='\(bin)':$PATH; ganglion \(help)"]), status: 0,
                says: "  ganglion sample runs/first --out samples")
        }
    }
}
