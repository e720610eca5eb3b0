import Cluster
import Configuration
import Failure
import Kernels
import Recipes
import Reporting
import Storage

/// Rank 0's records of a run: progress, statistics, sample sheets and checkpoints.
package final class RunRecorder {
    private let configuration: ResolvedConfiguration
    private let pen: RunPen
    private let engine: StepEngine
    private let dataset: Dataset
    private let ranks: Int
    private let statistics: RunStatistics
    private let pictures: RunPictures
    private let saver: CheckpointSaver
    /// Name of the newest checkpoint that was handed to the saver.
    private var saved: String?

    /// - Parameter engine: in the state that the run starts with.
    package init(_ engine: StepEngine, _ pen: RunPen, dataset: Dataset, ranks: Int) throws {
        self.engine = engine
        self.pen = pen
        self.dataset = dataset
        self.ranks = ranks
        configuration = engine.configuration
        // An earlier start's says nothing of this one.
        try RunEnding.remove(from: pen.folder)
        try AtomicFile.write(configuration.yaml, to: pen.folder.configuration)
        let events = RunEvents(engine, pen)
        statistics = try RunStatistics(engine, pen, events)
        try BestCheckpoint.restore(engine.state.counters.best, pen)
        saver = CheckpointSaver(folder: pen.folder.checkpoints, keep: configuration.checkpoint.keep)
        pictures = try RunPictures(engine, pen, dataset, events)
        for note in configuration.notes { pen.log.write(.info, "note: \(note)") }
        pen.log.write(
            .info,
            "\(configuration.preset.rawValue): \(configuration.grid.height)×\(configuration.grid.width)×"
                + "\(configuration.channels), \(dataset.count) images; \(ranks) rank\(ranks == 1 ? "" : "s") × "
                + "\(Workers.count) thread\(Workers.count == 1 ? "" : "s"), batch \(configuration.batch) in "
                + "microbatches of \(configuration.microbatch); run \(pen.folder.path)")
        if let plan = configuration.growthText { pen.log.write(.info, plan) }
        if engine.state.counters.step == 0 {
            try pictures.saveReals()
            _ = try showing { try pictures.saveSheet() }
        }
    }

    // What the saver still writes comes first; the folder is let go of after it.
    deinit { try? saver.waitUntilDone() }

    private var imagesShown: Int { engine.state.counters.imagesShown }

    /// After each step.
    ///
    /// - Parameters:
    ///   - ranks: times of all, at a tick.
    ///   - scores: of the samples after the step, where they were measured.
    ///   - isBest: whether the chosen one is the best so far.
    func record(
        _ plan: StepPlan, _ report: StepReport, dataSeconds: Double, ranks: Stragglers?, scores: SnapshotScores?,
        isBest: Bool
    ) throws {
        try saver.throwIfFailed()
        tellOfCheckpoints()
        if plan.reportsTick || plan.savesSheet || plan.endsPhase || plan.savesCheckpoint { try pen.lock.check() }
        try statistics.add(plan, report, dataSeconds: dataSeconds, ranks: ranks, scores: scores)
        // Nothing of a state that is not finite is shown or saved; all ranks end before their next step.
        guard engine.numbers.fault == nil else { return }
        if plan.savesSheet || plan.endsPhase {
            let sheet = try showing { try pictures.saveSheet() }
            if let variation = pictures.variation(sheet) { statistics.note(variation: variation) }
            if plan.endsPhase { try showing { try pictures.endPhase(plan, sheet) } }
        }
        if let scores {
            try statistics.write(scores)
            if let best = configuration.metrics.best, !scores.values.isEmpty, scores.best(best) == nil {
                pen.log.write(
                    .warning,
                    "metrics.best is \(best), but only this was measured: \(scores.keys.joined(separator: ", "))")
            }
        }
        if isBest, let best = engine.state.counters.best {
            pen.log.write(.info, "the best \(best.text); \(CheckpointFolder.bestFile) is \(name)")
        }
        if plan.savesCheckpoint || isBest { try saveCheckpoint(isBest: isBest) }
    }

    /// Leaves the reason why a run ended in its log, and its exit code for launchers.
    func recordFailure(_ error: any Error) {
        tellOfCheckpoints()
        pen.log.record(error)
        // A folder that is another job's by now says nothing of this one. Where it cannot be written, which may be the
        // error itself, mpirun's exit code is all there is.
        guard (try? pen.lock.check()) != nil else { return }
        try? recordEnding((error as? any ExitCoded)?.exitCode ?? ExitCode.internalError)
    }

    private func recordEnding(_ exitCode: Int32) throws {
        try pen.recordEnding(exitCode, imagesShown: imagesShown, imagesAsked: configuration.totalImages)
    }

    /// What ends a run that is no longer numbers, and how to go on.
    ///
    /// - Parameters:
    ///   - fault: what this rank has met.
    ///   - rank: one that has met something.
    func advice(_ fault: NotFinite?, rank: Int = 0) -> String {
        statistics.endProgress()
        // The one that is being written may be the newest.
        try? saver.waitUntilDone()
        return FaultAdvice.text(
            fault, rank: rank, checkpoints: CheckpointFolder(pen.folder.checkpoints), policy: configuration.guards.nan)
    }

    /// After the last step.
    func finish(_ ending: StepPlan.Ending) throws {
        try pen.lock.check()
        try statistics.finish()
        if saved != name { try saveCheckpoint() }
        try saver.waitUntilDone()
        tellOfCheckpoints()
        let path = pen.folder.checkpoint(imagesShown)
        switch ending {
        case .finished:
            pen.log.write(.info, "done: \(NumberText.grouped(imagesShown)) images shown; checkpoint \(path)")
        case .noBetter(let best):
            pen.log.write(
                .info,
                "done: no better \(best.text) has come for metrics.patience_kimg; \(NumberText.grouped(imagesShown)) "
                    + "images shown; checkpoint \(path)")
        case .stopped(let signal):
            pen.log.write(
                .info,
                "stopped by \(StopSignals.name(of: signal)) at \(NumberText.grouped(imagesShown)) images; "
                    + "checkpoint \(path); --resume auto goes on from it")
        case .notFinite(let reason): preconditionFailure("a run that is not finite was to be finished: \(reason)")
        }
        // The last of all that is written: whoever reads it finds everything else.
        try recordEnding(ending.exitCode)
    }

    private var name: String { RunFolder.checkpointName(imagesShown) }

    private func showing<Shown>(_ save: () throws -> Shown) throws -> Shown {
        do {
            return try save()
        } catch let error as NotFiniteImage {
            let found = NotFinite(
                step: engine.state.counters.step, imagesShown: imagesShown,
                found: "image \(error.place) of the sheet of samples of the averaged generator")
            throw TrainingFault(description: advice(found))
        }
    }

    private func saveCheckpoint(isBest: Bool = false) throws {
        if let found = engine.probe() { throw TrainingFault(description: advice(found)) }
        let contents = engine.checkpoint(
            datasetID: dataset.id, ranks: ranks, classNames: dataset.description.classNames,
            description: dataset.description)
        try saver.save(contents, name: name, isBest: isBest)
        saved = name
    }

    /// They are written while training goes on, and told of after a later step.
    private func tellOfCheckpoints() {
        for written in saver.takeWritten() {
            pen.log.write(
                .info,
                "checkpoint \(written.path), \(Files.text(bytes: written.bytes)), "
                    + "\(NumberText.fixed(written.seconds, 2)) s")
        }
    }
}
