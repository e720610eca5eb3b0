import Failure
import Reporting
import Synchronization
import TestSupport
import Testing

private final class Sink: Sendable {
    private let lines = Mutex("")
    var text: String { lines.withLock { $0 } }
    var console: Console { Console(isTerminal: false) { text in self.lines.withLock { $0 += text } } }
}

@Suite struct RunLogTests {
    @Test func rankZeroPrintsAndRecords() throws {
        try withTemporaryFolder { folder in
            let console = Sink()
            let errors = Sink()
            let log = RunLog(console: console.console, errors: errors.console, now: { "T" })
            log.write(.info, "before the folder")
            try log.open(folder + "/log.txt")
            log.write(.info, "hello")
            log.write(.warning, "careful")
            log.write(.error, "broken")
            log.record("tick 1")
            #expect(console.text == "before the folder\nhello\nwarning: careful\n")
            #expect(errors.text == "error: broken\n")
            #expect(
                try text(of: folder + "/log.txt")
                    == "T info hello\nT warning careful\nT error broken\nT tick 1\n")
        }
    }

    @Test func otherRanksPrintErrorsOnly() {
        let console = Sink()
        let errors = Sink()
        let log = RunLog(rank: 3, ranks: 4, host: "node07", console: console.console, errors: errors.console)
        log.write(.info, "hello")
        log.write(.warning, "hello")
        log.write(.error, "broken")
        #expect(console.text == "")
        #expect(errors.text == "rank 3 (node07): error: broken\n")
        #expect(RunLog(rank: 2).place == "rank 2")
    }

    @Test func appendsAcrossRuns() throws {
        try withTemporaryFolder { folder in
            for message in ["one", "two"] {
                let log = RunLog(console: Sink().console, errors: Sink().console, now: { "T" })
                try log.open(folder + "/log.txt")
                log.record(message)
            }
            #expect(try text(of: folder + "/log.txt") == "T one\nT two\n")
        }
        let error = thrown(ReportingError.self) { try RunLog().open("/nowhere/log.txt") }
        #expect(error?.exitCode == 73)
    }

    @Test func aFullDiskIsSaidOnce() throws {
        let errors = Sink()
        let log = RunLog(console: Sink().console, errors: errors.console)
        try log.open("/dev/full")
        log.record("one")
        log.record("two")
        #expect(errors.text == "warning: cannot write /dev/full: No space left on device; the log ends here\n")
    }

    @Test func timestamp() {
        let stamp = RunLog.timestamp()
        #expect(stamp.count == 20 && stamp.hasPrefix("20") && stamp.hasSuffix("Z"))
    }
}

@Suite struct ForgedLogLineTests {
    private struct Listed: ExitCoded {
        let lines: [String]
        var exitCode: Int32 { ExitCode.badData }
        var description: String { lines.joined(separator: "\n") }
    }

    @Test func aMessageIsOneLine() throws {
        try withTemporaryFolder { folder in
            let (console, errors) = (Sink(), Sink())
            let log = RunLog(console: console.console, errors: errors.console, now: { "T" })
            try log.open(folder + "/log.txt")
            log.write(.info, "read a\nT error forged\u{1B}[2J")
            log.write(.error, "broken\nerror: forged")
            log.record("tick\r\nT error forged")
            log.record(Listed(lines: ["two files", "T error forged", "b\nc"]))
            #expect(console.text == "read a\\nT error forged\\u{1B}[2J\n")
            #expect(errors.text == "error: broken\\nerror: forged\n")
            #expect(
                try text(of: folder + "/log.txt") == """
                    T info read a\\nT error forged\\u{1B}[2J
                    T error broken\\nerror: forged
                    T tick\\r\\nT error forged
                    T error two files
                      T error forged
                      b\\nc

                    """)
        }
    }

    @Test func tablesAndProgressHaveNoControlCharacters() {
        var table = TableFormatter([.init("name")])
        table.add(["a\nb\u{1B}[2J"])
        #expect(table.text == "name\n-------------\na\\nb\\u{1B}[2J")
        let console = Sink()
        console.console.progress("a\rb")
        #expect(console.text == "a\\rb\n")
        #expect(JSONValue.text("a\n\u{1B}\u{9B}").json == "\"a\\n\\u001b\\u009b\"")
    }
}
