import Reporting

/// What `ganglion bench cluster` found, as a table.
public enum ClusterText {
    public static func text(_ results: [ClusterBenchmark.Result]) -> String {
        var table = TableFormatter([
            .init("case"), .init("ranks"), .init("hosts"), .init("way"), .init("ms a step", .right), .init("±", .right),
            .init("images/s", .right), .init("to alone", .right), .init("in sums", .right),
            .init("not hidden", .right), .init("hidden", .right), .init("MB sent", .right),
        ])
        let alone = results.first { $0.way == .alone }
        let exposed = results.first { $0.way == .exposed }
        for result in results {
            func ms(_ seconds: Double) -> String { NumberText.fixed(seconds * 1000, 1) + " ms" }
            let hidden = exposed.map { exposed in
                NumberText.fixed((1 - result.notHiddenSeconds / exposed.notHiddenSeconds) * 100, 0) + " %"
            }
            table.add([
                result.name, "\(result.ranks) × \(result.threads)", "\(result.hosts)", result.way.rawValue,
                NumberText.fixed(result.secondsPerStep * 1000, 1), spreadText(result.spread),
                NumberText.fixed(Double(result.batch) / result.secondsPerStep, 1),
                alone.map { NumberText.fixed(result.secondsPerStep / $0.secondsPerStep, 3) } ?? "",
                ms(result.communicationSeconds), ms(result.notHiddenSeconds),
                result.way == .alone ? "" : hidden ?? "", NumberText.fixed(result.bytesPerStep / 1e6, 1),
            ])
        }
        return table.text
    }
}
