/// Curves with bands around them, such as a mean and a deviation on either side, as SVG: within a page, whose colours it
/// takes, or as a document of its own.
public struct BandChart: Sendable {
    public struct Curve: Sendable {
        public var name: String
        /// Along the axis, ascending.
        public var x: [Double]
        public var middle: [Double]
        /// Half of the band's width at each point; none for a curve alone.
        public var spread: [Double]

        public init(_ name: String, x: [Double], middle: [Double], spread: [Double] = []) {
            precondition(
                x.count == middle.count && (spread.isEmpty || spread.count == x.count),
                "BandChart: \(x.count) places, \(middle.count) values, bands at \(spread.count)")
            self.name = name
            self.x = x
            self.middle = middle
            self.spread = spread
        }
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var hasLogarithmicX: Bool
    public var hasLogarithmicY: Bool
    /// The real one first.
    public var curves: [Curve]

    public init(
        title: String, xLabel: String, yLabel: String, hasLogarithmicX: Bool = false, hasLogarithmicY: Bool = false,
        curves: [Curve]
    ) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.hasLogarithmicX = hasLogarithmicX
        self.hasLogarithmicY = hasLogarithmicY
        self.curves = curves
    }

    /// Of a panel, in points.
    package static let width = 440.0
    package static let height = 260.0
    package static let plot = (left: 62.0, right: 424.0, top: 30.0, bottom: 196.0)
    /// Nothing that is below so small a part of the largest value is shown on a logarithmic axis.
    private static let deepest = 1e-12

    /// Where everything stands, in points: the one place that both SVG and pictures are drawn from.
    package struct Layout {
        package struct Shape {
            package var name: String
            /// Around the band; empty without.
            package var band: [(x: Double, y: Double)]
            package var line: [(x: Double, y: Double)]
        }

        package var xTicks: [(place: Double, text: String)] = []
        package var yTicks: [(place: Double, text: String)] = []
        package var shapes: [Shape] = []
    }

    package var layout: Layout {
        let plot = Self.plot
        let shown = curves.map { curve in
            // A logarithm has no place for what is not above 0.
            let kept = curve.x.indices.filter {
                curve.x[$0].isFinite && curve.middle[$0].isFinite && (!hasLogarithmicX || curve.x[$0] > 0)
                    && (!hasLogarithmicY || curve.middle[$0] > 0)
            }
            return Curve(
                curve.name, x: kept.map { curve.x[$0] }, middle: kept.map { curve.middle[$0] },
                spread: curve.spread.isEmpty ? [] : kept.map { curve.spread[$0].isFinite ? curve.spread[$0] : 0 })
        }
        let tops = shown.flatMap { curve in
            curve.middle.indices.map { curve.middle[$0] + (curve.spread.isEmpty ? 0 : curve.spread[$0]) }
        }
        let lowest = max((tops.max() ?? 1) * Self.deepest, .leastNormalMagnitude)
        let middles = shown.flatMap(\.middle)
        let x = ChartAxis(spanning: shown.flatMap(\.x), isLogarithmic: hasLogarithmicX)
        let y = ChartAxis(
            spanning: hasLogarithmicY ? middles.map { max($0, lowest) } + tops : middles + tops + [0],
            isLogarithmic: hasLogarithmicY, isWide: true)
        func across(_ value: Double) -> Double { plot.left + x.share(of: value) * (plot.right - plot.left) }
        func up(_ value: Double) -> Double { plot.bottom - y.share(of: value) * (plot.bottom - plot.top) }
        var layout = Layout()
        layout.xTicks = x.ticks.map { (across($0), Self.text($0)) }
        layout.yTicks = y.ticks.map { (up($0), Self.text($0)) }
        layout.shapes = shown.map { curve in
            let upper = curve.spread.indices.map { (across(curve.x[$0]), up(curve.middle[$0] + curve.spread[$0])) }
            let lower = curve.spread.indices.reversed()
                .map { (across(curve.x[$0]), up(curve.middle[$0] - curve.spread[$0])) }
            return Layout.Shape(
                name: curve.name, band: upper + lower,
                line: curve.x.indices.map { (across(curve.x[$0]), up(curve.middle[$0])) })
        }
        return layout
    }

    private static func text(_ value: Double) -> String {
        let size = abs(value)
        return size == 0 || size >= 0.001 && size < 1e5 ? NumberText.plain(value) : NumberText.short(value)
    }

