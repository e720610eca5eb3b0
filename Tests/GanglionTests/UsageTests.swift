import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// The command line itself.
    @Suite struct Usage {
        static let wrong: [[String]] = [
            ["train", "--data", "x"], ["train", "--data", "x", "--run", "y", "--bogus"],
            ["train", "--data", "x", "--run", "y", "--kimg", "many"],
            ["train", "--data", "x", "--run", "y", "--batch", "8", "--batch-per-rank", "4"],
            ["train", "--data", "x", "--run", "y", "--transfer", "a.h5", "--resume", "b.h5"],
            ["train", "--data", "x", "--run", "y", "--set", "kimg"], ["report"], ["sample"], ["inspect"], ["nonsense"],
            ["dataset", "import"], ["dataset", "synthesize", "--out", "x", "--resolution", "7"],
            ["train", "--data", "x", "--run", "y", "--launch-name", "a \"b"], ["features", "train"],
            ["features", "train", "--data", "x", "--kimg", "1", "--epochs", "1"],
        ]

        @Test(arguments: wrong) func isRefused(arguments: [String]) throws {
            let result = try Program.run(arguments)
            expect(result, status: 64)
            #expect(result.stdout.isEmpty)
            #expect(result.stderr.lowercased().hasPrefix("error: "), "\(result.stderr)")
        }

        @Test(arguments: [wrong[0], wrong[1], wrong[4]]) func isRefusedOnceByRank0(arguments: [String]) throws {
            let result = try Program.run(arguments, ranks: 4)
            expect(result, status: 64)
            #expect(result.stderr.ranges(of: "Error: ").count == 1, "\(result.stderr)")
            #expect(result.stderr.ranges(of: "Usage: ganglion train").count == 1, "\(result.stderr)")
        }

        @Test func isReportedByTheRankThatWasStartedWrongly() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            let result = try Program.run(run.arguments(96), secondRank: run.arguments(96) + ["--bogus"])
            expect(result, status: 64, says: "Error: Unknown option '--bogus'")
        }

        @Test(
            arguments: [
                [], ["train"], ["sample"], ["evaluate"], ["report"], ["inspect"], ["dataset"], ["dataset", "import"],
                ["dataset", "synthesize"], ["dataset", "info"], ["bench", "step"], ["bench", "kernels"],
                ["bench", "allreduce"], ["bench", "data"], ["features", "train"],
            ])
        func helpHasAnExample(command: [String]) throws {
            let result = try Program.run(command + ["--help"])
            expect(result, status: 0, says: "USAGE: ganglion")
            if command != ["dataset"] { #expect(result.stdout.contains("ganglion \(command.first ?? "dataset") ")) }
        }

        /// mpirun gives its ranks terminals; what it writes to a file must have no control characters all the same.
        @Test func progressInAFileIsPlainText() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            for ranks in [nil, 2] {
                let result = try run.train(images: ranks == nil ? 40 : 80, ranks: ranks)
                expect(result, status: 0, says: "done: ")
                #expect(!result.stdout.contains("\u{1B}") && !result.stdout.contains("\r"), "\(ranks ?? 0)")
                #expect(result.stdout.ranges(of: "resumed from").count == (ranks == nil ? 0 : 1))
                #expect(result.stdout.ranges(of: "done: ").count == 1, "only rank 0 speaks")
            }
        }
    }
}
