/// Changes text as people, editors and forgers do, so that parsers get past its first line.
public struct TextMutator: Sendable {
    /// Words that mean something to whoever reads the text.
    public var words: [String]

    public init(words: [String] = []) { self.words = words }

    /// Values at which conversions, sizes and counters go wrong.
    public static let values: [String] = [
        "0", "-1", "-0", "1", "2", "3", "7", "16", "nan", "NaN", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e-400",
        "1e308", "5e-324", "", " ", "٣", "½", "１２", "0x10", "0b1", "1e3", "+5", "1_000", "1,5", "007", "1.0", "0.5",
        "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296", "1099511627776",
        "4611686018427387904", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809", "18446744073709551615", "18446744073709551616",
        "340282366920938463463374607431768211456",
        "4000000000x4000000000", "0x0", "-1x-1", "1x", "x", "8x8x8", "0-4294967295", "5-3", "1-2-3", "-", "--", "null",
        "~",
        "true", "yes", "[]", "{}", "[1, 2]", "{a: 1}", "a: b", "*a", "&a 1", "!!binary AA==", "!!float nan", "|", ">",
        "\"", "'", "\\", "#", "%", "%s%n", "../../../etc/passwd", "/dev/zero", "/dev/full", ".", "..", "/", "\u{0}",
        "\n",
        "\r\n", "\t", "\u{1B}[2J", "\u{202E}abc", "\u{FEFF}", "😀", "e\u{301}\u{301}\u{301}", "\u{FFFD}",
    ]

    public func callAsFunction(
        _ text: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom, log: inout [String]
    ) {
        var rounds = 1
        while rounds < 8, random.chance(40) { rounds += 1 }
        for _ in 0..<rounds { log.append(change(&text, other, &random)) }
    }

    private func change(_ text: inout [UInt8], _ other: [UInt8], _ random: inout FuzzRandom) -> String {
        let tokens = Self.tokens(text)
        switch random.below(16) {
        case 13, 14, 15:
            // Another number of the same kind.
            let digits = text.indices.filter { (0x30...0x39).contains(text[$0]) }
            guard !digits.isEmpty else { break }
            let at = random.pick(digits)
            text[at] = 0x30 + UInt8(random.below(10))
            return "the digit at \(at) changed"
        case 0, 1, 2:
            guard !tokens.isEmpty else { break }
            let token = random.pick(tokens)
            let value = random.chance(25) && !words.isEmpty ? random.pick(words) : random.pick(Self.values)
            text.replaceSubrange(token, with: Array(value.utf8))
            return "the token at \(token.lowerBound) became '\(value)'"
        case 3:
            guard tokens.count > 1 else { break }
            let (first, second) = (random.pick(tokens), random.pick(tokens))
            text.replaceSubrange(first, with: Array(text[second]))
            return "the token at \(first.lowerBound) became that at \(second.lowerBound)"
        case 4:
            guard !tokens.isEmpty else { break }
            text.removeSubrange(random.pick(tokens))
            return "a token removed"
        case 5:
            let (open, close) = random.pick([
                ("[", "]"), ("{a: ", "}"), ("[[", "]]"), ("- ", ""), ("? ", ""), ("{", ""),
            ])
            let depth = random.pick([10, 100, 1000, 20_000])
            let nest = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            let at = tokens.isEmpty ? 0 : random.pick(tokens).lowerBound
            text.insert(contentsOf: Array(nest.utf8), at: at)
            return "'\(open)' nested \(depth) deep at \(at)"
        case 6:
            let long = random.pick([100, 5000, 300_000])
            let at = tokens.isEmpty ? 0 : random.pick(tokens).lowerBound
            text.insert(contentsOf: [UInt8](repeating: random.pick([0x61, 0x39, 0x20]), count: long), at: at)
            return "a run of \(long) characters at \(at)"
        case 7:
            let bomb = Self.bomb(&random)
            text = random.chance(50) ? Array(bomb.utf8) + text : text + Array(bomb.utf8)
            return "aliases that multiply"
        case 8:
            var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
            let (from, to) = (random.below(lines.count), random.below(lines.count))
            if random.chance(50) { lines.insert(lines[from], at: to) } else { lines.swapAt(from, to) }
            text = Array(lines.joined(separator: [0x0A]))
            return "line \(from) at \(to)"
        case 9:
            var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
            let at = random.below(lines.count)
            lines[at] = [UInt8](repeating: 0x20, count: random.below(9)) + lines[at].drop { $0 == 0x20 }
            text = Array(lines.joined(separator: [0x0A]))
            return "line \(at) indented anew"
        case 10:
            let at = random.below(text.count + 1)
            let piece = random.pick(Self.values)
            text.insert(contentsOf: Array(piece.utf8), at: at)
            return "'\(piece)' inserted at \(at)"
        default: break
        }
        if text.isEmpty { text = [0x0A] }
        var log: [String] = []
        ByteMutator()(&text, other: other, &random, log: &log)
        return log.joined(separator: ", ")
    }

    /// A few lines that stand for very many, as values or as keys of a mapping.
    private static func bomb(_ random: inout FuzzRandom) -> String {
        let levels = random.pick([3, 9, 30])
        let asKeys = random.chance(50)
        var text = "a0: &a0 [x, x]\n"
        for level in 1...levels {
            let before = "*a\(level - 1)"
            text +=
                asKeys
                ? "a\(level): &a\(level)\n  ? [\(before), \(before)]\n  : 1\n"
                : "a\(level): &a\(level) [\(before), \(before), \(before), \(before), \(before), \(before)]\n"
        }
        return text
    }

    /// Where words and numbers stand.
    private static func tokens(_ text: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start: Int?
        for (index, byte) in text.enumerated() {
            let isWord = byte >= 0x80 || [0x2D, 0x2E, 0x5F].contains(byte) || isAlphanumeric(byte)
            if isWord, start == nil { start = index }
            if !isWord, let begin = start {
                found.append(begin..<index)
                start = nil
            }
        }
        if let begin = start { found.append(begin..<text.count) }
        return found
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
