import Foundation

/// Several runs over one another.
struct RunComparison {
    let runs: [RunReport.Run]
    /// Of the runs, no two alike.
    let names: [String]

    init(_ runs: [RunReport.Run]) {
        self.runs = runs
        let short = runs.map(\.record.name)
        let areDifferent = Set(short).count == short.count
        var seen: [String: Int] = [:]
        names = runs.map { run in
            let name = areDifferent ? run.record.name : run.record.folder.path
            let times = seen[name, default: 0] + 1
            seen[name] = times
            return times == 1 ? name : "\(name) (\(times))"
        }
    }

    /// A row for each run.
    var overview: HTML {
        let rows = zip(names, runs).map { name, run in
            let sections = RunSections(record: run.record)
            return [
                "\(name)", "\(run.configuration?.preset ?? "unknown")", "\(NumberText.grouped(sections.imagesShown))",
                "\(sections.state)", "<code>\(run.record.folder.path)</code>",
            ] as [HTML]
        }
        return .table(["Run", "Preset", "Images shown", "State", "Folder"], rows)
    }

    /// The last values side by side, then curves.
    var metrics: HTML {
        var seen = Set<String>()
        let all = runs.flatMap(\.record.metrics.names).filter { seen.insert($0).inserted }
            .filter { !$0.hasPrefix("since_start") && $0 != "measuring_seconds" && $0 != "resolution" }
        guard !all.isEmpty else { return "<p>None of the runs has metrics.</p>" }
        let rows = all.map { number -> [HTML] in
            let last = runs.map { run -> HTML in
                guard let last = run.record.metrics[number]?.last else { return "–" }
                return "\(NumberText.short(last.y)) <span class=\"soft\">at \(NumberText.plain(last.x)) kimg</span>"
            }
            return ["\(number)" as HTML] + last
        }
        let curves = zip(names, runs).map { (name: $0, curves: $1.record.metrics) }
        let charts = ChartPlan.metrics(all).flatMap { $0.charts(curves) }
        return "\(HTML.table(["Last value"] + names, rows))<br><div class=\"charts\">\(charts)</div>"
    }

    /// The newest sheet of each.
    func samples(_ problems: inout [String]) -> HTML {
        var figures: [HTML] = []
        for (name, run) in zip(names, runs) {
            guard let shown = run.record.sheets.last else { continue }
            do {
                let picture = try PictureData(file: run.record.folder.fakes(imagesShown: shown), longest: 512)
                figures.append(
                    RunPicturesSection.figure(picture, "\(name), after \(NumberText.grouped(shown)) images"))
            } catch { problems.append("\(error)") }
        }
        return figures.isEmpty ? "" : "<div class=\"pair\">\(figures)</div>"
    }

    var training: HTML { charts(ChartPlan.training) }
    var resources: HTML { charts(ChartPlan.resources) }

    private func charts(_ plans: [ChartPlan]) -> HTML {
        let curves = zip(names, runs).map { (name: $0, curves: $1.record.stats) }
        let charts = plans.filter { $0.title != "Growth" }.flatMap { $0.charts(curves) }
        return charts.isEmpty ? "<p>None of the runs has statistics.</p>" : "<div class=\"charts\">\(charts)</div>"
    }

    /// Keys that are not the same in all.
    var configuration: HTML {
        var order: [String] = []
        var seen = Set<String>()
        let values = runs.map { run -> [String: String] in
            let keys = run.configuration?.keys ?? []
            order += keys.map(\.name).filter { seen.insert($0).inserted }
            return Dictionary(keys.map { ($0.name, $0.value) }) { $1 }
        }
        let different = order.filter { key in Set(values.map { $0[key] }).count > 1 }
        let problems = zip(names, runs).compactMap { name, run in
            run.configurationProblem.map { "<p class=\"warn\">\(name): \($0)</p>" as HTML }
        }
        guard !different.isEmpty else { return "<p>The runs have the same configuration.</p>\(problems)" }
        let rows = different.map { key in
            ["<code>\(key)</code>"] + values.map { "\($0[key] ?? "–")" as HTML }
        }
        return "<p>Keys that differ:</p>\(HTML.table(["Key"] + names, rows))\(problems)"
    }
}
