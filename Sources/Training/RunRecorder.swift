import Cluster
import Configuration
import Evaluation
import Failure
import Kernels
import Models
import Reporting
import Storage

/// Rank 0's pen: progress, statistics, sample sheets and checkpoints of a run.
final class RunRecorder {
    private let configuration: ResolvedConfiguration
    private let folder: RunFolder
    private let trainer: Trainer
    private let dataset: Dataset
    private let ranks: Int
    private let console: Console
    private let log: RunLog
    private let stats: StatsWriter
    private let lock: RunLock
    private let launch: String?
    /// Nil where no metrics are asked for.
    private let metrics: StatsWriter?
    private let saver: CheckpointSaver
    private let sheet: SampleSheet
    /// Nil where networks do not grow.
    private let timeLapse: TimeLapse?
    private var progress: ProgressLine
    private var moving = MovingStatistics()
    private var stragglers = StragglerNotice()
    private var tickWatch = Stopwatch()
    /// Since this start of the run, without what metrics take, as the tick's.
    private var runWatch = Stopwatch()
    private var imagesAtTick: Int
    /// Name of the newest checkpoint that was handed to the saver.
    private var saved: String?

    init(
        _ configuration: ResolvedConfiguration, folder: RunFolder, start: TrainingRun.Start, trainer: Trainer,
        dataset: Dataset, lock: RunLock?, launch: String?, communicator: any Communicator, console: Console
    ) throws {
        self.configuration = configuration
        self.folder = folder
        self.trainer = trainer
        self.dataset = dataset
        self.console = console
        self.launch = launch
        ranks = communicator.size
        self.lock =
            try lock
            ?? RunFolderLock.take(folder, patience: configuration.cluster.lockSeconds) { console.print($0) }
        log = RunLog(console: console)
        try log.open(folder.log)
        for note in self.lock.notes { log.write(.warning, note) }
        let checkpoints = CheckpointFolder(folder.checkpoints)
        try Self.begin(start, folder, checkpoints, trainer, dataset, log)
        imagesAtTick = trainer.imagesShown
        // An earlier start's says nothing of this one.
        try RunEnding.remove(from: folder)
        try AtomicFile.write(configuration.yaml, to: folder.configuration)
        stats = try StatsWriter(file: folder.stats, keepThroughStep: trainer.step)
        metrics =
            configuration.snapshot.metrics.isEmpty
            ? nil : try StatsWriter(file: folder.metrics, keepThroughStep: trainer.step)
        saver = CheckpointSaver(folder: folder.checkpoints, keep: configuration.checkpoint.keep)
        progress = ProgressLine(console: console)
        let grid = configuration.snapshot.grid
        sheet = SampleSheet(
            generator: trainer.networks.generator, seed: configuration.seed, columns: grid.columns, rows: grid.rows)
        timeLapse =
            configuration.growing.enabled
            ? TimeLapse(
                folder: folder, finalResolution: configuration.resolution, channels: configuration.channels) : nil
        for note in configuration.notes { log.write(.info, "note: \(note)") }
        log.write(
            .info,
            "\(configuration.preset.rawValue): \(configuration.resolution)×\(configuration.resolution)×"
                + "\(configuration.channels), \(dataset.count) images; \(ranks) rank\(ranks == 1 ? "" : "s") × "
                + "\(Workers.count) thread\(Workers.count == 1 ? "" : "s"), batch \(configuration.batch) in "
                + "microbatches of \(configuration.microbatch); run \(folder.path)")
        if let plan = configuration.growthText { log.write(.info, plan) }
        if trainer.step == 0 {
            try saveReals()
            _ = try saveSheet()
        }
    }

    // What the saver still writes comes first.
    deinit {
        try? saver.waitUntilDone()
        lock.release()
    }

    /// After each step.
    ///
    /// - Parameters:
    ///   - ranks: times of all, at a tick.
    ///   - scores: of the samples after the step, where they were measured.
    func record(
        _ plan: StepPlan, _ report: StepReport, dataSeconds: Double, ranks: Stragglers?, scores: SnapshotScores?
    ) throws {
        try saver.throwIfFailed()
        tellOfCheckpoints()
        if plan.reportsTick || plan.savesSheet || plan.endsPhase || plan.savesCheckpoint { try lock.check() }
        for (name, value) in StatsFields.values(report, losses(plan.setting.level)) {
            moving.add(name, value)
        }
        moving.add("seconds/data", dataSeconds)
        let leftOutBefore = trainer.numbers.leftOut.total - report.leftOut.count
        for (i, found) in report.leftOut.enumerated() {
            log.write(.warning, "left out an update: \(found); \(leftOutBefore + i + 1) in all")
        }
        // Speeds are those of training.
        tickWatch.leaveOut(seconds: scores?.seconds ?? 0)
        runWatch.leaveOut(seconds: scores?.seconds ?? 0)
        if plan.reportsTick { try tick(ranks) } else { progress.step(currentProgress()) }
        // Nothing of a state that is not finite is shown or saved; all ranks end before their next step.
        guard trainer.numbers.fault == nil else { return }
        if plan.savesSheet || plan.endsPhase {
            let images = try saveSheet()
            if plan.endsPhase { try endPhase(plan, images) }
        }
        if let scores { try write(scores) }
        if plan.savesCheckpoint { try saveCheckpoint() }
    }

