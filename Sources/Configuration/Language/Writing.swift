extension Configuration {
    /// YAML in a stable order; parses back to an equal configuration.
    public var yaml: String {
        var text = ""
        var section = ""
        for key in Self.keys {
            guard let value = key.value(in: self) else { continue }
            let parts = key.path.split(separator: ".", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0] != section {
                section = parts[0]
                text += "\(section):\n"
            }
            text += parts.count == 2 ? "  \(parts[1]): " : "\(parts[0]): "
            text += Self.quoted(value) + "\n"
        }
        return text
    }

    /// A list of all keys with the defaults of a preset, what is allowed and what it is for.
    ///
    /// - Parameter columns: of the terminal; lines that are longer go on below the text that they belong to.
    public static func help(preset: Preset = .quick, columns: Int = 80) -> String {
        let defaults = preset.configuration
        let rows = keys.map { ("  \($0.path)=\($0.value(in: defaults) ?? "")", $0) }
        let indent = (rows.map(\.0.count).max() ?? 0) + 2
        let margin = String(repeating: " ", count: indent)
        return rows.map { assignment, key in
            var lines: [String] = []
            var line = assignment.padded(to: indent - 1)
            for word in "\(key.help) [\(key.allowed)]".split(separator: " ") {
                // Where a terminal is narrow, a word a line is the most that can be done.
                if line.count + 1 + word.count > columns, line.count >= indent {
                    lines.append(line)
                    line = String(margin.dropLast())
                }
                line += " " + word
            }
            return (lines + [line]).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// A scalar that every YAML reader takes for what it is.
    private static func quoted(_ value: String) -> String {
        if Double(value) != nil { return value }
        let isPlain =
            value.first.map { $0.isLetter || $0 == "/" || $0.isNumber } == true
            && value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
            && !["null", "yes", "no", "on", "off", "y", "n"].contains(value.lowercased())
        if isPlain { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let hex = String(scalar.value, radix: 16)
                text += "\\x" + (hex.count < 2 ? "0" : "") + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension ResolvedConfiguration {
    /// YAML of the resolved configuration in a stable order; parses back to ``configuration``.
    public var yaml: String { configuration.yaml }
}
