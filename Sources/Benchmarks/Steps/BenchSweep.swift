import Foundation
import Reporting
import Session

/// `ganglion bench step --sweep`: throughput by resolution and batch, on one rank with all threads.
public struct BenchSweep: Sendable {
    private let repetitions: Int

    /// - Parameter repetitions: steps of each cell that are timed.
    public init(repetitions: Int) { self.repetitions = repetitions }

    private static let batches = [4, 8, 16, 32]

    /// Of the memory that is free now; the rest is for what happens meanwhile.
    private static let usableMemory = 0.8

    /// What `--json` has under `sweep`.
    public struct Report: Codable, Sendable {
        var results: [StepBenchmark.Result] = []
        /// What did not fit into memory.
        var skipped: [Skipped] = []
    }

    struct Skipped: Codable {
        var name: String
        var batch: Int
        var microbatch: Int

        enum CodingKeys: String, CodingKey {
            case name = "case"
            case batch, microbatch
        }
    }

    /// Each cell in a process of its own.
    public func run() throws -> Report {
        var report = Report()
        var forecast = MemoryForecast()
        let way = BenchWay(ranks: 1, threads: Processors.allowed)
        for name in StepBenchmark.Case.sizes {
            for batch in Self.batches {
                let load = StepBenchmark.Load(name, batch: batch, microbatch: min(8, batch))
                let skipped = Skipped(name: name.rawValue, batch: batch, microbatch: load.microbatch)
                if let peak = forecast.peak(of: load), peak > Self.available {
                    report.skipped.append(skipped)
                    continue
                }
                do {
                    let result = try StepRuns.measure(load, way, repetitions: repetitions)
                    forecast.add(load, peak: result.peakRssMb * 1e6)
                    report.results.append(result)
                } catch let failure as BenchFailure where failure.wasKilled {
                    report.skipped.append(skipped)
                }
            }
        }
        return report
    }

    private static var available: Double {
        let bytes = ProcessMemory.availableBytes
        return bytes > 0 ? Double(bytes) * usableMemory : .infinity
    }

    public static func text(_ report: Report) -> String {
        [
            table("images/s", report) { NumberText.fixed($0.imagesPerSecond, $0.imagesPerSecond < 10 ? 2 : 1) },
            table("±", report) { spreadText($0.spread) },
            table("peak RSS", report) { NumberText.fixed($0.peakRssMb, 0) + " MB" }, steadiness(report),
        ].joined(separator: "\n\n")
    }

    /// The spread of a cell cannot tell that something else had a core all the time; sgemm beside it can.
    private static func steadiness(_ report: Report) -> String {
        let peaks = report.results.map(\.peakGflops)
        let range = [peaks.min() ?? 0, peaks.max() ?? 0].map { NumberText.fixed($0, 0) }.joined(separator: " to ")
        return "sgemm of 1024³ beside each: \(range) GFLOP/s. Where that varies much, the machine was not free."
    }

    private static func table(
        _ heading: String, _ report: Report, _ cell: (StepBenchmark.Result) -> String
    ) -> String {
        var table = TableFormatter(
            [.init(heading)] + batches.map { .init("batch \($0)", .right) })
        for name in StepBenchmark.Case.sizes {
            table.add(
                ["\(name.resolution)²"]
                    + batches.map { batch in
                        report.results.first { $0.name == name.rawValue && $0.batch == batch }.map(cell) ?? "-"
                    })
        }
        return table.text
    }
}
