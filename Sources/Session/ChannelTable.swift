import Foundation
import Storage

/// What the channels of a new dataset are like, a line each.
enum ChannelTable {
    /// A head, then a line for each; columns are as wide as what stands in them.
    static func lines(_ channels: [ChannelReport]) -> [String] {
        var rows = [["", "unit", "curve", "min", "max", "mean", "deviation", "zeros", "filled"]]
        rows += channels.map { report in
            let mark = report.part == .sample ? "" : report.part == .vector ? " (condition)" : " (condition image)"
            return [
                report.channel.name + mark, report.channel.unit, report.channel.transform.curve.text,
                number(Double(report.minimum)), number(Double(report.maximum)), number(report.mean),
                number(report.deviation), String(format: "%.1f %%", 100 * report.zeros),
                report.filled > 0 ? "\(report.filled)" : "",
            ]
        }
        // A column that says nothing is left out.
        let columns = rows[0].indices.filter { column in
            column == 0 || rows.dropFirst().contains { !$0[column].isEmpty }
        }
        let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(columns, widths).map { column, width in
                let space = String(repeating: " ", count: width - row[column].count)
                // Texts begin, numbers end on one line.
                return column < 3 ? row[column] + space : space + row[column]
            }
            let line = cells.joined(separator: "  ")
            return "  " + (line.lastIndex { $0 != " " }.map { String(line[...$0]) } ?? "")
        }
    }

    private static func number(_ value: Double) -> String { String(format: "%.5g", value) }
}
