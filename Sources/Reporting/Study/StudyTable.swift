import Failure

/// The results of a study as Markdown.
public struct StudyTable {
    private let results: StudyResults

    /// Columns of one table; more would not be read.
    private static let mostPlaces = 12

    public init(_ results: StudyResults) { self.results = results }

    /// The page.
    ///
    /// - Parameter picture: name of the file of ``StudyPicture``; nil without.
    public func markdown(picture: String?) -> String {
        var parts = ["# " + Self.plain(results.title), results.facts.map(Self.plain).joined(separator: " ")]
        if let first = results.values.first {
            parts.append(summary(first))
            parts.append(explanation(first))
            if let picture { parts.append("![\(Self.plain(first.key)) over images and over training](\(picture))") }
            parts.append("## \(Self.plain(first.key)) by images")
            parts.append(byImages(first))
        } else {
            parts.append("Nothing has been measured yet.")
        }
        parts.append("## Settings")
        parts.append(
            (["All: " + Self.list(results.common)]
                + results.settings.map { "`\($0.name)`: " + Self.list($0.changes) })
                .map { "- " + $0 }.joined(separator: "\n"))
        if !results.problems.isEmpty {
            parts.append("## Left out")
            parts.append(results.problems.map { "- " + Self.plain($0) }.joined(separator: "\n"))
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private func summary(_ first: StudyResults.Value) -> String {
        let moments = results.moments
        let head =
            ["setting", "runs done", "\(first.key) at the end"]
            + (first.lowerIsBetter == nil ? [] : ["best"])
            + moments.map { "after \(NumberText.duration($0))" }
            + results.values.dropFirst().map { "\($0.key) at the end" } + ["training"]
        let rows = results.ranking.map { setting -> [String] in
            let done = setting.runs.count { $0.final != nil }
            var cells = ["`\(setting.name)`", "\(done) of \(results.seeds)", text(setting.final(first.key))]
            if first.lowerIsBetter != nil { cells.append(text(setting.best(first))) }
            cells += moments.map { text(setting.value(first.key, atSeconds: $0)) }
            cells += results.values.dropFirst().map { text(setting.final($0.key)) }
            return cells + [Self.duration(setting.seconds)]
        }
        return Self.table(head, rows)
    }

    private func explanation(_ first: StudyResults.Value) -> String {
        var sentences = [
            "Mean ± standard deviation (n − 1) over seeds; (2 of 3) where a number is not of all seeds.",
            "Training is time without that of metrics.",
        ]
        if let lower = first.lowerIsBetter {
            sentences.insert("Of \(Self.plain(first.key)) \(lower ? "less" : "more") is better.", at: 0)
        }
        if !results.moments.isEmpty {
            sentences.append(
                "A value after some training lies on the straight line between two measurements"
                    + (results.minutes.isEmpty ? "; it is taken where the shortest run ends." : "."))
        }
        return sentences.joined(separator: " ")
    }

    private func byImages(_ first: StudyResults.Value) -> String {
        let places = Self.thinned(results.places)
        let rows = results.ranking.map { setting in
            ["`\(setting.name)`"] + places.map { text(setting.value(first.key, atKimg: $0)) }
        }
        return Self.table(["setting"] + places.map { NumberText.plain($0) + " kimg" }, rows)
    }

    /// So many of them, evenly, and the last one.
    private static func thinned(_ all: [Double]) -> [Double] {
        guard all.count > mostPlaces else { return all }
        return (1...mostPlaces).map { all[all.count * $0 / mostPlaces - 1] }
    }

    private func text(_ spread: Spread?) -> String {
        guard let spread else { return "–" }
        let count = spread.count < results.seeds ? " (\(spread.count) of \(results.seeds))" : ""
        guard let deviation = spread.deviation else { return NumberText.short(spread.mean) + count }
        let size = abs(spread.mean)
        let decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4
        // Beyond these, numbers have powers of ten.
        let isFixed = size == 0 || size >= 1e-3 && size < 1e6
        return isFixed
            ? "\(NumberText.fixed(spread.mean, decimals)) ± \(NumberText.fixed(deviation, decimals))\(count)"
            : "\(NumberText.short(spread.mean)) ± \(NumberText.short(deviation))\(count)"
    }

    private static func duration(_ spread: Spread?) -> String {
        guard let spread else { return "–" }
        return NumberText.duration(spread.mean) + (spread.deviation.map { " ± \(NumberText.duration($0))" } ?? "")
    }

    private static func list(_ changes: [String]) -> String {
        changes.isEmpty
            ? "nothing else" : changes.map { "`\($0.visible().replacing("`", with: "'"))`" }.joined(separator: ", ")
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        return ([line(head.map(plain)), "|" + head.map { _ in "---|" }.joined()] + rows.map(line))
            .joined(separator: "\n")
    }

    /// As it may stand in a line, and in a cell.
    private static func plain(_ text: String) -> String { text.visible().replacing("|", with: "\\|") }
}
