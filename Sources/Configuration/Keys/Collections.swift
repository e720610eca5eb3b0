/// How the value of a key may be written in YAML, beside one text.
enum KeyForm: Sendable {
    /// One text and nothing else.
    case single
    /// Also a YAML list.
    case list
    /// Also a YAML mapping.
    case table

    /// The text that stands for a list of texts, or for `key:value` pairs.
    func joined(_ parts: [String]) -> String {
        parts.joined(separator: self == .list ? "," : " ")
    }

    /// The items of a text: separated by blanks or commas.
    static func items(_ text: String) -> [Substring] {
        text.split { $0 == "," || $0.isWhitespace }
    }
}

extension Domain {
    /// Values by resolution, `4:128 8:128`; empty for none.
    ///
    /// - Parameter example: one entry, `4:128`.
    static func table<Inner>(_ inner: Domain<Inner>, example: String) -> Domain where Value == ResolutionTable<Inner> {
        let resolution = Domain<Int>.powerOfTwo(4...1024)
        return Domain(
            type: "table",
            allowed: "resolution:value pairs such as \(example), each resolution once and a power of two, 4 to 1024,"
                + " each value \(inner.allowed); or empty",
            parse: { text throws(ValueProblem) in
                var table = Value()
                for item in KeyForm.items(text) {
                    let parts = item.split(separator: ":", omittingEmptySubsequences: false)
                    guard parts.count == 2 else { throw .wrongType }
                    let key = try resolution.parse(String(parts[0]))
                    guard table[key] == nil else { throw .outOfRange }
                    table[key] = try inner.parse(String(parts[1]))
                }
                return table
            },
            write: { table in
                KeyForm.table.joined(
                    table.resolutions.compactMap { key in table[key].map { "\(key):\(inner.write($0))" } })
            }, form: .table)
    }

    /// Different names, kept in their alphabet's order; whether there are things of these names is known only to who looks them up.
    ///
    /// - Parameter what: they are names of.
    static func names(of what: String) -> Domain where Value == [String] {
        Domain(
            type: "list of words", allowed: "names of \(what); or empty",
            parse: { text throws(ValueProblem) in
                var found: [String] = []
                for item in KeyForm.items(text).map(String.init) {
                    let isName = item.unicodeScalars.allSatisfy {
                        ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
                    }
                    guard isName, !item.isEmpty, !found.contains(item) else { throw .outOfRange }
                    found.append(item)
                }
                return found.sorted()
            },
            write: { KeyForm.list.joined($0) }, form: .list)
    }
}

extension Domain {
    /// Different words of a set, kept in its order; empty for none.
    static func choices<Word: Choice>(example: String) -> Domain where Value == [Word] {
        let one = Domain<Word>.choice
        return Domain(
            type: "list of words",
            allowed: "different words of \(Word.allCases.map(\.rawValue).joined(separator: ", ")),"
                + " such as \(example); or empty",
            parse: { text throws(ValueProblem) in
                var found: [String] = []
                for item in KeyForm.items(text) {
                    let word = try one.parse(String(item)).rawValue
                    guard !found.contains(word) else { throw .outOfRange }
                    found.append(word)
                }
                return Word.allCases.filter { found.contains($0.rawValue) }
            },
            write: { KeyForm.list.joined($0.map(\.rawValue)) }, form: .list)
    }
}

extension Domain where Value == [Int] {
    /// Different resolutions, kept from the smallest on.
    static let resolutions = Domain(
        type: "list of resolutions", allowed: "different powers of two, 4 to 1024, such as 32; or empty",
        parse: { text throws(ValueProblem) in
            let resolution = Domain<Int>.powerOfTwo(4...1024)
            var found: [Int] = []
            for item in KeyForm.items(text) {
                let value = try resolution.parse(String(item))
                guard !found.contains(value) else { throw .outOfRange }
                found.append(value)
            }
            return found.sorted()
        },
        write: { KeyForm.list.joined($0.map(String.init)) }, form: .list)
}
