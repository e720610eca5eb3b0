import Foundation
import Storage
import TestSupport
import Testing

import Reporting

/// What reports are made of.
@Suite struct ReportPartsTests {
    @Test func textsStayTexts() {
        let name = "<script>alert('x')</script> & \"y\"\u{202E}\u{1B}[31m"
        let shown = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;\\u{202E}\\u{1B}[31m"
        let cell: HTML = "<td title=\"\(name)\">\(name)</td>"
        #expect(cell.text == "<td title=\"\(shown)\">\(shown)</td>")
        // What is markup already is put in as such, numbers as they are.
        let row: HTML = "<tr>\(cell)\(7)\([cell, cell])</tr>"
        #expect(row.text.ranges(of: "<td title=").count == 3 && row.text.contains(">7<") || row.text.contains("7<td"))
        #expect(HTML(name).text == shown)
        let table = HTML.table([name, "b"], [["\(name)", "<b>\(name)</b>"]])
        #expect(!table.text.contains("<script") && table.text.ranges(of: "&lt;script&gt;").count == 3)
    }

    @Test func thinnedCurvesKeepTheirShape() throws {
        var series = ThinnedSeries()
        for step in 0..<100_000 { series.add(x: Double(step), y: Double(step) * 2) }
        series.add(x: .nan, y: 1)
        series.add(x: 1, y: .infinity)
        #expect(series.points.count <= ThinnedSeries.most + 1 && series.points.count > ThinnedSeries.most / 4)
        #expect(series.points.allSatisfy { abs($0.y - 2 * $0.x) < 1e-6 })
        #expect(zip(series.points, series.points.dropFirst()).allSatisfy { $0.x < $1.x })
        #expect(series.last == ThinnedSeries.Point(x: 99_999, y: 199_998))
        #expect(series.shown.last == series.last)
        // All that were given are in the mean of the points.
        var few = ThinnedSeries()
        for step in 0..<ThinnedSeries.most { few.add(x: Double(step), y: step == 7 ? 1000 : 0) }
        #expect(few.points.count == ThinnedSeries.most && few.points[7].y == 1000)
    }

    @Test func axes() {
        let plain = ChartAxis(around: [0.31, 0.9, 0.5], prefersLogarithm: false)
        #expect(plain.low == 0 && plain.high == 1 && plain.ticks.count >= 3)
        #expect(!plain.isLogarithmic && plain.share(of: 0.5) == 0.5)
        #expect(plain.share(of: -3) == 0 && plain.share(of: 7) == 1)
        let constant = ChartAxis(around: [3, 3], prefersLogarithm: false)
        #expect(constant.low < 3 && constant.high > 3)
        let zeros = ChartAxis(around: [0, 0], prefersLogarithm: true)
        #expect(zeros.low < zeros.high)
        let decades = ChartAxis(around: [2e-5, 0.3], prefersLogarithm: true)
        #expect(decades.isLogarithmic && decades.low <= 2e-5 && decades.high >= 0.3)
        #expect(abs(decades.share(of: 1e-3) - 2.0 / 5) < 0.01)
        // One value among hundreds that lies far off does not flatten all others.
        let spike = ChartAxis(around: (0..<300).map { $0 == 5 ? 1e9 : Double($0 % 10) }, prefersLogarithm: false)
        #expect(spike.high < 100)
        for odd in [[], [.nan], [.infinity, 1], [1e-320, 1e-310], [-1e299, 1e299], [5e-324]] as [[Double]] {
            let axis = ChartAxis(around: odd, prefersLogarithm: true)
            #expect(axis.ticks.count <= 101 && !axis.ticks.isEmpty, "\(odd)")
            #expect((0...1).contains(axis.share(of: 1)), "\(odd)")
        }
    }

    @Test func charts() throws {
        let points = [ThinnedSeries.Point(x: 0, y: 0), ThinnedSeries.Point(x: 10, y: 1)]
        let chart = CurveChart(
            title: "A <b>", meaning: "What & why.",
            lines: [
                .init(name: "loss/\"x\"", points: points, last: 1), .init(name: "none", points: [], last: nil),
                .init(name: "one", points: [points[1]], last: 0.5),
            ])
        let text = try #require(chart.html?.text)
        #expect(text.contains("<h3>A &lt;b&gt;</h3><p>What &amp; why.</p>"))
        // From the lower left to the upper right corner of the plot.
        #expect(text.contains("<polyline class=\"c0\" points=\"52,184 424,10\"/>"))
        #expect(text.contains("<circle class=\"c1\"") && text.contains("loss/&quot;x&quot;"))
        #expect(!text.contains("none"))
        #expect(text.contains("viewBox=\"0 0 440 222\"") && text.contains(">10</text>"))
        let empty = CurveChart(title: "", meaning: "", lines: [.init(name: "a", points: [], last: nil)])
        #expect(empty.html == nil)
    }

    @Test func sheetsOfAStrip() {
        #expect(RunPicturesSection.thinned([1, 2, 3], to: 5) == [1, 2, 3])
        let many = RunPicturesSection.thinned(Array(0...1000), to: 11)
        #expect(many == (0...10).map { $0 * 100 })
        #expect(RunPicturesSection.thinned([], to: 5) == [])
    }

    @Test func reducedPictures() throws {
        let image = RasterImage(height: 3, width: 5, channels: 1, pixels: (0..<15).map { UInt8($0) })
        #expect(image.reduced(toSide: 5) == image)
        let small = image.reduced(toSide: 4)
        // Means of 0, 1, 5, 6 and of 2, 3, 7, 8; the last row and column are no whole blocks.
        #expect(small == RasterImage(height: 1, width: 2, channels: 1, pixels: [3, 5]))
        let wide = RasterImage(height: 1, width: 100, channels: 3).reduced(toSide: 10)
        #expect(wide.width == 100, "a side of one pixel is not shrunk")
        let picture = try PictureData(image, longest: 4)
        #expect(picture.width == 2 && picture.address.hasPrefix("data:image/png;base64,iVBOR"))
        #expect(picture.html("a \"b\"").text.contains("alt=\"a &quot;b&quot;\""))
    }

    @Test func damagedLinesAreCounted() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/stats.jsonl"
            let long = "{\"images\": 1, \"x\": \"" + String(repeating: "y", count: 1 << 20) + "\"}"
            let lines = [
                "{\"step\": 1, \"images\": 1000, \"a\": 0.5, \"b\": null, \"c\": \"text\", \"d\": {\"e\": 1}}",
                "{\"step\": 2,",
                "[1, 2]", "{\"a\": 3}", "", "\u{0}\u{0}", long, "{\"images\": 2000, \"a\": 1e999}",
                "{\"images\": 3000, \"a\": 0.75, \"<i>\": 1}",
            ]
            try lines.joined(separator: "\n").write(toFile: path, atomically: false, encoding: .utf8)
            let curves = RunCurves(file: path)
            #expect(curves.names == ["<i>", "a"])
            #expect(curves["a"]?.points.map(\.x) == [1, 3] && curves["a"]?.last?.y == 0.75)
            #expect(curves.problems.count == 1 && curves.problems[0].hasPrefix("\(path): "))
            #expect(curves.problems[0].contains("damaged lines are left out"))
            #expect(RunCurves(file: folder + "/none").isThere == false)
            #expect(RunCurves(file: folder).problems == ["\(folder): is a folder, expected a file"])
            // So many names that nobody wrote them.
            let names = (0..<RunCurves.mostNames + 5).map { "\"n\($0)\": 1" }.joined(separator: ", ")
            try "{\"images\": 1, \(names)}\n".write(toFile: path, atomically: false, encoding: .utf8)
            let many = RunCurves(file: path)
            #expect(many.names.count == RunCurves.mostNames && many.problems.count == 1)
        }
    }

    @Test func whatALogHolds() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/log.txt"
            var lines = [
                "2025-01-31T12:00:00Z info quick: 32×32×1, 60000 images; 2 ranks × 1 thread, batch 32; run runs/a",
                "2025-01-31T12:00:00Z info machines: node01: ranks 0 to 1",
                "2025-01-31T12:00:09Z 1 000 images · warning",
                "2025-01-31T12:00:10Z warning slow <b>", "2025-01-31T12:00:11Z warning slow <b>",
                "2025-01-31T12:00:12Z error cannot", "  and a second line", "2025-01-31 warning no time",
            ]
            try lines.joined(separator: "\n").write(toFile: path, atomically: false, encoding: .utf8)
            var log = LogDigest(file: path)
            #expect(log.lines == 6 && log.first == "2025-01-31T12:00:00Z" && log.last == "2025-01-31T12:00:12Z")
            #expect(
                log.starts.map(\.text) == ["quick: 32×32×1, 60000 images; 2 ranks × 1 thread, batch 32; run runs/a"])
            #expect(log.machines.map(\.text) == ["node01: ranks 0 to 1"])
            let slow = LogDigest.Message(
                text: "slow <b>", first: "2025-01-31T12:00:10Z", last: "2025-01-31T12:00:11Z", count: 2)
            #expect(log.warnings == [slow])
            #expect(log.errors.map(\.text) == ["cannot"])
            lines = (0..<LogDigest.most + 3).map { "2025-01-31T12:00:00Z warning number \($0)" }
            try lines.joined(separator: "\n").write(toFile: path, atomically: false, encoding: .utf8)
            log = LogDigest(file: path)
            #expect(log.warnings.count == LogDigest.most && log.leftOut == 3)
        }
    }
}
