import Reporting
import Testing

@Suite struct LineChartTests {
    private let chart = LineChart(
        title: "A & B", xLabel: "ranks", yLabel: "share, %", xTicks: [1, 2, 4], yTicks: [0, 50, 100],
        series: [
            .init("none < all", line: [(1, 100), (4, 0)], markers: [(2, 50), (4, 120)]), .init("other", line: []),
        ])

    @Test func drawsWhatItIsGiven() {
        let svg = LineChart.document([chart])
        #expect(svg.hasPrefix("<svg xmlns=") && svg.hasSuffix("</svg>\n"))
        #expect(svg.contains("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"))
        for text in ["A &amp; B", "none &lt; all", "other", "ranks", "share, %", ">1<", ">4<", ">50<", ">100<"] {
            #expect(svg.contains(text), "\(text)")
        }
        // From the upper left to the lower right corner of the plot.
        #expect(svg.contains("<polyline points=\"68,38 352,268\""))
        // Two markers and the one of the legend; what is above the axis' end is drawn there.
        #expect(svg.split(separator: "<circle").count == 4)
        #expect(svg.contains("cx=\"210\" cy=\"153\"") && svg.contains("cx=\"352\" cy=\"38\""))
    }

    @Test func panelsStandSideBySide() {
        let svg = LineChart.document([chart, chart, chart])
        #expect(svg.contains("viewBox=\"0 0 1140 350\""))
        #expect(svg.contains("translate(0 0)") && svg.contains("translate(380 0)") && svg.contains("translate(760 0)"))
        #expect(svg.split(separator: "\n").count { $0 == "</g>" } == 3)
    }

    @Test func plainNumbers() {
        let texts = [2, 0.25, 1024, 0, 1.0 / 3, -1.5].map(NumberText.plain)
        #expect(texts == ["2", "0.25", "1024", "0", "0.333", "-1.5"])
    }
}
