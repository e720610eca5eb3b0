import Benchmarks
import Foundation
import TestSupport
import Testing

extension OneProcess {
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
            // The batch of R32 is 16, and there was one step. It is timed by two clocks, between which a busy machine may
            // do anything: a wrong unit is far off, and `StepProfileTests` tell the rest.
            let ratio = profile.seconds * step.imagesPerSecond / 16
            #expect(ratio > 0.5 && ratio < 2, "\(ratio)")
            for lines in [profile.lines, profile.kinds] {
                let sum = lines.reduce(profile.outside.seconds) { $0 + $1.seconds }
                #expect(abs(sum / profile.seconds - 1) < 1e-9)
            }
            let wide = profile.lines.first { $0.operation == "conv" && $0.shape == "3×3 16×32×32 128→128" }
            // 2·3·3·128·128 operations for each pixel of 16 images.
            let line = try #require(wide)
            let flops = 2.0 * 9 * 128 * 128 * 16 * 32 * 32 * line.calls
            #expect(abs(line.effectiveGflops * 1e9 * line.seconds / flops - 1) < 1e-6, "\(line)")
        }

        @Test func asText() throws {
            let result = try Program.run(Self.command + ["--top", "2"])
            // Which operations take the longest hangs on what else the machine does.
            expect(
                result, status: 0, says: "outside operations", "mean step", "matrix product", "16 of 16", "R32, 1 × 1")
            let lines = result.stdout.split(separator: "\n").map(String.init)
            let start = try #require(lines.firstIndex { $0.hasPrefix("operation") })
            // Headings, a rule, two operations, the longer one first, a rule, the rest.
            #expect(lines[start + 4].hasPrefix("---") && lines[start + 5].contains(" more "), "\(result.stdout)")
            let shares = lines[start + 2...start + 3].compactMap { line in
                line.components(separatedBy: " %").first?.split(separator: " ").last.flatMap { Double($0) }
            }
            #expect(shares.count == 2 && shares == shares.sorted(by: >), "\(result.stdout)")
        }

        @Test(arguments: [["--threads", "2"], ["--profile", "--threads", "0"], ["--profile", "--top", "0"]])
        func isRefused(options: [String]) throws {
            let wrong = try #require(options.last { $0.hasPrefix("--") })
            expect(try Program.run(["bench", "step", "R32"] + options), status: 64, says: wrong)
        }
    }
}