    /// Leaves the reason why a run ended in its log, and its exit code for launchers.
    func recordFailure(_ error: any Error) {
        tellOfCheckpoints()
        log.record(error)
        // A folder that is another job's by now says nothing of this one. Where it cannot be written, which may be the
        // error itself, mpirun's exit code is all there is.
        guard (try? lock.check()) != nil else { return }
        try? recordEnding((error as? any ExitCoded)?.exitCode ?? ExitCode.internalError)
    }

    private func recordEnding(_ exitCode: Int32) throws {
        try RunEnding(
            launch: launch, exitCode: exitCode, imagesShown: trainer.imagesShown,
            imagesAsked: configuration.totalImages, checkpoint: CheckpointFolder(folder.checkpoints).latestName()
        ).write(to: folder)
    }

    /// What ends a run that is no longer numbers, and how to go on.
    ///
    /// - Parameters:
    ///   - fault: what this rank has met.
    ///   - rank: one that has met something.
    func advice(_ fault: NotFinite?, rank: Int = 0) -> String {
        progress.end()
        // The one that is being written may be the newest.
        try? saver.waitUntilDone()
        return FaultAdvice.text(
            fault, rank: rank, checkpoints: CheckpointFolder(folder.checkpoints), policy: configuration.guards.nan)
    }

    /// After the last step.
    func finish(_ ending: StepPlan.Ending) throws {
        try lock.check()
        if trainer.imagesShown > imagesAtTick { try tick() }
        progress.end()
        if saved != name { try saveCheckpoint() }
        try saver.waitUntilDone()
        tellOfCheckpoints()
        let path = folder.checkpoint(trainer.imagesShown)
        switch ending {
        case .finished:
            log.write(.info, "done: \(NumberText.grouped(trainer.imagesShown)) images shown; checkpoint \(path)")
        case .stopped(let signal):
            log.write(
                .info,
                "stopped by \(StopSignals.name(of: signal)) at \(NumberText.grouped(trainer.imagesShown)) images; "
                    + "checkpoint \(path); --resume auto goes on from it")
        case .notFinite(let reason): preconditionFailure("a run that is not finite was to be finished: \(reason)")
        }
        // The last of all that is written: whoever reads it finds everything else.
        try recordEnding(ending.exitCode)
    }

    private static func begin(
        _ start: TrainingRun.Start, _ folder: RunFolder, _ checkpoints: CheckpointFolder, _ trainer: Trainer,
        _ dataset: Dataset, _ log: RunLog
    ) throws {
        let remains = RunRemains(folder, checkpoints)
        switch start {
        case .auto:
            guard let choice = try checkpoints.openNewestUsable() else {
                return try remains.startAfresh(isAsked: false, log)
            }
            for rejected in choice.rejected {
                log.write(.warning, "not used: \(rejected.path): \(rejected.reason)")
            }
            try resume(choice.contents, choice.path, trainer, dataset, log)
            remains.tellOfReturn(to: trainer.imagesShown, log)
        case .resume(let name):
            let path = try Self.named(name, log)
            try resume(try CheckpointFile.read(path), path, trainer, dataset, log)
            remains.tellOfReturn(to: trainer.imagesShown, log)
            try checkpoints.goOn(from: path, number: trainer.imagesShown)
        case .fresh, .transfer:
            guard try checkpoints.list().isEmpty else {
                throw StateError(
                    path: checkpoints.path,
                    reason: "already holds checkpoints, which a fresh start would replace; choose another --run, or go "
                        + "on with --resume auto, or remove the run folder before you start afresh")
            }
            guard case .transfer(let name, let overRemains) = start else {
                return try remains.startAfresh(isAsked: true, log)
            }
            try remains.checkFreshStart(isAsked: overRemains, log)
            let path = try Self.named(name, log)
            let missing = try trainer.transfer(
                try CheckpointFile.read(path, verification: .ifPresent), path: path)
            log.write(.info, "networks transferred from \(path)")
            for text in missing { log.write(.warning, text) }
            try checkpoints.begin()
        }
    }

