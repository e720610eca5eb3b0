import Foundation
import Reporting
import Storage
import Testing

@Suite struct BandChartTests {
    private func chart(_ curves: [BandChart.Curve], isLogarithmic: Bool = true) -> BandChart {
        BandChart(
            title: "density <1> & more", xLabel: "waves", yLabel: "power", hasLogarithmicX: isLogarithmic,
            hasLogarithmicY: isLogarithmic, curves: curves)
    }

    private let real = BandChart.Curve("real", x: [1, 10, 100], middle: [100, 10, 1], spread: [50, 5, 0.5])
    private let fake = BandChart.Curve("generated", x: [1, 10, 100], middle: [80, 20, 2], spread: [8, 2, 2])

    @Test func aPowerLawIsAStraightLine() {
        let line = chart([real]).layout.shapes[0].line
        #expect(line.count == 3)
        #expect(abs((line[0].x + line[2].x) / 2 - line[1].x) < 1e-9)
        #expect(abs((line[0].y + line[2].y) / 2 - line[1].y) < 1e-9)
        #expect(line[0].y < line[2].y, "more is higher up")
        #expect(line.allSatisfy { $0.x >= BandChart.plot.left && $0.x <= BandChart.plot.right })
    }

    @Test func theBandLiesAroundItsLine() {
        let shape = chart([real, fake]).layout.shapes[1]
        #expect(shape.band.count == 6)
        for place in 0..<3 {
            #expect(shape.band[place].y < shape.line[place].y)
            #expect(shape.band[5 - place].y > shape.line[place].y)
            #expect(shape.band[place].x == shape.band[5 - place].x)
        }
        // 2 − 2 is 0, which has no logarithm: the band ends at the chart's foot.
        #expect(abs(shape.band[3].y - BandChart.plot.bottom) < 1e-9)
    }

    @Test func whatHasNoLogarithmIsLeftOut() {
        let curve = BandChart.Curve("real", x: [0, 1, 2, 3], middle: [5, 0, .nan, 2], spread: [1, 1, 1, 1])
        #expect(chart([curve]).layout.shapes[0].line.count == 1)
        let plain = chart([curve], isLogarithmic: false).layout.shapes[0]
        #expect(plain.line.count == 3)
        #expect(chart([]).layout.shapes.isEmpty)
    }

    @Test func theDocumentIsWellFormed() throws {
        let document = BandChart.document([chart([real, fake]), chart([fake]), chart([])], columns: 2)
        let parser = XMLParserCheck()
        #expect(parser.accepts(document), "\(document.prefix(400))")
        #expect(document.contains("width=\"880\" height=\"520\""), "two columns, two rows")
        #expect(document.contains("density &lt;1&gt; &amp; more"))
        #expect(document.components(separatedBy: "<polygon").count == 4)
        #expect(document.components(separatedBy: "<polyline").count == 4)
        #expect(!document.contains("nan") && !document.contains("inf"))
    }

    /// Of many curves, below all charts, in rows that are wide enough.
    @Test func aLegendOfAll() {
        let names = (0..<9).map { "a setting of some length, \($0)" }
        let curves = names.map { BandChart.Curve($0, x: [1], middle: [2]) }
        let document = BandChart.document([chart(curves), chart(curves)], columns: 2, sharesLegend: true)
        #expect(XMLParserCheck().accepts(document))
        for name in names { #expect(document.components(separatedBy: ">\(name)</text>").count == 2, "\(name)") }
        #expect(document.contains("width=\"880\" height=\"296\""), "three rows, of which one has its place already")
        #expect(document.components(separatedBy: "<circle").count == 19, "one value has no line")
        #expect(document.contains("<circle class=\"c7\"") && !document.contains("c8"), "colours begin again")
    }

    @Test func reportsShowChartsOfFields() throws {
        let fields = ReportedFields(charts: [chart([real, fake])], sentence: "Of 12 <samples>.", notes: ["a note"])
        let html = fields.html.text
        #expect(html.contains("Of 12 &lt;samples&gt;."))
        #expect(html.contains("<figure class=\"chart bands\"><svg"))
        #expect(html.contains("a note"))
        #expect(ReportedFields(notes: ["alone"]).html.text == "<p>alone</p>")
    }

    @Test func picturesShowTheCurves() {
        let picture = BandChart.picture([chart([real, fake]), chart([real])], columns: 2)
        #expect((picture.width, picture.height) == (1760, 520))
        func count(_ color: [UInt8], _ columns: Range<Int>) -> Int {
            var found = 0
            for row in 0..<picture.height {
                for column in columns {
                    let first = (row * picture.width + column) * 3
                    if Array(picture.pixels[first..<first + 3]) == color { found += 1 }
                }
            }
            return found
        }
        #expect(count([0, 114, 178], 0..<880) > 500)
        #expect(count([213, 94, 0], 0..<880) > 500)
        #expect(count([213, 94, 0], 880..<1760) == 0, "one curve alone")
        #expect(count([51, 51, 51], 0..<880) > 500, "letters")
    }

    @Test func lettersHaveTheirForms() {
        #expect(SmallLetters.columns("I") == [0x00, 0x41, 0x7F, 0x41, 0x00])
        #expect(SmallLetters.columns("~") == [0x02, 0x01, 0x02, 0x04, 0x02])
        #expect(SmallLetters.columns("ß") == SmallLetters.columns("?"))
    }
}

/// Whether tags are closed as they are opened.
private struct XMLParserCheck {
    func accepts(_ text: String) -> Bool {
        var open: [Substring] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasSuffix("/") { continue }
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else {
                open.append(tag.prefix { $0 != " " && $0 != "\n" })
            }
        }
        return open.isEmpty
    }
}
