import Failure
import Testing

private struct Plain: ExitCoded, CustomStringConvertible {
    let description: String
    var exitCode: Int32 { ExitCode.badData }
}

private struct Listed: ExitCoded, CustomStringConvertible {
    let lines: [String]
    var description: String { lines.joined(separator: "\n") }
    var exitCode: Int32 { ExitCode.badData }
}

private struct Foreign: Error, CustomStringConvertible {
    let description: String
}

@Suite struct PrintedTextTests {
    @Test func whatAMessageQuotesBreaksNoLine() {
        let name = "a\n2026-01-01T00:00:00Z error forged\u{1B}[2J"
        let shown = "a\\n2026-01-01T00:00:00Z error forged\\u{1B}[2J"
        #expect(String(printing: Plain(description: "\(name): is damaged")) == "\(shown): is damaged")
        #expect(String(printing: Foreign(description: name)) == shown)
    }

    @Test func linesOfAnErrorStayAndAreIndented() {
        let error = Listed(lines: ["3 faults", "error: one", "  two", "three\nfour"])
        #expect(String(printing: error) == "3 faults\n  error: one\n  two\n  three\\nfour")
    }
}
