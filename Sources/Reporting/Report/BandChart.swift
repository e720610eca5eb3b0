import Foundation

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
        let x = Axis(shown.flatMap(\.x), isLogarithmic: hasLogarithmicX)
        let y = Axis(
            hasLogarithmicY ? middles.map { max($0, lowest) } + tops : middles + tops + [0],
            isLogarithmic: hasLogarithmicY, isWide: true)
        func across(_ value: Double) -> Double { plot.left + x.share(value) * (plot.right - plot.left) }
        func up(_ value: Double) -> Double { plot.bottom - y.share(value) * (plot.bottom - plot.top) }
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
    private var content: HTML {
        let (plot, layout) = (Self.plot, layout)
        var parts: [HTML] = [
            "<text x=\"\(Self.number(plot.left))\" y=\"16\" class=\"title\">\(title)</text>",
            """
            <text x="\(Self.number(plot.right))" y="\(Self.number(plot.bottom + 33))" class="end">\(xLabel)</text>
            """,
            "<text x=\"\(Self.number(plot.right))\" y=\"16\" class=\"end\">\(yLabel)</text>",
        ]
        for tick in layout.yTicks {
            parts.append(
                """
                <line class="grid" x1="\(Self.number(plot.left))" x2="\(Self.number(plot.right))" \
                y1="\(Self.number(tick.place))" y2="\(Self.number(tick.place))"/>\
                <text x="\(Self.number(plot.left - 6))" y="\(Self.number(tick.place + 4))" class="end">\(tick.text)</text>
                """)
        }
        for tick in layout.xTicks {
            parts.append(
                """
                <text x="\(Self.number(tick.place))" y="\(Self.number(plot.bottom + 17))" class="middle">\
                \(tick.text)</text>
                """)
        }
        for (k, shape) in layout.shapes.enumerated() where !shape.band.isEmpty {
            parts.append("<polygon class=\"c\(k)\" points=\"\(Self.points(shape.band))\"/>")
        }
        for (k, shape) in layout.shapes.enumerated() where !shape.line.isEmpty {
            parts.append("<polyline class=\"c\(k)\" points=\"\(Self.points(shape.line))\"/>")
        }
        for (k, shape) in layout.shapes.enumerated() {
            let x = plot.left + Double(k) * 150
            let y = plot.bottom + 50
            parts.append(
                """
                <line class="c\(k)" x1="\(Self.number(x))" x2="\(Self.number(x + 18))" y1="\(Self.number(y))" \
                y2="\(Self.number(y))"/><text x="\(Self.number(x + 24))" y="\(Self.number(y + 4))">\(shape.name)</text>
                """)
        }
        return HTML(parts)
    }

    private static func points(_ all: [(x: Double, y: Double)]) -> String {
        all.map { number($0.x) + "," + number($0.y) }.joined(separator: " ")
    }

    static func number(_ value: Double) -> String { NumberText.plain((value * 10).rounded() / 10) }

    /// A figure of a page.
    package var html: HTML {
        """
        <figure class="chart bands"><svg viewBox="0 0 \(Self.number(Self.width)) \(Self.number(Self.height))" role="img" \
        aria-label="\(title)">\(content)</svg></figure>
        """
    }

    /// An SVG document of charts in rows and columns, on white whatever the page.
    public static func document(_ charts: [BandChart], columns: Int) -> String {
        let columns = max(1, min(columns, charts.count))
        let rows = (charts.count + columns - 1) / columns
        let (w, h) = (width * Double(columns), height * Double(rows))
        let panels = charts.enumerated().map { k, chart in
            """
            <g transform="translate(\(number(width * Double(k % columns))) \(number(height * Double(k / columns))))">\
            \(chart.content)</g>
            """ as HTML
        }
        let page: HTML = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(w)) \(number(h))" width="\(number(w))" \
            height="\(number(h))" font-family="Helvetica, Arial, sans-serif" font-size="11.5" fill="#333333">
            <style>.grid { stroke: #dddddd; } .end { text-anchor: end; } .middle { text-anchor: middle; }
            .title { font-weight: bold; font-size: 13px; } polyline { fill: none; stroke-width: 1.8; }
            polyline.c0, line.c0 { stroke: #0072b2; stroke-width: 1.8; }
            polyline.c1, line.c1 { stroke: #d55e00; stroke-width: 1.8; }
            polygon.c0 { fill: #0072b2; fill-opacity: 0.18; } polygon.c1 { fill: #d55e00; fill-opacity: 0.18; }</style>
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(panels)
            </svg>

            """
        return page.text
    }
}

extension BandChart {
    /// Between the smallest and the largest number.
    struct Axis {
        let low: Double
        let high: Double
        let ticks: [Double]
        let isLogarithmic: Bool

        /// - Parameter isWide: ends at ticks where it is not logarithmic, and a little beyond the numbers where it is.
        init(_ values: [Double], isLogarithmic: Bool, isWide: Bool = false) {
            let found = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
            var (low, high) = (found.min() ?? 0.1, found.max() ?? 1)
            self.isLogarithmic = isLogarithmic
            guard isLogarithmic else {
                if high <= low { (low, high) = (low - max(0.5, abs(low) / 2), high + max(0.5, abs(high) / 2)) }
                let axis = ChartAxis(from: low, to: high, isTight: !isWide)
                (self.low, self.high, ticks) = (axis.low, axis.high, axis.ticks)
                return
            }
            if isWide { (low, high) = (low / 1.3, high * 1.3) }
            if high <= low { (low, high) = (low / 2, high * 2) }
            (self.low, self.high) = (low, high)
            let (first, last) = (Int(log10(low).rounded(.up)), Int(log10(high).rounded(.down)))
            let every = max(1, (last - first + 5) / 6)
            var ticks = first <= last ? stride(from: first, through: last, by: every).map { pow(10, Double($0)) } : []
            if ticks.count < 3 {
                // Within a decade or two also the twos and fives.
                ticks = (first - 1...max(first, last)).flatMap { decade in
                    [1.0, 2, 5].map { $0 * pow(10, Double(decade)) }
                }.filter { $0 >= low && $0 <= high }
            }
            self.ticks = ticks
        }

        func share(_ value: Double) -> Double {
            let (a, b) = isLogarithmic ? (log(low), log(high)) : (low, high)
            let x = isLogarithmic ? log(max(value, low)) : value
            guard b > a else { return 0.5 }
            return min(1, max(0, (x - a) / (b - a)))
        }
    }
}
