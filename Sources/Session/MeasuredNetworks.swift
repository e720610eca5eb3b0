import Recipes
import Reporting
import Storage

/// What reports have of a checkpoint's networks at each tick, as `ganglion inspect` shows it: the σ of layers with spectral
/// normalisation, and the gains of attention.
enum MeasuredNetworks {
    /// - Parameter all: one by one, instead of the extremes of σ.
    /// - Returns: lines; none where networks have no such numbers.
    static func text(_ contents: CheckpointContents, path: String, all: Bool) -> [String] {
        // Of reference weights nobody has told what they belong to.
        guard contents.attribute("config") != nil else { return [] }
        do {
            let networks = try StoredNetworks(contents, path: path)
            return [
                lines("generator", try networks.measured(of: .generator), all: all),
                lines("discriminator", try networks.measured(of: .discriminator), all: all),
            ].flatMap { $0 }
        } catch {
            // Everything else of the file has been shown.
            return ["its networks cannot be made, to measure them: \(error)"]
        }
    }

    private static func lines(_ network: String, _ measured: [(name: String, value: Float)], all: Bool) -> [String] {
        let ending = "/sigma"
        let norms = measured.filter { $0.name.hasSuffix(ending) }
        let shown = all ? measured : measured.filter { !$0.name.hasSuffix(ending) }
        var lines = shown.map { "  \(network)/\($0.name) = \(NumberText.short(Double($0.value)))" }
        guard !all, let least = norms.min(by: { $0.value < $1.value }),
            let most = norms.max(by: { $0.value < $1.value })
        else { return lines }
        func text(_ one: (name: String, value: Float)) -> String {
            "\(NumberText.short(Double(one.value))) (\(one.name.dropLast(ending.count)))"
        }
        lines.insert("  \(network): σ of \(norms.count) layers from \(text(least)) to \(text(most))", at: 0)
        return lines
    }
}
