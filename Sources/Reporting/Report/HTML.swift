import Failure

/// A piece of an HTML page.
///
/// What a literal says is markup; a text that is put into it is shown as it stands, whatever it holds:
/// `"<td>\(name)</td>"` cannot open an element of its own, neither between tags nor within the quotation marks of an
/// attribute.
package struct HTML: Sendable, ExpressibleByStringInterpolation {
    package var text: String

    package init(stringLiteral value: String) { text = value }

    package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// A text for people.
    package init(_ text: String) { self.text = Self.escaped(text) }

    /// - Parameter parts: one after another.
    init(_ parts: [HTML]) { text = parts.map(\.text).joined(separator: "\n") }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.visible(keepsLines: true).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        package mutating func appendLiteral(_ literal: String) { text += literal }
        package mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value) }
        package mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
        package mutating func appendInterpolation(_ value: HTML) { text += value.text }
        package mutating func appendInterpolation(_ values: [HTML]) { text += HTML(values).text }
    }
}

extension HTML {
    static func + (one: HTML, other: HTML) -> HTML { HTML([one, other]) }

    /// A table; the cells of its first column are heads of their rows.
    package static func table(_ head: [String], _ rows: [[HTML]], kind: String = "") -> HTML {
        let headRow: HTML =
            head.isEmpty ? "" : "<thead><tr>\(head.map { "<th scope=\"col\">\($0)</th>" as HTML })</tr></thead>"
        let body = rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == 0 ? "<th scope=\"row\">\(cell)</th>" as HTML : "<td>\(cell)</td>"
            }
            return "<tr>\(cells)</tr>" as HTML
        }
        return "<div class=\"wide\"><table class=\"\(kind)\">\(headRow)<tbody>\(body)</tbody></table></div>"
    }

    /// What is hidden until it is asked for.
    static func details(_ summary: HTML, _ content: HTML) -> HTML {
        "<details><summary>\(summary)</summary>\(content)</details>"
    }
}