    private static func named(_ name: String, _ log: RunLog) throws -> String {
        let named = try NamedCheckpoint(name)
        for note in named.notes { log.write(.info, note) }
        return named.path
    }

    private static func resume(
        _ contents: CheckpointContents, _ path: String, _ trainer: Trainer, _ dataset: Dataset, _ log: RunLog
    ) throws {
        let changes = try trainer.resume(contents, path: path, datasetID: dataset.id)
        log.write(.info, "resumed from \(path) at \(NumberText.grouped(trainer.imagesShown)) images")
        for change in changes { log.write(.warning, "since the checkpoint: \(change)") }
    }

    private func tick(_ ranks: Stragglers? = nil) throws {
        let current = currentProgress()
        log.record(current.line)
        progress.tick(current)
        let seconds = tickWatch.restart()
        let images = trainer.imagesShown - imagesAtTick
        imagesAtTick = trainer.imagesShown
        var fields = [
            JSONField("images", trainer.imagesShown), JSONField("kimg", Double(trainer.imagesShown) / 1000),
            JSONField("images_per_second", Double(images) / seconds),
            JSONField("resolution", level.resolution),
        ]
        if configuration.growing.enabled {
            fields.append(JSONField("fade", Double(level.fade)))
            fields.append(JSONField("lod", Double(level.lod(final: configuration.resolution))))
            fields.append(JSONField("batch", configuration.stage(at: level.resolution).batch))
        }
        fields += moving.takeTick().flatMap(StatsFields.json)
        let leftOut = trainer.numbers.leftOut.total
        if leftOut > 0 { fields.append(JSONField("guard/left_out", leftOut)) }
        fields.append(JSONField("path_length_mean", Double(trainer.pathMean)))
        fields.append(JSONField("memory_bytes", ProcessMemory.residentBytes))
        fields.append(JSONField("memory_peak_bytes", ProcessMemory.peakResidentBytes))
        if let ranks, ranks.seconds.count > 1 {
            fields.append(JSONField("ranks/work_seconds_median", ranks.median))
            fields.append(JSONField("ranks/work_seconds_max", ranks.seconds[ranks.slowest]))
            fields.append(JSONField("ranks/slowest", ranks.slowest))
            if let text = stragglers.text(for: ranks) { log.write(.warning, text) }
        }
        try stats.write(step: trainer.step, fields)
    }

    private func currentProgress() -> Progress {
        let images = trainer.imagesShown - imagesAtTick
        var current = Progress(
            imagesShown: trainer.imagesShown, totalImages: configuration.totalImages,
            imagesPerSecond: Double(images) / max(tickWatch.seconds, 1e-9))
        if configuration.growing.enabled {
            current.phase = Progress.Growth(resolution: level.resolution, fade: level.fade)
            current.isSpeedLasting = level.resolution == configuration.resolution
        }
        current.generatorLoss = moving.meanOrNaN("loss/generator")
        current.discriminatorLoss = moving.meanOrNaN("loss/discriminator")
        current.ggdrLoss = moving.meanOrNaN("loss/ggdr")
        current.r1Penalty = moving.meanOrNaN("r1_penalty")
        current.pathLength = moving.meanOrNaN("path_length")
        current.leftOut = trainer.numbers.leftOut.total
        current.memoryBytes = ProcessMemory.residentBytes
        return current
    }

    private func losses(_ level: GrowthLevel) -> StatsFields.Losses {
        var losses: StatsFields.Losses = []
        if let decoder = trainer.networks.discriminator.decoder, decoder.isActive(at: level) { losses.insert(.ggdr) }
        if configuration.loss.kind == .wganGP { losses.insert(.gradientPenalty) }
        if configuration.model.family == .pggan, configuration.labelDimension > 0 { losses.insert(.classifier) }
        return losses
    }

    /// At which the generator's images look best: that of the last step, or of the first one.
    private var level: GrowthLevel {
        trainer.level ?? Coordinator(configuration).level(trainer.imagesShown, trainer.state)
    }

    private var name: String { RunFolder.checkpointName(trainer.imagesShown) }

    private func saveCheckpoint() throws {
        if let found = trainer.probe() { throw TrainingFault(description: advice(found)) }
        let contents = trainer.checkpoint(
            datasetID: dataset.id, ranks: ranks, classNames: dataset.description.classNames)
        try saver.save(contents, name: name)
        saved = name
    }

