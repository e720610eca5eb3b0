import ArgumentParser
import Benchmarks
import Reporting
import Session

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
            threads, one rank for each core (through mpirun). R32 and R64 are StyleGAN2 with GGDR at 32² and 64² \
            with up to 128 channels, batch 16 and 8; Q32 is the preset quick at 32²; S8 to S128 the same networks at \
            8² to 128², batch 16; P256 is the preset paper256 with batch 2, one image at a time, and P128 its \
            networks at 128², batch 8. G32 is the preset pggan at 32², fully grown, with up to 128 channels, batch \
            16. S32A and S128A are the preset sagan with ten classes at 32² and 128², 64 and 32 channels there, \
            batch 32 and 8, attention at 16² and 32². N32 is the preset r3gan with 256 channels and without \
            augmentation, batch 8, and N32-SMALL the preset r3gan-small. O64 and O128 are the preset oasis at 64² \
            and 128² with half of its channels and label maps of seven classes, batch 8 and 4; U128 is the preset \
            pix2pix at 128² with half of its channels, batch 8, and U256 that preset at 256², batch 1. R32-ADA, \
            R32-DIFFAUGMENT and those of R64 are R32 and R64 with an augmentation of what the discriminator sees: \
            ADA's transforms bgc, each with a probability of one half, and all of DiffAugment.
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
        if sweep {
            let report = try BenchSweep(repetitions: repetitions ?? 5).run()
            return printBlock(json ? try BenchJSON.text("sweep", report) : BenchSweep.text(report))
        }
        let runs = try asUsage {
            try StepRuns(
                cases: cases, batch: batch, microbatch: microbatch, repetitions: repetitions, ways: ways,
                profiledThreads: profiling.profile ? profiling.threads ?? Processors.allowed : nil)
        }
        if let threads = asRank { runs.launchAsRank(threads: threads) }
        let results = try asUsage { try runs.results() }
        if json { return printBlock(try BenchJSON.text("step", results)) }
        printBlock(StepText.text(results))
        for result in results {
            result.profile.map { printBlock(StepProfileText($0, result, top: profiling.top).text) }
        }
    }
}

/// `ganglion bench step --profile`.
struct ProfilingOptions: ParsableArguments {
    @Flag(help: "Measure one rank, and print where its time goes, operation by operation.")
    var profile = false

    @Option(help: "Threads of the rank that is profiled (default: all cores).")
    var threads: Int?

    @Option(help: "Operations and shapes that the profile's table lists; JSON has all.")
    var top = 40

    func validate() throws {
        guard profile || threads == nil else { throw ValidationError("--threads chooses those of --profile") }
        try BenchCommand.check(("threads", threads, 1024), ("top", top, .max))
    }
}