    /// What stands between `<svg>` and `</svg>`.
    private func content(hasLegend: Bool = true) -> HTML {
        let (plot, layout) = (Self.plot, layout)
        var parts: [HTML] = [
            "<text x=\"\(SVG.place(plot.left))\" y=\"16\" class=\"title\">\(title)</text>",
            """
            <text x="\(SVG.place(plot.right))" y="\(SVG.place(plot.bottom + 33))" class="end">\(xLabel)</text>
            """,
            "<text x=\"\(SVG.place(plot.right))\" y=\"16\" class=\"end\">\(yLabel)</text>",
        ]
        for tick in layout.yTicks {
            parts.append(
                """
                <line class="grid" x1="\(SVG.place(plot.left))" x2="\(SVG.place(plot.right))" \
                y1="\(SVG.place(tick.place))" y2="\(SVG.place(tick.place))"/>\
                <text x="\(SVG.place(plot.left - 6))" y="\(SVG.place(tick.place + 4))" class="end">\(tick.text)</text>
                """)
        }
        for tick in layout.xTicks {
            parts.append(
                """
                <text x="\(SVG.place(tick.place))" y="\(SVG.place(plot.bottom + 17))" class="middle">\
                \(tick.text)</text>
                """)
        }
        for (k, shape) in layout.shapes.enumerated() where !shape.band.isEmpty {
            parts.append("<polygon class=\"\(Self.color(k))\" points=\"\(Self.points(shape.band))\"/>")
        }
        for (k, shape) in layout.shapes.enumerated() {
            if let only = shape.line.first, shape.line.count == 1 {
                let (x, y) = (SVG.place(only.x), SVG.place(only.y))
                parts.append("<circle class=\"\(Self.color(k))\" cx=\"\(x)\" cy=\"\(y)\" r=\"3\"/>")
            } else if !shape.line.isEmpty {
                parts.append("<polyline class=\"\(Self.color(k))\" points=\"\(Self.points(shape.line))\"/>")
            }
        }
        guard hasLegend else { return HTML(parts) }
        for (k, shape) in layout.shapes.enumerated() {
            parts.append(Self.legend(k, shape.name, plot.left + Double(k) * 150, plot.bottom + 50))
        }
        return HTML(parts)
    }

    private static func legend(_ k: Int, _ name: String, _ x: Double, _ y: Double) -> HTML {
        """
        <line class="\(color(k))" x1="\(SVG.place(x))" x2="\(SVG.place(x + 18))" y1="\(SVG.place(y))" \
        y2="\(SVG.place(y))"/><text x="\(SVG.place(x + 24))" y="\(SVG.place(y + 4))">\(name)</text>
        """
    }

    /// The class of a curve, which has a colour.
    private static func color(_ k: Int) -> String { "c\(k % colors.count)" }

    /// Of a document of its own. They can be told apart by colour-blind eyes (Okabe and Ito 2008).
    private static let colors = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222", "#7a5cc0",
    ]
    /// More curves have no colours of their own.
    package static let mostCurves = colors.count

    private static func points(_ all: [(x: Double, y: Double)]) -> String {
        all.map { SVG.place($0.x) + "," + SVG.place($0.y) }.joined(separator: " ")
    }

    /// A figure of a page.
    package var html: HTML {
        """
        <figure class="chart bands"><svg viewBox="0 0 \(SVG.place(Self.width)) \(SVG.place(Self.height))" role="img" \
        aria-label="\(title)">\(content())</svg></figure>
        """
    }

    /// An SVG document of charts in rows and columns, on white whatever the page.
    ///
    /// - Parameter sharesLegend: one below them all, of the first chart's curves, which all of them have.
    public static func document(_ charts: [BandChart], columns: Int, sharesLegend: Bool = false) -> String {
        let columns = max(1, min(columns, charts.count))
        let rows = (charts.count + columns - 1) / columns
        let panels = charts.enumerated().map { k, chart in
            let (left, top) = (width * Double(k % columns), height * Double(k / columns))
            let place = "translate(\(SVG.place(left)) \(SVG.place(top)))"
            return "<g transform=\"\(place)\">\(chart.content(hasLegend: !sharesLegend))</g>" as HTML
        }
        let names = sharesLegend ? charts.first?.curves.map(\.name) ?? [] : []
        // Letters are some six points wide.
        let widest = Double(names.map(\.count).max() ?? 0) * 6.5 + 44
        let across = max(1, min(names.count, Int((width * Double(columns) - plot.left) / widest)))
        let entries = names.enumerated().map { k, name in
            legend(
                k, name, plot.left + Double(k % across) * widest,
                height * Double(rows) - 14 + Double(k / across) * legendRow)
        }
        let below = names.isEmpty ? 0 : Double((names.count - 1) / across) * legendRow
        let styles = colors.enumerated().map { k, color in
            """
            polyline.c\(k), line.c\(k) { stroke: \(color); stroke-width: 1.8; } circle.c\(k) { fill: \(color); }
            polygon.c\(k) { fill: \(color); fill-opacity: 0.18; }
            """ as HTML
        }
        let content: HTML = """
            <style>.grid { stroke: #dddddd; } .end { text-anchor: end; } .middle { text-anchor: middle; }
            .title { font-weight: bold; font-size: 13px; } polyline { fill: none; stroke-width: 1.8; }
            \(styles)</style>
            \(panels)
            \(entries)
            """
        return SVG.document(
            width: width * Double(columns), height: height * Double(rows) + below, fontSize: "11.5", ink: "#333333",
            content: content.text)
    }

    private static let legendRow = 18.0
}
