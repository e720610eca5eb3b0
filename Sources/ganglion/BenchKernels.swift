import ArgumentParser
import Kernels
import Reporting
import Training

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
        guard seconds > 0, seconds <= 60 else {
            throw ValidationError("--seconds \(seconds): expected more than 0, at most 60")
        }
    }

    func run() throws {
        let cores = Processors.allowed
        try Processors.start(threads: threads ?? cores, cores: cores)
        let report = try KernelBenchmark(
            filter: filter, seconds: seconds, spin: Processors.spin(threads: threads ?? cores, cores: cores)
        ).run()
        guard !report.isEmpty else {
            throw ValidationError("--filter \(filter ?? ""): no line has such a name; without it all are shown")
        }
        if json {
            try BenchCommand.printJSON("kernels", report)
        } else {
            printBlock(Self.tables(report).joined(separator: "\n\n"))
        }
    }

    private static func tables(_ report: KernelBenchmark.Report) -> [String] {
        [
            "sgemm of 1024³ on \(report.threads) thread(s): \(NumberText.fixed(report.peak.gflops, 1)) GFLOP/s "
                + "(± \(BenchCommand.spreadText(report.peak.spread)))",
            arithmetic("3×3, 1×1: N,C->K,H×W", report.convolutions), arithmetic("rows × in × out", report.dense),
            products(report.products), memory(report.memory), loops(report.loops), accuracy(report.accuracy),
        ].compactMap { $0 }
    }

    /// A row for each shape with its three operations.
    private static func arithmetic(_ heading: String, _ lines: [KernelBenchmark.Arithmetic]) -> String? {
        guard !lines.isEmpty else { return nil }
        let titles = ["forward", "input gradient", "weight gradient"]
        var table = TableFormatter(
            [.init(heading)]
                + titles.flatMap { title -> [TableFormatter.Column] in
                    [
                        .init(title, .right), .init("GFLOP/s", .right), .init("of sgemm", .right),
                        .init("±", .right),
                    ]
                })
        for start in stride(from: 0, to: lines.count, by: titles.count) {
            let shape = lines[start..<start + titles.count]
            table.add(
                [lines[start].name]
                    + shape.flatMap { line in
                        [
                            time(line.microseconds), NumberText.fixed(line.gflops, 1),
                            NumberText.fixed(line.shareOfPeak * 100, 0) + " %", BenchCommand.spreadText(line.spread),
                        ]
                    })
        }
        return table.text
    }

    private static func products(_ lines: [KernelBenchmark.Product]) -> String? {
        guard let core = lines.first?.core else { return nil }
        var table = TableFormatter([
            .init("rows × columns × depth"), .init("ours", .right), .init("GFLOP/s", .right),
            .init("OpenBLAS (\(core))", .right), .init("GFLOP/s", .right), .init("±", .right),
        ])
        for line in lines {
            table.add([
                line.name, time(line.microseconds), NumberText.fixed(line.gflops, 1), time(line.openBLASMicroseconds),
                NumberText.fixed(line.openBLASGflops, 1), BenchCommand.spreadText(line.spread),
            ])
        }
        return table.text
    }

    private static func memory(_ lines: [KernelBenchmark.Bandwidth]) -> String? {
        guard !lines.isEmpty else { return nil }
        var table = TableFormatter([
            .init("N,C,H×W"), .init("time", .right), .init("GB/s", .right), .init("±", .right),
        ])
        for line in lines {
            table.add([
                line.name, time(line.microseconds), NumberText.fixed(line.gigabytesPerSecond, 1),
                BenchCommand.spreadText(line.spread),
            ])
        }
        return table.text
    }

    private static func loops(_ lines: [KernelBenchmark.Loop]) -> String? {
        guard !lines.isEmpty else { return nil }
        var table = TableFormatter([.init("empty loop"), .init("µs", .right), .init("±", .right)])
        for line in lines {
            table.add([line.name, NumberText.short(line.microseconds), BenchCommand.spreadText(line.spread)])
        }
        return table.text
    }

    private static func accuracy(_ lines: [KernelBenchmark.Accuracy]) -> String? {
        guard !lines.isEmpty else { return nil }
        var table = TableFormatter([
            .init("Winograd against double precision"), .init("operation"), .init("max error", .right),
            .init("RMS error", .right),
        ])
        for line in lines {
            table.add([
                line.name, line.operation.rawValue.replacing("_", with: " "), NumberText.short(line.maximumError),
                NumberText.short(line.rmsError),
            ])
        }
        return table.text
    }

    private static func time(_ microseconds: Double) -> String {
        microseconds < 1000
            ? NumberText.fixed(microseconds, 1) + " µs" : NumberText.fixed(microseconds / 1000, 2) + " ms"
    }
}
