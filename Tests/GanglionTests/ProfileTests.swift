import Benchmarks
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion bench step --profile`.
    @Suite struct Profiles {
        private static let command = ["bench", "step", "R32", "--profile", "--threads", "1", "--repetitions", "1"]

        @Test func inJSONEverythingAddsUp() throws {
            struct Report: Decodable { var step: [StepBenchmark.Result] }
            let result = try Program.run(Self.command + ["--json", "--top", "1"])
            #expect(result.status == 0, "\(result.stderr)")
            let report = try JSONDecoder().decode(Report.self, from: Data(result.stdout.utf8))
            #expect(report.step.map { [$0.ranks, $0.threads] } == [[1, 1]])
            let step = try #require(report.step.first)
            let profile = try #require(step.profile)
            // The batch of R32 is 16, and there was one step.
            #expect(abs(profile.seconds * step.imagesPerSecond / 16 - 1) < 0.05)
            for lines in [profile.lines, profile.kinds] {
                let sum = lines.reduce(profile.outside.seconds) { $0 + $1.seconds }
                #expect(abs(sum / profile.seconds - 1) < 1e-9)
            }
            let wide = profile.lines.first { $0.operation == "conv" && $0.shape == "3×3 16×32×32 128→128" }
            #expect(try #require(wide).effectiveGflops > 0)
        }

        @Test func asText() throws {
            let result = try Program.run(Self.command + ["--top", "2"])
            expect(result, status: 0, says: "outside operations", "mean step", "3×3 16×32×32 128→128", "matrix product")
            let lines = result.stdout.split(separator: "\n").map(String.init)
            let start = try #require(lines.firstIndex { $0.hasPrefix("operation") })
            // Headings, a rule, two operations, a rule, the rest.
            #expect(lines[start + 4].hasPrefix("---") && lines[start + 5].contains(" more "), "\(result.stdout)")
        }

        @Test(arguments: [["--threads", "2"], ["--profile", "--threads", "0"], ["--profile", "--top", "0"]])
        func isRefused(options: [String]) throws {
            let wrong = try #require(options.last { $0.hasPrefix("--") })
            expect(try Program.run(["bench", "step", "R32"] + options), status: 64, says: wrong)
        }
    }
}
