/// Curves over thousands of images shown, as SVG within a page. Colours come from the page, which has others in the dark.
package struct CurveChart {
    package struct Line {
        var name: String
        var points: [ThinnedSeries.Point]
        var last: Double?

        package init(name: String, points: [ThinnedSeries.Point], last: Double?) {
            self.name = name
            self.points = points
            self.last = last
        }
    }

    var title: String
    /// What the curves are of, and what it means.
    var meaning: String
    var lines: [Line]
    var prefersLogarithm = false
    /// Of bytes.
    var isMemory = false

    package init(title: String, meaning: String, lines: [Line], prefersLogarithm: Bool = false) {
        self.title = title
        self.meaning = meaning
        self.lines = lines
        self.prefersLogarithm = prefersLogarithm
    }

    /// Colours, before they begin again.
    static let colors = 8
    private static let plot = (left: 52.0, right: 424.0, top: 10.0, bottom: 184.0)

    /// A figure with title, sentence, chart and legend; nil where no curve has a point.
    package var html: HTML? {
        let drawn = lines.filter { !$0.points.isEmpty }
        guard !drawn.isEmpty else { return nil }
        return """
            <figure class="chart"><figcaption><h3>\(title)</h3><p>\(meaning)</p></figcaption>
            \(svg(drawn))
            <ul class="legend">\(legend(drawn))</ul></figure>
            """
    }

    /// How a value is written.
    private func text(_ value: Double) -> String {
        isMemory ? NumberText.memory(Int(min(max(value, 0), 1e15))) : NumberText.short(value)
    }

    private func legend(_ drawn: [Line]) -> [HTML] {
        drawn.enumerated().map { k, line in
            let value = line.last.map { " " + text($0) } ?? ""
            return "<li><i class=\"c\(k % Self.colors)\"></i>\(line.name)<b>\(value)</b></li>"
        }
    }

    private func svg(_ given: [Line]) -> HTML {
        let plot = Self.plot
        // Ticks of whole megabytes.
        let drawn = given.map { line in
            var line = line
            if isMemory { line.points = line.points.map { ThinnedSeries.Point(x: $0.x, y: $0.y / 1_048_576) } }
            return line
        }
        let points = drawn.flatMap(\.points)
        let x = ChartAxis(from: 0, to: max(points.map(\.x).max() ?? 0, 1e-9), isTight: true)
        let y = ChartAxis(around: points.map(\.y), prefersLogarithm: prefersLogarithm)
        func across(_ value: Double) -> Double { plot.left + x.share(of: value) * (plot.right - plot.left) }
        func up(_ value: Double) -> Double { plot.bottom - y.share(of: value) * (plot.bottom - plot.top) }
        var parts: [HTML] = []
        for tick in y.ticks {
            let place = up(tick)
            parts.append(
                """
                <line class="grid" x1="\(SVG.place(plot.left))" x2="\(SVG.place(plot.right))" \
                y1="\(SVG.place(place))" y2="\(SVG.place(place))"/>\
                <text x="\(SVG.place(plot.left - 6))" y="\(SVG.place(place + 4))" class="end">\(tickText(tick))</text>
                """)
        }
        for tick in x.ticks {
            let place = across(tick)
            parts.append(
                """
                <text x="\(SVG.place(place))" y="\(SVG.place(plot.bottom + 17))" class="middle">\
                \(NumberText.plain(tick))</text>
                """)
        }
        parts.append("<text x=\"\(SVG.place(plot.right))\" y=\"215\" class=\"end\">thousand images shown</text>")
        for (k, line) in drawn.enumerated() {
            let path = line.points.map { SVG.place(across($0.x)) + "," + SVG.place(up($0.y)) }
            if let only = line.points.first, line.points.count == 1 {
                parts.append(
                    """
                    <circle class="c\(k % Self.colors)" cx="\(SVG.place(across(only.x)))" \
                    cy="\(SVG.place(up(only.y)))" r="3"/>
                    """)
            } else {
                parts.append(
                    "<polyline class=\"c\(k % Self.colors)\" points=\"\(path.joined(separator: " "))\"/>")
            }
        }
        let outside = points.count { $0.y < y.low || $0.y > y.high }
        if outside > 0 {
            parts.append(
                "<text x=\"\(SVG.place(plot.left))\" y=\"215\">\(outside) point\(outside == 1 ? "" : "s") outside</text>"
            )
        }
        return """
            <svg viewBox="0 0 440 222" role="img" aria-label="\(title), over thousands of images shown">\(parts)</svg>
            """
    }

    /// With no more digits than a tick has.
    private func tickText(_ tick: Double) -> String {
        if isMemory { return NumberText.plain(tick) + " MB" }
        let size = abs(tick)
        return size == 0 || size >= 0.001 && size < 1e6 ? NumberText.plain(tick) : NumberText.short(tick)
    }
}
