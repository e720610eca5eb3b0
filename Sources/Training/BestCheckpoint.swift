import Configuration
import Reporting
import State
import Storage

/// The best checkpoint of a run, by the metric that its configuration chooses.
///
/// Which one it is stands in the state, and so in every checkpoint; the file `best` beside them only names it. A run that
/// was killed between the two, or that was taken back to an older checkpoint, has a file that tells another story.
enum BestCheckpoint {
    /// Makes the file tell what the state says when a run starts.
    static func restore(_ best: BestScore?, _ pen: RunPen) throws {
        let folder = CheckpointFolder(pen.folder.checkpoints)
        guard let best else {
            if folder.bestName() != nil { try folder.setBest(nil) }
            return
        }
        let name = RunFolder.checkpointName(best.imagesShown)
        guard try folder.listOfRun().contains(name) else {
            pen.log.write(
                .warning,
                "the best \(best.text) has no checkpoint any more: \(folder.path)/\(name) is gone; the next better value "
                    + "makes a new one")
            return try folder.setBest(nil)
        }
        try folder.setBest(name)
    }
}

extension BestScore {
    /// `swd/average is 26.31, at 40 000 images`
    var text: String { "\(key) is \(NumberText.short(value)), at \(NumberText.grouped(imagesShown)) images" }
}

extension StepEngine {
    /// What scores say of the best checkpoint: the same on all ranks.
    ///
    /// - Returns: whether this state is the best so far.
    func observe(_ plan: StepPlan, _ scores: SnapshotScores?, _ coordinator: Coordinator) -> Bool {
        guard let chosen = configuration.metrics.best, coordinator.isMeasured(plan),
            let found = scores?.best(chosen), found.value.isFinite
        else { return false }
        let new = BestScore(
            key: chosen, value: found.value, measure: found.measure, imagesShown: state.counters.imagesShown)
        let best = BestScore.better(new, than: state.counters.best, lowerIsBetter: found.lowerIsBetter)
        state.counters.best = best
        return best == new
    }
}
