import Configuration
import Models
import Recipes
import Reporting
import State
import Storage
import Training

/// How a run takes over what another has left.
extension StepEngine {
    /// Goes on where a checkpoint stands.
    ///
    /// - Returns: what differs between the checkpoint's configuration and this run's, to be told.
    /// - Throws: ``StateError`` naming the file, the array or key, what was found and what this run expects; nothing is
    ///   changed then.
    @discardableResult
    public func resume(
        _ contents: CheckpointContents, path: String, datasetID: String, description: DatasetDescription? = nil
    ) throws -> [String] {
        var changes: [String] = []
        try state.load(contents, path: path) { counters in
            changes = try ResumedConfiguration.changes(
                to: configuration, from: contents, path: path, decided: counters.growth?.transitions.count ?? 0)
            try checkLevel(try GrowthLevel(contents, path: path, final: configuration.resolution), path: path)
            if let row = counters.guardLeftOutInARow, row.isEmpty {
                throw StateError(path: path, reason: "guard_left_out_in_a_row is [], expected numbers of updates")
            }
            let found = contents.attribute("dataset_id")?.stringValue ?? "(none)"
            guard found == datasetID else {
                throw StateError(
                    path: path,
                    reason: "was trained on the data set \(found), but --data is \(datasetID);"
                        + " give the data set it was trained on, or start a new run with --transfer")
            }
            try SampleAttributes(description, configuration).check(contents, path: path)
        }
        // Phases may have come in or gone with the configuration.
        state.counters.guardLeftOutInARow = state.counters.guardLeftOutInARow.map { row in
            (0..<schedule.streams).map { $0 < row.count ? row[$0] : 0 }
        }
        // Networks that grow no longer are whole from here on.
        if !configuration.growing.enabled { (state.counters.level, state.counters.growth) = (nil, nil) }
        return changes
    }

    /// - Throws: ``StateError`` where this run never comes by the level of the checkpoint's last step.
    private func checkLevel(_ level: GrowthLevel?, path: String) throws {
        let known = configuration.stages.map(\.resolution)
        guard configuration.growing.enabled, let level, !known.contains(level.resolution) else { return }
        throw StateError(
            path: path,
            reason: "the attribute level_resolution is \(level.resolution), but this run trains at "
                + known.map(String.init).joined(separator: ", ") + "; set growing.start and growing.final as they were")
    }

    /// Starts a new run from the networks of a checkpoint, which may be built from reference weights: no counters, no
    /// moments. A missing average is the generator itself; what other discriminators may lack keeps its
    /// initial values.
    ///
    /// - Parameter description: of the data set that it is to train on.
    /// - Returns: what of the networks the file does not have, or has not trained, to be told.
    /// - Throws: ``StateError`` where the file does not fit, or lacks what is to stay as the file has it.
    public func transfer(
        _ contents: CheckpointContents, path: String, description: DatasetDescription? = nil
    ) throws -> [String] {
        let hasAverage = contents.arrays.contains { $0.path.hasPrefix("ema/") }
        let (missing, left) = try state.transfer(
            contents, path: path, source: { $0 == "ema" && !hasAverage ? "generator" : $0 },
            optional: {
                $0 == "discriminator"
                    ? networks.discriminator.partsThatOthersLack : networks.generator.partsThatOthersLack
            })
        var notes = try SampleAttributes(description, configuration).changes(in: contents, path: path)
        try FrozenLayers.checkSource(networks, lacks: missing, path: path)
        notes += missing.map { "\(path) has no \($0): it keeps its initial values" }
        if let first = left.first {
            notes.append(
                "\(path) has \(first)\(left.count > 1 ? " and \(left.count - 1) more" : ""), which this run's networks do not"
                    + " have: they start without")
        }
        let own = configuration.resolution
        let final = max(own, contents.attribute("resolution")?.intValue ?? own)
        if let grown = try GrowthLevel(contents, path: path, final: final), grown.resolution < own || grown.isFading {
            let text = Progress.Growth(resolution: grown.resolution, fade: grown.fade).text
            notes.append("\(path) was still growing, at \(text) of \(final)²: not all of its layers are trained")
        }
        return notes
    }
}
