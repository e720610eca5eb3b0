import Reporting

/// A scaling report as a picture: what was measured beside the model, and what it predicts.
public enum ScalingPicture {
    public static func svg(_ report: ScalingReport) -> String {
        LineChart.document(
            [measured(report), predicted("Predicted: batch of a rank fixed", report.weak)]
                + (report.strong.isEmpty ? [] : [predicted("Predicted: global batch fixed", report.strong)]))
    }

    /// Overlapped steps, as training takes them; lines are the model.
    private static func measured(_ report: ScalingReport) -> LineChart {
        let rows = report.rows.filter { $0.way == .overlapped }
        var rates: [Double?] = []
        for row in rows where !rates.contains(row.gigabitsPerSecond) { rates.append(row.gigabitsPerSecond) }
        return chart(
            "Measured (dots) and model (lines)", ranks: [1] + rows.map(\.ranks),
            rates.map { rate in
                let rows = rows.filter { $0.gigabitsPerSecond == rate }.sorted { $0.ranks < $1.ranks }
                return LineChart.Series(
                    LinkRate.text(rate),
                    line: [(1, 100)] + rows.map { (Double($0.ranks), 100 * $0.alone / $0.model) },
                    markers: rows.map { (Double($0.ranks), 100 * $0.alone / $0.measured) })
            })
    }

    private static func predicted(_ title: String, _ predictions: [ScalingReport.Prediction]) -> LineChart {
        var rates: [Double] = []
        for one in predictions where !rates.contains(one.gigabitsPerSecond) { rates.append(one.gigabitsPerSecond) }
        return chart(
            title, ranks: predictions.map(\.ranks),
            rates.map { rate in
                LineChart.Series(
                    LinkRate.text(rate),
                    line: predictions.filter { $0.gigabitsPerSecond == rate }.map {
                        (Double($0.ranks), 100 * $0.efficiency)
                    })
            })
    }

    private static func chart(_ title: String, ranks: [Int], _ series: [LineChart.Series]) -> LineChart {
        LineChart(
            title: title, xLabel: "ranks, one to a node", yLabel: "efficiency, %",
            xTicks: Set(ranks).sorted().map(Double.init), yTicks: [0, 20, 40, 60, 80, 100], series: series)
    }
}
