import Failure
import Foundation
import Storage

/// What a run says of itself, as sections of a report.
package struct RunSections {
    let record: RunRecord
    /// Whether its samples are fields, no pictures.
    var isOfFields = false

    /// How far the run has come.
    var imagesShown: Int {
        let shown = [
            record.ending?.imagesShown ?? 0, Int(checkedRounding: record.stats.end * 1000) ?? 0,
            record.sheets.last ?? 0,
        ]
        return max(0, shown.max() ?? 0)
    }

    /// How it ended.
    var state: String {
        guard let ending = record.ending else {
            return "No ended.json: the run goes on, or was killed."
        }
        let (shown, asked) = (NumberText.grouped(ending.imagesShown), NumberText.grouped(ending.imagesAsked))
        return switch ending.exitCode {
        case ExitCode.done: "Done: \(shown) of \(asked) images shown."
        case ExitCode.stopped:
            "Stopped by a signal after \(shown) of \(asked) images; the same command goes on from there."
        default:
            "Ended with exit code \(ending.exitCode) after \(shown) of \(asked) images; the last lines of log.txt say why."
        }
    }

    /// A few numbers for a glance.
    func facts(_ configuration: ReportedConfiguration?) -> HTML {
        var facts: [(String, String)] = []
        if let configuration { facts.append(("Preset", configuration.preset)) }
        facts.append(("Images shown", NumberText.grouped(imagesShown)))
        if let speed = record.stats["images_per_second"] {
            let sorted = speed.points.map(\.y).sorted()
            if !sorted.isEmpty { facts.append(("Images per second", NumberText.short(sorted[sorted.count / 2]))) }
        }
        if let peak = record.stats["memory_peak_bytes"]?.last?.y {
            facts.append(("Memory of rank 0", NumberText.memory(Int(min(max(peak, 0), 1e15)))))
        }
        for name in Self.headlines(record.metrics.names).prefix(3) {
            if let last = record.metrics[name]?.last { facts.append((name, NumberText.short(last.y))) }
        }
        let items = facts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML }
        return "<p>\(state)</p><dl class=\"facts\">\(items)</dl>"
    }

    /// Of each metric the value that stands for it.
    static func headlines(_ names: [String]) -> [String] {
        let values = names.filter { !$0.hasPrefix("since_start") && $0 != "measuring_seconds" && $0 != "resolution" }
        let groups = Dictionary(grouping: values) { String($0.prefix { $0 != "/" }) }
        return groups.keys.sorted().compactMap { group in
            let members = groups[group] ?? []
            return members.first { $0.hasSuffix("/average") } ?? members.first
        }
    }

    /// Charts of metrics.
    var metrics: HTML {
        let charts = ChartPlan.metrics(record.metrics.names).compactMap { $0.chart(record.metrics) }
        guard !charts.isEmpty else {
            if isOfFields {
                return """
                    <p>None were measured. <code>--set metrics.names=spectrum,histogram,moments</code> measures with each \
                    sheet.</p>
                    """
            }
            return """
                <p>None were measured. <code>--set metrics.names=swd,msssim</code> measures with each sheet; a features \
                file brings distances in the features of a network (<code>ganglion evaluate --help</code>).</p>
                """
        }
        return "<div class=\"charts\">\(charts)</div>"
    }

    /// Charts of what training said.
    var training: HTML {
        let charts = ChartPlan.training.filter { $0.title != "Growth" || isGrowing }
            .compactMap { $0.chart(record.stats) }
        let others = ChartPlan.others(record.stats.names).prefix(60).compactMap { $0.chart(record.stats) }
        guard !charts.isEmpty else { return Self.noStatistics(record) }
        let rest: HTML =
            others.isEmpty
            ? "" : .details("All other numbers of stats.jsonl", "<div class=\"charts\">\(others)</div>")
        return "<div class=\"charts\">\(charts)</div>\(rest)"
    }

    /// A constant resolution is no curve.
    private var isGrowing: Bool { record.stats["fade"] != nil }

    static func noStatistics(_ record: RunRecord) -> HTML {
        let found = record.stats.isThere ? "holds no line that can be read" : "is not there"
        return "<p><code>\(record.folder.stats)</code> \(found): there are no curves of losses and scores.</p>"
    }

    /// Charts of speed and memory, and what they ran on.
    var resources: HTML {
        let charts = ChartPlan.resources.compactMap { $0.chart(record.stats) }
        var rows: [[HTML]] = []
        for start in record.log.starts { rows.append(["\(start.first)", "\(start.text)"]) }
        for machine in record.log.machines { rows.append(["\(machine.first)", "\(machine.text)"]) }
        let table: HTML =
            rows.isEmpty
            ? "<p>log.txt does not say on how many ranks it ran.</p>" : .table(["Since", "Ranks and machines"], rows)
        return "\(table)<div class=\"charts\">\(charts)</div>"
    }

    /// What went wrong.
    var warnings: HTML {
        let log = record.log
        guard log.isThere else { return "<p><code>\(record.folder.log)</code> is not there.</p>" }
        let messages = log.errors.map { ("error", $0) } + log.warnings.map { ("warning", $0) }
        guard !messages.isEmpty else { return "<p>The log holds no warning and no error.</p>" }
        let rows = messages.map { kind, message in
            ["\(kind)", "\(message.text)", "\(message.count) ×", "\(message.last)"] as [HTML]
        }
        let more: HTML = log.leftOut > 0 ? "<p>… and \(log.leftOut) more messages in log.txt.</p>" : ""
        return "\(HTML.table(["", "Message", "Times", "Last"], rows, kind: "warn"))\(more)"
    }

    /// Files to go on from.
    var checkpoints: HTML {
        guard !record.checkpoints.isEmpty else { return "<p>The folder has no checkpoints.</p>" }
        let rows = record.checkpoints.prefix(30).map { checkpoint in
            var marks: [String] = []
            if checkpoint.name == record.latest { marks.append("newest") }
            if checkpoint.name == record.best { marks.append("best") }
            return [
                "<code>\(checkpoint.name)</code>", "\(Files.text(bytes: checkpoint.bytes))",
                "\(marks.joined(separator: ", "))",
            ] as [HTML]
        }
        let more = record.checkpoints.count - rows.count
        let rest: HTML = more > 0 ? "<p>… and \(more) more.</p>" : ""
        let best: HTML =
            record.best.map { name in
                record.checkpoints.contains { $0.name == name }
                    ? "" : "<p>checkpoints/best names \(name), which is not there.</p>" as HTML
            } ?? ""
        return "\(HTML.table(["File", "Size", ""], Array(rows)))\(rest)\(best)"
    }

    /// Keys that were chosen first.
    package static func configuration(_ configuration: ReportedConfiguration?, _ problem: String?) -> HTML {
        guard let configuration else { return "<p>\(problem ?? "There is no config.yaml.")</p>" }
        let changed = configuration.changed.map { key in
            ["<code>\(key.name)</code>", "\(key.value)", "\(key.preset)"] as [HTML]
        }
        func plain(_ keys: [ReportedConfiguration.Key]) -> HTML {
            .table([], keys.map { key in ["<code>\(key.name)</code>", "\(key.value)"] as [HTML] })
        }
        let first: HTML =
            changed.isEmpty
            ? "<p>All keys are those of the preset \(configuration.preset).</p>"
            : """
            <p>What differs from the preset \(configuration.preset):</p>
            \(HTML.table(["Key", "Here", "Preset"], changed))
            """
        let chosen: HTML =
            configuration.chosen.isEmpty
            ? "" : .details("Chosen to fit the data (auto)", plain(configuration.chosen))
        let problems = configuration.problems.map { "<p class=\"warn\">\($0)</p>" as HTML }
        return "\(first)\(chosen)\(HTML.details("All other keys", plain(configuration.kept)))\(problems)"
    }

    /// Neighbours of samples.
    package static func neighbours(_ found: ReportedNeighbours) -> (HTML, [String]) {
        var problems: [String] = []
        var figures: [HTML] = []
        for space in found.spaces {
            do {
                let picture = try PictureData(space.picture, longest: 2048)
                figures.append(
                    """
                    <figure>\(picture.html("Samples on top, their nearest real images below, \(space.title)"))\
                    <figcaption><h3>Nearest \(space.title)</h3><p>\(space.sentence)</p></figcaption></figure>
                    """)
            } catch { problems.append("\(error)") }
        }
        let notes = found.notes.map { "<p>\($0)</p>" as HTML }
        guard !figures.isEmpty else { return (HTML(notes), problems) }
        let lead: HTML = """
            <p>Does the generator copy? In each picture the top row has the samples of the newest sheet that lie nearest to \
            a real image; below each stand the real images nearest to it.</p>
            """
        return ("\(lead)<div class=\"pair\">\(figures)</div>\(notes)", problems)
    }

    static func problems(_ all: [String]) -> HTML {
        guard !all.isEmpty else { return "" }
        return "<ul>\(all.map { "<li>\($0)</li>" as HTML })</ul>"
    }
}
