import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `cluster/study` and `ganglion study` with runs of their own.
    @Suite struct StudyRuns {
        @Test func fromTheFileToTheTable() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let program = try ChildProcess.product("ganglion")
            func write(seeds: String, rate: String) throws {
                try """
                name: Rates
                data: \(data)
                out: \(scratch("out"))
                seeds: \(seeds)
                metrics: [swd]
                kimg: 0.096
                every_kimg: 0.048
                threads: 1
                beside: 2
                base:
                  batch: 8
                  microbatch: 4
                  metrics.images: 16
                  snapshot.grid: 2x2
                  model: {channel_base: 256, channel_max: 16, z_dim: 16, w_dim: 16}
                settings:
                  plain:
                  fast: {optimizer.g_lr: \(rate)}
                """.write(toFile: scratch("rates.yaml"), atomically: false, encoding: .utf8)
            }
            func study() throws -> ProcessResult {
                try ChildProcess.run(
                    [Repository.script("study"), "--program", program, scratch("rates.yaml")], timeout: 120)
            }
            try write(seeds: "[1]", rate: "0.005")
            let first = try study()
            expect(
                first, status: 0, says: "# Rates", "2 of 2 runs are done.", "`fast` | 1 of 1", "0.048 kimg | 0.096 kimg"
            )
            #expect(!first.stdout.contains("Left out"), "\(first.stdout)")
            #expect(try String(contentsOfFile: scratch("out/study.md"), encoding: .utf8) == first.stdout)
            #expect(FileManager.default.fileExists(atPath: scratch("out/study.svg")))

            // Another seed: what is done stays as it is.
            let before = contents(of: scratch("out/runs/fast/seed-1"))
            try write(seeds: "[1, 2]", rate: "0.005")
            let plan = try Program.run(["study", "plan", scratch("rates.yaml")])
            expect(plan, status: 0, says: "2 settings × 2 seeds, 2 of 4 runs to do", "fast, seed 1", "done")
            let second = try study()
            expect(second, status: 0, says: "4 of 4 runs are done.", "`fast` | 2 of 2", " ± ", "[3 of 4] plain, seed 2")
            #expect(contents(of: scratch("out/runs/fast/seed-1")) == before)

            try write(seeds: "[1, 2]", rate: "0.004")
            let mixed = try study()
            expect(mixed, status: 78, says: "fast, seed 1", "was run with optimizer.g_lr=0.005, not 0.004")
            let report = try Program.run(["study", "report", scratch("rates.yaml")])
            expect(report, status: 0, says: "`fast` | 0 of 2 | –", "## Left out", "not 0.004")
        }
    }
}
