import Kernels
import Layers
import Recipes
import Storage

/// Names what is not finite. Looked for only once a sum or a flag has told that there is something.
enum NotFiniteSearch {
    /// Of what a phase has measured and of its gradient; nil where all is finite.
    ///
    /// The norm tells for the whole gradient: squares of floats do not overflow in its sum.
    static func text(_ phase: Phase, _ means: Measurements, norm: Double, _ network: LearningNetwork) -> String? {
        guard !means.notFinite.isEmpty || !norm.isFinite else { return nil }
        let numbers = phase.statistics(means) + [("gradient_norm/\(phase.key)", norm)]
        var found = numbers.filter { !$0.1.isFinite }.map { "\($0.0) is \(FiniteNumbers.name($0.1))" }
        found += means.notFinite.filter { !$0.isReported }.map(\.name)
        if let name = first(in: network.tree) { found.append("first in the gradient of \(network.group)/\(name)") }
        return found.joined(separator: ", ")
    }

    /// The first parameter whose gradient is not finite.
    private static func first(in tree: GradientTree) -> String? {
        zip(tree.selection.entries, tree.selection.offsets).first { entry, offset in
            !FiniteNumbers.allAreFinite(tree.gradient.slice(offset, entry.count).array)
        }?.0.name
    }

    /// Of a network and its moments after an update.
    static func text(_ network: LearningNetwork) -> String {
        for entry in network.parameters.trained {
            if let complaint = FiniteNumbers.complaint(of: network.parameters.view(entry).array) {
                return "\(network.group)/\(entry.name) \(complaint)"
            }
            for moment in network.moments {
                if let complaint = FiniteNumbers.complaint(of: moment.view.slice(entry.offset, entry.count).array) {
                    return "\(moment.name) of \(entry.name) \(complaint)"
                }
            }
        }
        return "an update of \(network.group)"
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
}