    /// They are written while training goes on, and told of after a later step.
    private func tellOfCheckpoints() {
        for written in saver.takeWritten() {
            log.write(
                .info,
                "checkpoint \(written.path), \(Files.text(bytes: written.bytes)), "
                    + "\(NumberText.fixed(written.seconds, 2)) s")
        }
    }

    /// At the final resolution, so that all sheets of a run have one size.
    ///
    /// - Returns: the sheet's images at the level's resolution.
    private func saveSheet() throws -> [UInt8] {
        let networks = trainer.networks
        let images: [UInt8]
        do {
            images = try sheet.images(networks.generator, networks.average, at: level)
        } catch let error as NotFiniteImage {
            let found = NotFinite(
                step: trainer.step, imagesShown: trainer.imagesShown,
                found: "image \(error.place) of the sheet of samples of the averaged generator")
            throw TrainingFault(description: advice(found))
        }
        let (side, grid) = (level.resolution, configuration.snapshot.grid)
        try write(
            NearestUpscale.up(
                images, count: grid.count, height: side, width: side, channels: configuration.channels,
                factor: configuration.resolution / side),
            to: folder.fakes(imagesShown: trainer.imagesShown))
        thinSheets()
        return images
    }

    /// Removes the sheets that are too many, of those up to now: later ones are of a line that was left, and are replaced
    /// as this one comes by them.
    private func thinSheets() {
        guard let keep = configuration.snapshot.keep else { return }
        do {
            let shown = try folder.sheets().filter { $0 <= trainer.imagesShown }
            for images in SheetThinning.surplus(shown, keep: keep) {
                try Files.remove(folder.fakes(imagesShown: images))
            }
        } catch {
            // A picture for people is no reason to end a run of days.
            log.write(.warning, "\(error)")
        }
    }

    /// A resolution has been trained, or has faded in.
    ///
    /// - Parameter images: of the sheet after it; the first row is the time-lapse's.
    private func endPhase(_ plan: StepPlan, _ images: [UInt8]) throws {
        guard let timeLapse else { return }
        let (level, grid) = (plan.setting.level, configuration.snapshot.grid)
        let stage = configuration.stages.firstIndex(of: plan.setting.stage) ?? 0
        // Every resolution but the first fades in before it trains.
        let phase = 2 * stage - (level.isFading ? 1 : 0)
        let rejected = try timeLapse.add(
            phase: phase, resolution: level.resolution, isFade: level.isFading,
            images: Array(images.prefix(images.count / grid.rows)))
        for text in rejected { log.write(.warning, text) }
        log.write(
            .info,
            "end of a phase at \(NumberText.grouped(trainer.imagesShown)) images: "
                + "\(Progress.Growth(resolution: level.resolution, fade: level.fade).text); \(folder.timeLapse)")
    }

    private func write(_ scores: SnapshotScores) throws {
        if let problem = scores.problem { log.write(.warning, problem) }
        guard scores.distance != nil || scores.similarity != nil else { return }
        var fields = [JSONField("images", trainer.imagesShown), JSONField("resolution", level.resolution)]
        if let distance = scores.distance {
            for level in distance.levels { fields.append(JSONField("swd/\(level.side)", level.distance)) }
            fields.append(JSONField("swd/average", distance.average))
        }
        if let similarity = scores.similarity { fields.append(JSONField("msssim", similarity)) }
        fields.append(JSONField("since_start/training_seconds", runWatch.seconds))
        fields.append(JSONField("measuring_seconds", scores.seconds))
        try metrics?.write(step: trainer.step, fields)
        let texts = [
            scores.distance.map { "SWD \(NumberText.fixed($0.average, 2))" },
            scores.similarity.map { "MS-SSIM \(NumberText.fixed($0, 4))" },
        ]
        log.write(
            .info,
            "\(NumberText.grouped(trainer.imagesShown)) images: "
                + texts.compactMap { $0 }.joined(separator: ", "))
    }

    private func saveReals() throws {
        let count = min(configuration.snapshot.grid.count, dataset.count)
        let own = dataset.description.resolution
        let images = BoxFilter.down(
            try dataset.read(rows: 0..<count).images, count: count, height: own, width: own,
            channels: configuration.channels, factor: own / configuration.resolution)
        try write(images, to: folder.reals)
    }

    /// - Parameter images: of the final resolution.
    private func write(_ images: [UInt8], to path: String) throws {
        let side = configuration.resolution
        try ImageGrid.write(
            images, count: images.count / (side * side * configuration.channels), height: side, width: side,
            channels: configuration.channels, columns: configuration.snapshot.grid.columns, to: path)
    }
}
