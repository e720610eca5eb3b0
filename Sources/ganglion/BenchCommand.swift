import ArgumentParser
import Cluster
import Foundation
import Reporting
import Storage
import Training

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure how fast this machine trains.", subcommands: [BenchStep.self])
}

struct BenchStep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Time a whole training step.",
        discussion: """
            Example:

              ganglion bench step R32 R64 --json

            Each case is measured in every way of using the cores: one rank with one thread, one rank with all \
            threads, one rank for each core (through mpirun). R32 and R64 are StyleGAN2 with GGDR at 32² and 64² with \
            up to 128 channels, batch 16 and 8.
            """)

    @Argument(help: "\(StepBenchmark.Case.allCases.map(\.rawValue).joined(separator: ", ")).")
    var cases: [String] = StepBenchmark.Case.allCases.map(\.rawValue)

    @Option(help: "Steps that are timed; the median counts.")
    var repetitions = 15

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup
    var profiling: ProfilingOptions

    @Option(help: .hidden)
    var asRank: Int?

    private struct Report: Codable {
        var step: [StepBenchmark.Result]
    }

    func run() throws {
        let chosen = try cases.map { name in
            guard let known = StepBenchmark.Case(rawValue: name.uppercased()) else {
                throw ValidationError(
                    "no case \(name); there are "
                        + StepBenchmark.Case.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return known
        }
        guard repetitions > 0 else { throw ValidationError("--repetitions \(repetitions): expected 1 or more") }
        if let threads = asRank {
            JobGuard.launch(exitCode: { Failure.code(of: $0) ?? ExitCode.internalError }) { communicator in
                try Processors.start(threads: threads, cores: try Processors.perRank(communicator))
                let result = try StepBenchmark(
                    chosen[0], repetitions: repetitions, communicator: communicator, isProfiled: profiling.profile
                ).run()
                if communicator.isRoot { print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self)) }
                return ExitCode.done
            }
        }
        var results: [StepBenchmark.Result] = []
        for name in chosen {
            for way in ways { results.append(try measure(name, way)) }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(Report(step: results)), as: UTF8.self))
        } else {
            print(Self.table(results))
            for result in results { result.profile.map { print(StepProfileText($0, result, top: profiling.top).text) } }
        }
    }

    /// A profile is that of one rank.
    private var ways: [Way] {
        let cores = Processors.allowed
        return profiling.profile ? [Way(ranks: 1, threads: profiling.threads ?? cores)] : Way.all(cores: cores)
    }

    /// Ranks and threads of each.
    private struct Way {
        var ranks: Int
        var threads: Int

        static func all(cores: Int) -> [Way] {
            var ways = [Way(ranks: 1, threads: 1)]
            guard cores > 1 else { return ways }
            ways.append(Way(ranks: 1, threads: cores))
            var ranks = 1
            while ranks * 2 <= min(cores, 8) { ranks *= 2 }
            ways.append(Way(ranks: ranks, threads: cores / ranks))
            return ways
        }
    }

    /// In a process of its own, so that the peak of memory is its own too.
    private func measure(_ name: StepBenchmark.Case, _ way: Way) throws -> StepBenchmark.Result {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let rank =
            [
                own, "bench", "step", name.rawValue, "--repetitions", "\(repetitions)", "--as-rank", "\(way.threads)",
            ] + (profiling.profile ? ["--profile"] : [])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let launcher = ["mpirun", "-np", "\(way.ranks)", "--map-by", "slot:pe=\(way.threads)", "--bind-to", "core"]
        process.arguments = way.ranks == 1 ? rank : launcher + rank
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]) { _, new in new }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0,
            let result = try? JSONDecoder().decode(StepBenchmark.Result.self, from: output)
        else {
            throw BenchFailure(
                command: process.arguments?.joined(separator: " ") ?? "", status: process.terminationStatus)
        }
        return result
    }

    private static func table(_ results: [StepBenchmark.Result]) -> String {
        var table = TableFormatter([
            .init("case"), .init("ranks × threads"), .init("images/s", .right), .init("±", .right),
            .init("Gmain", .right), .init("Greg", .right), .init("Dmain", .right), .init("Dreg", .right),
            .init("optimizer", .right), .init("effective GFLOP/s", .right), .init("sgemm GFLOP/s", .right),
            .init("peak RSS", .right),
        ])
        for result in results {
            func ms(_ name: String) -> String { NumberText.fixed((result.seconds[name] ?? 0) * 1000, 1) + " ms" }
            table.add([
                result.name, "\(result.ranks) × \(result.threads)", NumberText.fixed(result.imagesPerSecond, 1),
                NumberText.fixed(result.spread * 100, 1) + " %", ms("gmain"), ms("greg"), ms("dmain"), ms("dreg"),
                ms("optimizer"), NumberText.fixed(result.effectiveGflops, 0),
                NumberText.fixed(result.peakGflops, 0), NumberText.fixed(result.peakRssMb, 0) + " MB",
            ])
        }
        return table.text
    }
}

/// A measuring process that gave no result.
private struct BenchFailure: ExitCoded, CustomStringConvertible {
    let command: String
    let status: Int32
    let exitCode = ExitCode.internalError
    var description: String {
        "`\(command)` ended with \(status) and measured nothing; what it says above tells why"
    }
}
