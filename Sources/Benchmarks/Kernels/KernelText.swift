import Reporting

/// What `ganglion bench kernels` found, as tables.
public enum KernelText {
    public static func text(_ report: KernelBenchmark.Report) -> String {
        let tables: [String?] = [
            "sgemm of 1024³ on \(report.threads) thread(s): \(NumberText.fixed(report.peak.gflops, 1)) GFLOP/s "
                + "(± \(spreadText(report.peak.spread)))",
            arithmetic("3×3, 1×1: N,C->K,H×W", report.convolutions), arithmetic("rows × in × out", report.dense),
            products(report.products), memory(report.memory), loops(report.loops), accuracy(report.accuracy),
        ]
        return tables.compactMap { $0 }.joined(separator: "\n\n")
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
                            NumberText.fixed(line.shareOfPeak * 100, 0) + " %", spreadText(line.spread),
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
                NumberText.fixed(line.openBLASGflops, 1), spreadText(line.spread),
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
                spreadText(line.spread),
            ])
        }
        return table.text
    }

    private static func loops(_ lines: [KernelBenchmark.Loop]) -> String? {
        guard !lines.isEmpty else { return nil }
        var table = TableFormatter([.init("empty loop"), .init("µs", .right), .init("±", .right)])
        for line in lines {
            table.add([line.name, NumberText.short(line.microseconds), spreadText(line.spread)])
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
