import Kernels
import Layers
import Reporting
import Storage

/// Names what is not finite. Looked for only once a sum or a flag has told that there is something.
enum NotFiniteSearch {
    /// Of what a phase has measured and of its gradient; nil where all is finite.
    ///
    /// The norm tells for the whole gradient: squares of floats do not overflow in its sum.
    static func text(_ phase: Phase, _ measurements: Measurements, norm: Double, _ tree: GradientTree) -> String? {
        guard !measurements.areFinite || !norm.isFinite else { return nil }
        var report = StepReport()
        report.measurements[phase] = measurements
        report.gradientNorms[phase] = norm
        var found = StatsFields.values(report, [.ggdr, .gradientPenalty, .classifier])
            .filter { !$0.1.isFinite }.map { "\($0.0) is \(FiniteNumbers.name($0.1))" }
        if let mean = measurements.wMean, !FiniteNumbers.allAreFinite(mean) { found.append("the mean of w") }
        if let name = first(in: tree) { found.append("first in the gradient of \(group(phase))/\(name)") }
        return found.joined(separator: ", ")
    }

    /// The first parameter whose gradient is not finite.
    private static func first(in tree: GradientTree) -> String? {
        zip(tree.selection.entries, tree.selection.offsets).first { entry, offset in
            !FiniteNumbers.allAreFinite(tree.gradient.slice(offset, entry.count).array)
        }?.0.name
    }

    /// Of a network and its moments after an update.
    static func text(_ phase: Phase, _ parameters: Parameters, _ optimizer: Adam) -> String {
        for entry in parameters.trained {
            let moments = [("m", optimizer.firstMoments), ("v", optimizer.secondMoments)]
            if let complaint = FiniteNumbers.complaint(of: parameters.view(entry).array) {
                return "\(group(phase))/\(entry.name) \(complaint)"
            }
            for (name, view) in moments {
                if let complaint = FiniteNumbers.complaint(of: view.slice(entry.offset, entry.count).array) {
                    return "optimizer/\(group(phase))/\(name) of \(entry.name) \(complaint)"
                }
            }
        }
        return "an update of \(group(phase))"
    }

    /// Of an averaged network.
    static func text(group: String, _ parameters: Parameters) -> String {
        for entry in parameters.trained + parameters.untrained {
            if let complaint = FiniteNumbers.complaint(of: parameters.view(entry).array) {
                return "\(group)/\(entry.name) \(complaint)"
            }
        }
        return group
    }

    static func group(_ phase: Phase) -> String { phase.isGenerators ? "generator" : "discriminator" }
}
