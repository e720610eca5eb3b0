import Foundation

/// Lines and markers over a logarithmic axis, as SVG.
///
/// Colours can be told apart by colour-blind eyes (Okabe and Ito 2008); the background is white, whatever the page's.
public struct LineChart: Sendable {
    public struct Series: Sendable {
        public var name: String
        /// In the units of the axes, from left to right.
        public var line: [(x: Double, y: Double)]
        /// Drawn as dots.
        public var markers: [(x: Double, y: Double)]

        public init(_ name: String, line: [(x: Double, y: Double)], markers: [(x: Double, y: Double)] = []) {
            self.name = name
            self.line = line
            self.markers = markers
        }
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    /// Positions, above 0, which the axis has at distances of their logarithms.
    public var xTicks: [Double]
    /// The first and the last are the axis' ends.
    public var yTicks: [Double]
    public var series: [Series]

    public init(
        title: String, xLabel: String, yLabel: String, xTicks: [Double], yTicks: [Double], series: [Series]
    ) {
        precondition(
            !xTicks.isEmpty && yTicks.count > 1 && xTicks.allSatisfy { $0 > 0 },
            "line chart '\(title)': axes need ticks, and the logarithmic one positive ones")
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.xTicks = xTicks
        self.yTicks = yTicks
        self.series = series
    }

    /// An SVG document of charts, side by side.
    public static func document(_ charts: [LineChart]) -> String {
        let width = size.width * Double(charts.count)
        let rows = charts.map { ($0.series.count + legendColumns - 1) / legendColumns }.max() ?? 0
        let height = size.height + Double(rows) * legendRow
        let panels = charts.enumerated().map { k, chart in
            "<g transform=\"translate(\(SVG.place(size.width * Double(k))) 0)\">\n\(chart.panel)\n</g>"
        }
        return SVG.document(
            width: width, height: height, fontSize: "13", ink: "#222", content: panels.joined(separator: "\n"))
    }

    /// Of a panel without its legend.
    private static let size = (width: 380.0, height: 330.0)
    private static let plot = (left: 56.0, right: 364.0, top: 38.0, bottom: 268.0)
    private static let legendRow = 20.0
    private static let legendColumns = 3
    private static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222"]

    private var panel: String {
        let plot = Self.plot
        let middle = (x: (plot.left + plot.right) / 2, y: (plot.top + plot.bottom) / 2)
        var parts = [text(title, middle.x, 22, "text-anchor=\"middle\" font-size=\"14\" font-weight=\"bold\"")]
        for tick in yTicks {
            let y = self.y(tick)
            parts.append(segment((plot.left, y), (plot.right, y), "#dddddd"))
            parts.append(text(NumberText.plain(tick), plot.left - 7, y + 4.5, "text-anchor=\"end\""))
        }
        for tick in xTicks {
            let x = self.x(tick)
            parts.append(segment((x, plot.bottom), (x, plot.bottom + 5), "#222222"))
            parts.append(
                text(NumberText.plain(tick), x, plot.bottom + 19, "text-anchor=\"middle\" font-size=\"\(tickSize)\""))
        }
        parts.append(segment((plot.left, plot.bottom), (plot.right, plot.bottom), "#222222"))
        parts.append(text(xLabel, middle.x, plot.bottom + 40, "text-anchor=\"middle\""))
        parts.append(
            text(
                yLabel, 16, middle.y,
                "text-anchor=\"middle\" transform=\"rotate(-90 16 \(SVG.place(middle.y)))\""))
        for (k, one) in series.enumerated() {
            let color = Self.colors[k % Self.colors.count]
            let points = one.line.map { SVG.place(x($0.x)) + "," + SVG.place(y($0.y)) }
            if points.count > 1 {
                parts.append(
                    "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" stroke=\"\(color)\" "
                        + "stroke-width=\"2\"/>")
            }
            for marker in one.markers { parts.append(dot(x(marker.x), y(marker.y), color)) }
            parts += legend(k, one, color)
        }
        return parts.joined(separator: "\n")
    }

    private func legend(_ k: Int, _ series: Series, _ color: String) -> [String] {
        let step = (Self.plot.right - Self.plot.left) / Double(Self.legendColumns)
        let x = Self.plot.left + step * Double(k % Self.legendColumns)
        let y = Self.plot.bottom + 64 + Self.legendRow * Double(k / Self.legendColumns)
        var parts = [segment((x, y), (x + 18, y), color, width: 2)]
        if !series.markers.isEmpty { parts.append(dot(x + 9, y, color)) }
        return parts + [text(series.name, x + 24, y + 4.5, "")]
    }

    /// Smaller where there are many.
    private var tickSize: Int { xTicks.count > 8 ? 11 : 13 }

    private func x(_ value: Double) -> Double {
        let (first, last) = (log2(xTicks[0]), log2(xTicks[xTicks.count - 1]))
        let share = last > first ? (log2(value) - first) / (last - first) : 0.5
        // Markers at the ends stay off the frame.
        return Self.plot.left + 12 + share * (Self.plot.right - Self.plot.left - 24)
    }

    private func y(_ value: Double) -> Double {
        let (first, last) = (yTicks[0], yTicks[yTicks.count - 1])
        let share = min(1, max(0, (value - first) / (last - first)))
        return Self.plot.bottom - share * (Self.plot.bottom - Self.plot.top)
    }

    private func segment(
        _ a: (x: Double, y: Double), _ b: (x: Double, y: Double), _ color: String, width: Int = 1
    ) -> String {
        "<line x1=\"\(SVG.place(a.x))\" y1=\"\(SVG.place(a.y))\" x2=\"\(SVG.place(b.x))\" "
            + "y2=\"\(SVG.place(b.y))\" stroke=\"\(color)\" stroke-width=\"\(width)\"/>"
    }

    private func dot(_ x: Double, _ y: Double, _ color: String) -> String {
        "<circle cx=\"\(SVG.place(x))\" cy=\"\(SVG.place(y))\" r=\"4\" fill=\"\(color)\" stroke=\"#ffffff\"/>"
    }

    private func text(_ content: String, _ x: Double, _ y: Double, _ attributes: String) -> String {
        let escaped = content.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        let space = attributes.isEmpty ? "" : " "
        return "<text x=\"\(SVG.place(x))\" y=\"\(SVG.place(y))\"\(space)\(attributes)>\(escaped)</text>"
    }
}
