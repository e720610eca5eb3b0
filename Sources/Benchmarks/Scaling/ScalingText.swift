import Failure
import Foundation
import Reporting

/// A scaling report for people.
public enum ScalingText {
    public static func text(_ report: ScalingReport) -> String {
        var parts = [measured(report), errors(report), parameters(report)]
        let images = report.weak.first?.imagesPerRank ?? 0
        parts.append(
            "Weak scaling, \(images) images a rank: images/s (efficiency)\n" + predictions(report.weak))
        if let first = report.strong.first {
            let batch = first.imagesPerRank * first.ranks
            parts.append(
                "Strong scaling, \(batch) images over all ranks, at least \(report.compute.microbatch) a rank: "
                    + "images/s (efficiency)\n" + predictions(report.strong))
        }
        return parts.joined(separator: "\n\n")
    }

    private static func measured(_ report: ScalingReport) -> String {
        var table = TableFormatter([
            .init("ranks"), .init("links"), .init("buckets", .right), .init("way"), .init("alone", .right),
            .init("measured", .right),
            .init("model", .right), .init("error", .right), .init("held out", .right), .init("error", .right),
        ])
        for row in report.rows {
            table.add([
                "\(row.ranks)", LinkRate.text(row.gigabitsPerSecond), NumberText.fixed(row.sums, 0),
                row.way.rawValue + (row.isFitted ? "" : " *"),
                milliseconds(row.alone), milliseconds(row.measured), milliseconds(row.model), percent(row.error),
                row.heldOut.map(milliseconds) ?? "", row.heldOutError.map(percent) ?? "",
            ])
        }
        let note = report.rows.allSatisfy(\.isFitted) ? "" : "\n* not used to fit the model"
        return "Milliseconds of a step of \(report.name)\n" + table.text + note
    }

    private static func errors(_ report: ScalingReport) -> String {
        let kinds: [(String, [Double])] = [
            ("fitted", report.rows.filter(\.isFitted).map(\.error)),
            ("not fitted", report.rows.filter { !$0.isFitted }.map(\.error)),
            ("held out", report.rows.filter(\.isFitted).compactMap(\.heldOutError)),
        ]
        return kinds.compactMap { name, errors in
            ScalingReport.size(of: errors).map {
                "error of \(errors.count) steps \(name): \(NumberText.fixed($0.typical * 100, 1)) % (root mean square), "
                    + "at most \(NumberText.fixed($0.worst * 100, 1)) %"
            }
        }.joined(separator: "\n")
    }

    private static func parameters(_ report: ScalingReport) -> String {
        let (model, compute) = (report.model, report.compute)
        return """
            compute    \(milliseconds(compute.fixed)) ms a step + \(milliseconds(compute.perImage)) ms an image \
            (one rank, threads: \(compute.threads), microbatch: \(compute.microbatch))
            sums       \(NumberText.fixed(report.gradientBytes / 1e6, 2)) MB a step in \
            \(NumberText.fixed(report.sums, 1)) buckets
            latency    \(NumberText.short(model.latency * 1e6)) µs a round
            bandwidth  \(NumberText.fixed(model.rateShare * 100, 0)) % of the link's
            processing \(NumberText.fixed(model.secondsPerByte * 1e9, 2)) ns of a core for each byte sent
            overlap    \(NumberText.fixed(model.overlap * 100, 0)) % of computing a microbatch hides sums
            """
    }

    private static func predictions(_ predictions: [ScalingReport.Prediction]) -> String {
        var rates: [Double] = []
        for prediction in predictions where !rates.contains(prediction.gigabitsPerSecond) {
            rates.append(prediction.gigabitsPerSecond)
        }
        var table = TableFormatter([.init("ranks", .right)] + rates.map { .init(LinkRate.text($0), .right) })
        for ranks in Set(predictions.map(\.ranks)).sorted() {
            let cells = rates.map { rate in
                predictions.first { $0.ranks == ranks && $0.gigabitsPerSecond == rate }.map {
                    "\(NumberText.grouped(Int(checkedRounding: $0.imagesPerSecond) ?? 0)) "
                        + "(\(NumberText.fixed($0.efficiency * 100, 0)) %)"
                } ?? ""
            }
            table.add(["\(ranks)"] + cells)
        }
        return table.text
    }

    private static func milliseconds(_ seconds: Double) -> String { NumberText.fixed(seconds * 1000, 1) }
    private static func percent(_ share: Double) -> String {
        (share > 0 ? "+" : "") + NumberText.fixed(share * 100, 1) + " %"
    }
}
