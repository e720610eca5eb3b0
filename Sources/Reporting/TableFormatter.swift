import Failure

/// Aligned plain-text tables.
public struct TableFormatter: Sendable {
    public enum Alignment: Sendable {
        case left, right
    }

    /// One column: its heading, and the side to which its cells lean.
    public struct Column: Sendable {
        public var heading: String
        public var alignment: Alignment

        public init(_ heading: String, _ alignment: Alignment = .left) {
            self.heading = heading
            self.alignment = alignment
        }
    }

    public var columns: [Column]
    private var rows: [[String]?] = []

    public init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty, and control characters in a cell are shown as escapes.
    public mutating func add(_ cells: [String]) {
        precondition(cells.count <= columns.count, "\(cells.count) cells in a table of \(columns.count) columns")
        rows.append(cells.map { $0.visible() } + Array(repeating: "", count: columns.count - cells.count))
    }

    /// Adds a line across the table.
    public mutating func addRule() {
        rows.append(nil)
    }

    /// The table: headings, a rule, rows; two spaces between columns, no spaces at line ends, no final line break.
    public var text: String {
        let headings = columns.map(\.heading)
        let widths = columns.indices.map { column in
            ([headings] + rows.compactMap { $0 }).map { $0[column].count }.max() ?? 0
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        let lines = [line(headings, widths), rule] + rows.map { $0.map { line($0, widths) } ?? rule }
        return lines.joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = zip(cells, zip(widths, columns)).map { cell, shape in
            let space = String(repeating: " ", count: shape.0 - cell.count)
            return shape.1.alignment == .left ? cell + space : space + cell
        }.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        return text
    }
}
