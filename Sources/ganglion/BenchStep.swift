import ArgumentParser
import Cluster
import Configuration
import Failure
import Foundation
import Reporting
import Storage
import Training

/// `ganglion bench step`.
struct BenchStep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Time a whole training step.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion bench step R32 R64 --json
              ganglion bench step P256 --repetitions 1 --ways 1x2
              ganglion bench step --sweep

            Each case is measured in every way of using the cores: one rank with one thread, one rank with all \
            threads, one rank for each core (through mpirun). R32 and R64 are StyleGAN2 with GGDR at 32² and 64² with \
            up to 128 channels, batch 16 and 8; S8 to S128 the same networks at 8² to 128², batch 16; P256 is the \
            preset paper256 with batch 2, one image at a time, and P128 its networks at 128², batch 8.
            """))

    @Argument(
        help: """
            \(StepBenchmark.Case.allCases.map(\.rawValue).joined(separator: ", ")). Default: \
            \(StepBenchmark.Case.usual.map(\.rawValue).joined(separator: ", ")).
            """)
    var cases: [String] = []

    @Option(help: "Steps that are timed; the median counts. Default: 15, of the sweep 5.")
    var repetitions: Int?

    @Option(help: "Images of a step, in place of the case's.")
    var batch: Int?

    @Option(help: "Images computed as one unit, in place of the case's.")
    var microbatch: Int?

    @Option(
        help: ArgumentHelp("Ranks and threads of each, such as 1x1,1x2,2x1. Default: all.", valueName: "ways"))
    var ways: String?

    @Flag(
        help: """
            The table of throughput: S8 to S128 with batches of 4 to 32, one rank with all threads; what does not fit \
            into memory is left out.
            """)
    var sweep = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup
    var profiling: ProfilingOptions

    @Option(help: .hidden)
    var asRank: Int?

    func validate() throws {
        try BenchCommand.check(
            ("repetitions", repetitions, 1_000_000), ("batch", batch, 1_048_576), ("microbatch", microbatch, 4096),
            ("as-rank", asRank, 1024))
        if profiling.profile, ways != nil {
            throw ValidationError("--profile measures one rank; choose its threads with --threads, not --ways")
        }
        if sweep, profiling.profile || !cases.isEmpty || batch != nil || microbatch != nil || ways != nil {
            throw ValidationError("--sweep chooses cases, batches and ways itself; only --repetitions goes with it")
        }
    }

    func run() throws {
        if sweep { return try BenchSweep(repetitions: repetitions ?? 5).run(json: json) }
        let loads = try chosen.map { StepBenchmark.Load($0, batch: batch, microbatch: microbatch) }
        if let threads = asRank { measureAsRank(loads[0], repetitions: repetitions ?? 1, threads: threads) }
        var measurements: [(StepBenchmark.Load, BenchWay)] = []
        for load in loads { measurements += try waysToMeasure(load).map { (load.shared(by: $0.ranks), $0) } }
        let results = try measurements.map { load, way in
            try Self.measure(load, way, repetitions: repetitions ?? 15, isProfiled: profiling.profile)
        }
        if json {
            try BenchCommand.printJSON("step", results)
        } else {
            printBlock(Self.table(results))
            for result in results {
                result.profile.map { printBlock(StepProfileText($0, result, top: profiling.top).text) }
            }
        }
    }

    private var chosen: [StepBenchmark.Case] {
        get throws {
            guard !cases.isEmpty else { return StepBenchmark.Case.usual }
            return try cases.map { name in
                guard let known = StepBenchmark.Case(rawValue: name.uppercased()) else {
                    throw ValidationError(
                        "no case \(name); there are "
                            + StepBenchmark.Case.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return known
            }
        }
    }

    /// Those asked for, which must fit; else all that fit. A profile is that of one rank.
    private func waysToMeasure(_ load: StepBenchmark.Load) throws -> [BenchWay] {
        let profiled = profiling.profile ? [BenchWay(ranks: 1, threads: profiling.threads ?? Processors.allowed)] : nil
        let asked = try profiled ?? ways.map(BenchWay.parse)
        let ways = asked ?? BenchWay.all(cores: Processors.allowed).filter { load.isDivisible(by: $0.ranks) }
        // A batch that does not fit even one rank must be reported, not left out.
        for way in ways.isEmpty ? [BenchWay(ranks: 1, threads: 1)] : ways {
            do {
                _ = try load.shared(by: way.ranks).configuration(ranks: way.ranks, cores: way.threads)
            } catch {
                throw ValidationError("\(load.name.rawValue) on \(way.ranks) rank(s): \(error)")
            }
        }
        return ways
    }

    /// In a process of its own, so that the peak of memory is its own too.
    static func measure(
        _ load: StepBenchmark.Load, _ way: BenchWay, repetitions: Int, isProfiled: Bool = false
    ) throws -> StepBenchmark.Result {
        try BenchRanks(way).result(
            of: [
                "step", load.name.rawValue, "--batch", "\(load.batch)", "--microbatch", "\(load.microbatch)",
                "--repetitions", "\(repetitions)", "--as-rank", "\(way.threads)",
            ] + (isProfiled ? ["--profile"] : []))
    }

    private func measureAsRank(_ load: StepBenchmark.Load, repetitions: Int, threads: Int) -> Never {
        JobGuard.launch { communicator in
            try Processors.start(threads: threads, cores: try Processors.perRank(communicator))
            let result = try StepBenchmark(
                load, repetitions: repetitions, communicator: communicator, isProfiled: profiling.profile
            ).run()
            if communicator.isRoot { print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self)) }
            return ExitCode.done
        }
    }

    private static func table(_ results: [StepBenchmark.Result]) -> String {
        var table = TableFormatter([
            .init("case"), .init("batch", .right), .init("ranks × threads"), .init("images/s", .right),
            .init("±", .right), .init("Gmain", .right), .init("Greg", .right), .init("Dmain", .right),
            .init("Dreg", .right), .init("optimizer", .right), .init("effective GFLOP/s", .right),
            .init("sgemm GFLOP/s", .right), .init("peak RSS", .right), .init("growth", .right),
        ])
        for result in results {
            func ms(_ name: String) -> String { NumberText.fixed((result.seconds[name] ?? 0) * 1000, 1) + " ms" }
            table.add([
                result.name, "\(result.batch) of \(result.microbatch)", "\(result.ranks) × \(result.threads)",
                NumberText.fixed(result.imagesPerSecond, result.imagesPerSecond < 10 ? 2 : 1),
                BenchCommand.spreadText(result.spread), ms("gmain"), ms("greg"), ms("dmain"), ms("dreg"),
                ms("optimizer"), NumberText.fixed(result.effectiveGflops, 0),
                NumberText.fixed(result.peakGflops, 0), NumberText.fixed(result.peakRssMb, 0) + " MB",
                NumberText.fixed(result.rssGrowthMb, 1) + " MB",
            ])
        }
        return table.text
    }
}
