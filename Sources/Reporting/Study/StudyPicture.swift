/// The first value of a study over images and over training, a curve for each setting with a band over its seeds, as SVG.
public struct StudyPicture {
    private let results: StudyResults

    public init(_ results: StudyResults) { self.results = results }

    /// The settings that are drawn, in the file's order: the first, which others are likely to be compared with, and the
    /// best of the others, as many as there are colours.
    package var drawn: [StudyResults.Setting] {
        guard let first = results.settings.first else { return [] }
        let best = results.ranking.filter { $0.name != first.name }.prefix(BandChart.mostCurves - 1).map(\.name)
        return results.settings.filter { $0.name == first.name || best.contains($0.name) }
    }

    /// A document of two charts; nil where nothing has been measured.
    public var svg: String? {
        guard let value = results.values.first else { return nil }
        let settings = drawn
        let images = settings.map { curve($0, value.key) { $0.kimg } }
        let longest = settings.flatMap(\.runs).flatMap(\.points).compactMap(\.seconds).max() ?? 0
        let (unit, length) = longest < 600 ? ("seconds", 1.0) : longest < 36_000 ? ("minutes", 60) : ("hours", 3600)
        let seconds = settings.map { curve($0, value.key) { point in point.seconds.map { $0 / length } } }
        let middles = images.flatMap(\.middle)
        let (least, most) = (middles.min() ?? 0, middles.max() ?? 0)
        // What falls by far, and what it falls to, are both to be seen.
        let isLogarithmic = value.lowerIsBetter == true && least > 0 && most > 4 * least
        func chart(_ title: String, _ label: String, _ curves: [BandChart.Curve]) -> BandChart {
            BandChart(
                title: title, xLabel: label, yLabel: value.key, hasLogarithmicY: isLogarithmic, curves: curves)
        }
        return BandChart.document(
            [
                chart("Over images", "thousand images shown", images),
                chart("Over training", "\(unit) of training", seconds),
            ], columns: 2, sharesLegend: true)
    }

    /// Mean and deviation of value and place at each measurement, over the seeds that have it.
    private func curve(
        _ setting: StudyResults.Setting, _ key: String, place: (StudyResults.Point) -> Double?
    ) -> BandChart.Curve {
        var curve = BandChart.Curve(setting.name, x: [], middle: [])
        for kimg in Set(setting.runs.flatMap(\.points).map(\.kimg)).sorted() {
            let found = setting.runs.compactMap { run -> (place: Double, value: Double)? in
                guard let point = run.points.last(where: { $0.kimg == kimg }), let x = place(point),
                    let value = point.values[key]
                else { return nil }
                return (x, value)
            }
            guard let x = Spread(found.map(\.place)), let y = Spread(found.map(\.value)) else { continue }
            curve.x.append(x.mean)
            curve.middle.append(y.mean)
            curve.spread.append(y.deviation ?? 0)
        }
        return curve
    }
}
