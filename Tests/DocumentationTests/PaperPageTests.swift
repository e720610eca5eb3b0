import Foundation
import TestSupport
import Testing

/// The pages that go from a paper's formulas to the sources: each file is there, and declares the symbols named beside it.
@Suite struct PaperPageTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var page: String
        var part: String
        var file: String
        var symbols: [String]
        var testDescription: String { "\(page): \(part)" }
    }

    private static let head = "| In the paper | is | File | Symbol |"
    static let pages: [String] = Article.names.filter { $0.contains("/Paper") }

    /// - Throws: where a table's row has no such form.
    private static func rows(of page: String) throws -> [Row] {
        var rows: [Row] = []
        var isInside = false
        for line in try Article(page).lines {
            guard line.hasPrefix("|") else {
                isInside = false
                continue
            }
            if line == head { isInside = true }
            guard isInside, line != head, !line.hasPrefix("|---") else { continue }
            // A bar within a cell is escaped.
            let cells = line.replacingOccurrences(of: "\\|", with: "\u{1}").split(
                separator: "|", omittingEmptySubsequences: false
            ).map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count == 6, "\(page): \(line)")
            let symbols = names(cells[4])
            let file = names(cells[3])
            try #require(file.count == 1 && !symbols.isEmpty, "\(page): \(line)")
            rows.append(Row(page: page, part: cells[1], file: file[0], symbols: symbols))
        }
        return rows
    }

    /// What stands in backticks.
    private static func names(_ cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
    }

    @Test func everyPaperHasAPage() {
        #expect(Self.pages.count >= 6)
    }

    @Test(arguments: pages) func symbolsAreDeclaredThere(_ page: String) throws {
        let rows = try Self.rows(of: page)
        #expect(rows.count >= 10, "\(page)")
        for row in rows {
            let path = Repository.path + "/" + row.file
            guard let source = try? String(contentsOfFile: path, encoding: .utf8) else {
                Issue.record("\(row.page), \(row.part): there is no \(row.file)")
                continue
            }
            for symbol in row.symbols {
                for part in symbol.split(separator: ".") {
                    #expect(
                        Self.declares(source, String(part), isC: row.file.hasSuffix(".c") || row.file.hasSuffix(".h")),
                        "\(row.page), \(row.part): \(row.file) declares no \(part) (\(symbol))")
                }
            }
        }
    }

    @Test(arguments: pages) func testsThatAreNamedAreThere(_ page: String) throws {
        let text = try Article(page).lines.joined(separator: "\n")
        for name in Self.names(text) where name.hasPrefix("Tests/") {
            #expect(FileManager.default.fileExists(atPath: Repository.path + "/" + name), "\(page): \(name)")
        }
    }

    private static func declares(_ text: String, _ name: String, isC: Bool) -> Bool {
        let source = text.replacing(/\/\/.*/, with: "")
        let escaped = NSRegularExpression.escapedPattern(for: name)
        let pattern =
            isC
            ? "\\b\(escaped)\\b"
            : name == "init"
                ? "\\binit[?(<]"
                : "\\b(struct|class|enum|protocol|actor|extension|func|var|let|typealias|associatedtype)\\s+"
                    + "(\\w+\\.)*`?\(escaped)\\b|\\bcase\\s+([^\\n]*[,\\s])?\(escaped)\\b"
        return source.range(of: pattern, options: .regularExpression) != nil
    }

    /// A check that passes everything would be none.
    @Test func whatIsNotDeclaredIsFound() {
        let source =
            "extension Layers.Dense {\n    case one, two(Int)\n    func apply() { other(three) }\n    init(_ x: Int) {}\n}"
        for name in ["Dense", "one", "two", "apply", "init"] {
            #expect(Self.declares(source, name, isC: false), "\(name)")
        }
        #expect(!Self.declares("// struct Dense", "Dense", isC: false))
        for name in ["Den", "three", "other", "x"] { #expect(!Self.declares(source, name, isC: false), "\(name)") }
    }
}
