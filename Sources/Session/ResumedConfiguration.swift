import Configuration
import State
import Storage

/// The configuration that a checkpoint was trained with, beside that of the run which goes on from it.
enum ResumedConfiguration {
    /// Keys that differ from the checkpoint's configuration.
    ///
    /// - Parameter decided: transitions that plateaus have decided, which count from the first resolution.
    /// - Throws: ``StateError`` for those that decide which images and numbers come next: with another value a run would
    ///   show some images twice and others never; for what needs state that the checkpoint does not have; and for those of
    ///   the schedule of growing, unless the command line names them.
    static func changes(
        to configuration: ResolvedConfiguration, from contents: CheckpointContents, path: String, decided: Int
    ) throws -> [String] {
        guard let text = contents.attribute("config")?.stringValue else { return [] }
        let (former, unknown) = try Configuration.parseStored(yaml: text, name: path)
        let current = configuration.configuration
        let ordering = ["seed", "data.mirror", "data.limit"] + (current.data.limit == nil ? [] : ["data.limit_seed"])
        let schedule = ["enabled", "start", "final", "training_kimg", "transition_kimg", "trigger"]
            .map { "growing.\($0)" }
        // By the length of a run rates may be told.
        let harmless = ["preset", "data.path"] + (current.optimizer.decayFrom == nil ? ["kimg"] : [])
        let grows = former.growing.enabled || current.growing.enabled
        var told = unknown.map { "\($0.key) was \($0.value); this version does not know the key" }
        var refused: [(key: String, old: String, new: String)] = []
        for (key, old, new) in Configuration.differences(former.entries, current.entries)
        where !harmless.contains(key) && (grows || !key.hasPrefix("growing.")) {
            let (old, new) = (old ?? "none", new ?? "none")
            if ordering.contains(key) {
                throw StateError(
                    path: path,
                    reason: "was trained with \(key)=\(old), but this run has \(new); go on with \(key)=\(old), "
                        + "or start a new run with --transfer")
            }
            if key == "model.family" {
                throw StateError(
                    path: path,
                    reason: "was trained with \(key)=\(old), but this run has \(new); go on with \(key)=\(old), best "
                        + "with its preset or the config.yaml of its run, or start a new run")
            }
            // Maps and images of as many channels would both fit.
            let isDense = former.data.condition.isDense || current.data.condition.isDense
            if key == "data.condition" && isDense || key == "data.dont_care" {
                throw StateError(
                    path: path,
                    reason:
                        "was trained with \(key)=\(old), but this run has \(new), which its networks have not learned "
                        + "to read; go on with \(key)=\(old), or start a new run")
            }
            if key == "augment.mode" && new == "ada" || key == "loss.lecam_weight" && old == "0" {
                throw StateError(
                    path: path,
                    reason: "was trained with \(key)=\(old), but this run has \(new), whose state it does not have; go "
                        + "on with \(key)=\(old), or start a new run with --transfer")
            }
            let isDecided = key == "growing.start" && decided > 0
            if isDecided || schedule.contains(key) && !current.explicitKeys.contains(key) {
                refused.append((key, old, new))
                continue
            }
            // A probability that adapts is state.
            let isState = key == "augment.p" && current.augment.mode == .ada
            told.append(
                "\(key) was \(old.isEmpty ? "none" : old), is now \(new.isEmpty ? "none" : new)"
                    + (isState ? ", which is where p starts in a new run: this one goes on with the checkpoint's" : ""))
        }
        guard refused.isEmpty else {
            let old = refused.map { "\($0.key)=\($0.old)" }
            throw StateError(
                path: path,
                reason: "was trained with \(old.joined(separator: ", ")), but this run has "
                    + refused.map { "\($0.key)=\($0.new)" }.joined(separator: ", ")
                    + ", which would change the schedule of its growth; go on with \(old.joined(separator: " ")), or give "
                    + refused.map { "--set \($0.key)=\($0.new)" }.joined(separator: " ") + " to change it on purpose")
        }
        return told
    }
}
