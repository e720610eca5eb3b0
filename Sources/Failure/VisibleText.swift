extension String {
    /// The text as it may stand in a message: control characters, line breaks and those that turn the direction of
    /// writing are shown as escapes, so that what a file is called can neither move a terminal's cursor nor forge a line
    /// of a log.
    ///
    /// - Parameter keepsLines: leaves line feeds and tabs alone, for messages that have several lines of their own.
    public func visible(keepsLines: Bool = false) -> String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n" where keepsLines, "\t" where keepsLines: text.unicodeScalars.append(scalar)
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where Self.isInvisible(scalar):
                text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
