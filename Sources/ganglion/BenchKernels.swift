import ArgumentParser
import Benchmarks
import Reporting

/// `ganglion bench kernels`.
struct BenchKernels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Measure the kernels one by one.",
        discussion: HelpText.text(
            """
            Example:

              ganglion bench kernels --filter 3x3 --threads 1

            Convolutions and dense layers: operations of the direct computation over time, so Winograd's exceed the \
            peak of sgemm. Kernels that memory bounds: bytes of all operands over time; "affine" is the yardstick. \
            Medians, and half the spread of the middle half.
            """))

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Worker threads. Default: the cores that this process may use.")
    var threads: Int?

    @Option(help: ArgumentHelp("Only lines whose name contains this.", valueName: "text"))
    var filter: String?

    @Option(help: "Measure each line for at least so long.")
    var seconds = 0.2

    func validate() throws {
        try BenchCommand.check(("threads", threads, 1024))
        try BenchCommand.check(seconds: seconds, most: 60)
    }

    func run() throws {
        let report = try asUsage {
            try KernelBenchmark.measure(filter: filter, seconds: seconds, threads: threads)
        }
        printBlock(json ? try BenchJSON.text("kernels", report) : KernelText.text(report))
    }
}
