import Storage
import TestSupport
import Testing

@Suite struct CheckedJSONTests {
    static let sound = [
        "{}", "[]", " 0 ", "-1.5e+3", "\"\"", "true", "[null, false, {\"a\": [1, 2], \"b\": \"\\u00e9\\n\"}]",
        "\"\\ud83d\\ude00\"", "{\"a\":{\"b\":{}}}", "\"grün 😀\"", "[\n1\t,\r2]",
    ]

    /// What is no JSON, and the byte at which it stops being any.
    static let unsound: [(text: String, offset: Int)] = [
        ("", 0), (" ", 1), ("{", 1), ("[1", 2), ("[1 2]", 3), ("{\"a\" 1}", 5), ("{\"a\": 1,}", 8), ("[1,]", 3),
        ("{a: 1}", 1), ("01", 1), ("1.", 2), ("1e", 2), ("+1", 0), (".5", 0), ("-", 1), ("nul", 3), ("True", 0),
        ("\"a", 2), ("\"\t\"", 1), ("\"\\x\"", 2), ("\"\\u12g4\"", 5), ("\"\\ud83d\"", 7), ("\"\\ude00\"", 7),
        ("[]]", 2), ("{} {}", 3), ("{\"a\": \u{1B}[2J}", 6), ("\\", 0), ("[1, \t\\]", 5), ("NaN", 0), ("1 x", 2),
    ]

    @Test(arguments: sound) func isTaken(_ text: String) throws { try CheckedJSON.check(Array(text.utf8)) }

    @Test(arguments: unsound) func isRefusedAtItsByte(_ text: String, _ offset: Int) {
        let error = thrown(JSONSyntaxError.self) { try CheckedJSON.check(Array(text.utf8)) }
        #expect(error?.offset == offset, "\(error.map { "\($0)" } ?? "taken")")
    }

    @Test func otherBytesAreNoText() {
        #expect(throws: JSONSyntaxError.self) { try CheckedJSON.check([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try CheckedJSON.check([0xFF, 0xFE, 0x7B, 0, 0x7D, 0]) }
        #expect(throws: JSONSyntaxError.self) { try CheckedJSON.check([0x7B, 0x7D, 0]) }
    }

    @Test(arguments: [500, 501, 100_000]) func depthHasALimit(_ depth: Int) {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let error = thrown(JSONSyntaxError.self) { try CheckedJSON.check(Array(text.utf8)) }
        #expect((error == nil) == (depth == 500))
    }

    @Test func decodes() throws {
        #expect(try CheckedJSON.decode([String: Int].self, from: Array("{\"a\": 1}".utf8)) == ["a": 1])
        #expect(throws: DecodingError.self) { try CheckedJSON.decode([String].self, from: Array("{}".utf8)) }
        #expect(throws: JSONSyntaxError.self) { try CheckedJSON.decode([Int].self, from: Array("[1, \t\\]".utf8)) }
    }
}
