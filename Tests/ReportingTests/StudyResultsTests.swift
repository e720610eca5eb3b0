import Foundation
import Reporting
import Testing

/// Table and picture of a study.
@Suite struct StudyResultsTests {
    private static let value = StudyResults.Value("fid/classifier", lowerIsBetter: true)

    /// A run that is measured after 5 and 10 thousand images.
    private static func run(_ first: Double, _ last: Double?, seconds: Double = 100) -> StudyResults.Run {
        var points = [StudyResults.Point(kimg: 5, seconds: seconds / 2, values: [value.key: first, "is/x": 2])]
        if let last {
            points.append(StudyResults.Point(kimg: 10, seconds: seconds, values: [value.key: last, "is/x": 3]))
        }
        return StudyResults.Run(points: points, final: last.map { _ in points[1] }, seconds: last.map { _ in seconds })
    }

    private static func results(_ problems: [String] = []) -> StudyResults {
        StudyResults(
            title: "Rates | of both", facts: ["Data: d.", "Two."], common: ["preset=quick"], seeds: 3,
            settings: [
                .init(name: "slow", changes: [], runs: [run(200, 100), run(220, 110), run(240, 120)]),
                .init(
                    name: "fast", changes: ["optimizer.g_lr=0.005", "data.path=a`b"],
                    runs: [run(60, 90, seconds: 80), run(100, 50, seconds: 80), run(90, nil)]),
                .init(name: "never", changes: [], runs: []),
            ], values: [value, StudyResults.Value("is/x", lowerIsBetter: false)], problems: problems)
    }

    private static func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
        }
    }

    /// From the best to the worst; the shortest run ends after 80 seconds, which is three fifths of the way of the slow ones
    /// from 50 to 100.
    @Test func theTable() {
        let text = StudyTable(Self.results()).markdown(picture: "study.svg")
        #expect(text.hasPrefix("# Rates \\| of both\n\nData: d. Two.\n\n| setting |"), "\(text)")
        let rows = Self.rows(text)
        #expect(
            rows.prefix(4) == [
                [
                    "setting", "runs done", "fid/classifier at the end", "best", "after 1m 20s", "is/x at the end",
                    "training",
                ],
                [
                    "`fast`", "2 of 3", "70.00 ± 28.28 (2 of 3)", "55.00 ± 7.07 (2 of 3)", "70.00 ± 28.28 (2 of 3)",
                    "3.000 ± 0.000 (2 of 3)", "1m 20s ± 0s",
                ],
                [
                    "`slow`", "3 of 3", "110.0 ± 10.0", "110.0 ± 10.0", "154.0 ± 14.0", "3.000 ± 0.000",
                    "1m 40s ± 0s",
                ],
                ["`never`", "0 of 3", "–", "–", "–", "–", "–"],
            ], "\(text)")
        #expect(
            rows.suffix(4) == [
                ["setting", "5 kimg", "10 kimg"], ["`fast`", "83.33 ± 20.82", "70.00 ± 28.28 (2 of 3)"],
                ["`slow`", "220.0 ± 20.0", "110.0 ± 10.0"], ["`never`", "–", "–"],
            ])
        #expect(text.contains("Of fid/classifier less is better. Mean ± standard deviation (n − 1) over seeds"))
        #expect(text.contains("](study.svg)") && text.contains("- All: `preset=quick`\n- `slow`: nothing else"))
        #expect(text.contains("- `fast`: `optimizer.g_lr=0.005`, `data.path=a'b`"))
        #expect(!text.contains("## Left out"))
    }

    @Test func whatIsLeftOutStandsAtTheEnd() {
        let text = StudyTable(Self.results(["a/b: is\nnot there"])).markdown(picture: nil)
        #expect(text.hasSuffix("## Left out\n\n- a/b: is\\nnot there\n") && !text.contains("!["))
    }

    /// Where more is better the largest comes first.
    @Test func momentsAndOrder() {
        var results = Self.results()
        results.minutes = [1, 2]
        results.values = [results.values[1]]
        results.settings[1].runs[0].final?.values["is/x"] = 9
        let rows = Self.rows(StudyTable(results).markdown(picture: nil))
        #expect(rows[0].dropFirst(4) == ["after 1m 00s", "after 2m 00s", "training"])
        #expect(rows[1].prefix(3) == ["`fast`", "2 of 3", "6.000 ± 4.243 (2 of 3)"])
        #expect(rows[2].dropFirst(4) == ["2.200 ± 0.000", "–", "1m 40s ± 0s"])
    }

    /// One seed has no deviation, and of many measurements some have columns, the last among them.
    @Test func oneSeedAndManyMeasurements() {
        let points = (1...100).map {
            StudyResults.Point(kimg: Double($0), seconds: nil, values: ["kid/x": 1 / Double($0)])
        }
        let results = StudyResults(
            title: "t", seeds: 1,
            settings: [.init(name: "a", changes: [], runs: [.init(points: points, final: points[99])])],
            values: [.init("kid/x", lowerIsBetter: true)])
        let rows = Self.rows(StudyTable(results).markdown(picture: nil))
        #expect(rows[1] == ["`a`", "1 of 1", "0.0100", "0.0100", "–"])
        #expect(rows[2].count == 13 && rows[2][1] == "8 kimg" && rows[2][12] == "100 kimg")
    }

    @Test func withoutMeasurements() {
        let empty = StudyResults(title: "t", seeds: 2, settings: [.init(name: "a", changes: [], runs: [])], values: [])
        #expect(StudyTable(empty).markdown(picture: nil).contains("Nothing has been measured yet."))
        #expect(StudyPicture(empty).svg == nil)
    }

    @Test func thePicture() throws {
        let svg = try #require(StudyPicture(Self.results()).svg)
        #expect(svg.contains("seconds of training") && svg.contains("thousand images shown"))
        // Two bands and lines in each chart, and one legend for both.
        #expect(svg.ranges(of: "<polygon").count == 4 && svg.ranges(of: "<polyline").count == 4)
        for name in ["slow", "fast", "never"] { #expect(svg.ranges(of: ">\(name)</text>").count == 1, "\(name)") }
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        var long = Self.results()
        for setting in long.settings.indices {
            for run in long.settings[setting].runs.indices {
                for point in long.settings[setting].runs[run].points.indices {
                    long.settings[setting].runs[run].points[point].seconds = 7200
                }
            }
        }
        #expect(StudyPicture(long).svg?.contains("minutes of training") == true)
    }

    /// There are eight colours: the first setting has one, and the best of the others.
    @Test func manySettings() {
        let settings = (0..<12).map { place in
            StudyResults.Setting(
                name: "s\(place)", changes: [], runs: [Self.run(300, 100 - Double(place))])
        }
        let results = StudyResults(title: "t", seeds: 1, settings: settings, values: [Self.value])
        #expect(StudyPicture(results).drawn.map(\.name) == ["s0"] + (5..<12).map { "s\($0)" })
    }
}
