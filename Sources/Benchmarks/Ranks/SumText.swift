import Failure
import Reporting

/// What `ganglion bench allreduce` found, as a table, and the sizes that it takes.
public enum SumText {
    public static func text(_ results: [SumBenchmark.Result]) -> String {
        var table = TableFormatter([
            .init("ranks"), .init("hosts"), .init("size", .right), .init("tree", .right), .init("±", .right),
            .init("GB/s", .right),
            .init("MPI_Allreduce", .right), .init("±", .right), .init("GB/s", .right), .init("ratio", .right),
        ])
        for result in results {
            let cells = [result.tree, result.mpi].flatMap { sum in
                [
                    NumberText.short(sum.milliseconds) + " ms", spreadText(sum.spread),
                    NumberText.fixed(sum.gigabytesPerSecond, 2),
                ]
            }
            table.add(
                [
                    "\(result.ranks)" + (result.isOversubscribed ? " (sharing cores)" : ""), "\(result.hosts)",
                    size(result.bytes),
                ] + cells
                    + [NumberText.fixed(result.ratio, 2)])
        }
        return table.text
    }

    /// Reads sizes such as 64kb,1mb, as bytes.
    public static func sizes(in text: String) throws(UsageError) -> [Int] {
        var sizes: [Int] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let text = word.lowercased()
            let shift = text.hasSuffix("kb") ? 10 : text.hasSuffix("mb") ? 20 : nil
            guard let shift, let number = Int(text.dropLast(2)), (1...4096).contains(number) else {
                throw UsageError("--sizes: found '\(word)', expected some such as 64kb,1mb (1 to 4096 each)")
            }
            sizes.append(number << shift)
        }
        return sizes
    }

    /// The sizes that are measured where none are asked for, as they are written.
    public static let usualSizes = SumBenchmark.usualSizes.map { size($0).lowercased().replacing(" ", with: "") }
        .joined(separator: ",")

    private static func size(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes >> 10) KB" : "\(bytes >> 20) MB"
    }
}
