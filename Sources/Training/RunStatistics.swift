import Cluster
import Configuration
import Evaluation
import Models
import Reporting
import Storage

/// What rank 0 tells in numbers: the line of progress, `stats.jsonl` and `metrics.jsonl`.
final class RunStatistics {
    private let configuration: ResolvedConfiguration
    private let engine: StepEngine
    private let log: RunLog
    private let stats: StatsWriter
    /// Nil where no metrics are asked for.
    private let metrics: StatsWriter?
    private let events: RunEvents
    private var progress: ProgressLine
    private var moving = MovingStatistics()
    private var stragglers = StragglerNotice()
    private var health: TrainingHealth
    private var tickWatch = Stopwatch()
    /// Since this start of the run, without what metrics take, as the tick's.
    private var runWatch = Stopwatch()
    private var imagesAtTick: Int

    init(_ engine: StepEngine, _ pen: RunPen, _ events: RunEvents) throws {
        self.engine = engine
        self.events = events
        configuration = engine.configuration
        log = pen.log
        let counters = engine.state.counters
        stats = try StatsWriter(file: pen.folder.stats, keepThroughStep: counters.step)
        metrics =
            configuration.metrics.names.isEmpty
            ? nil : try StatsWriter(file: pen.folder.metrics, keepThroughStep: counters.step)
        health = TrainingHealth(
            configuration.loss.kind,
            earlyGGDR: stats.opening.compactMap { line in
                (try? CheckedJSON.decode(EarlyTick.self, from: Array(line.utf8)))?.ggdr
            })
        progress = ProgressLine(console: pen.console)
        imagesAtTick = counters.imagesShown
    }

    private var imagesShown: Int { engine.state.counters.imagesShown }
    private var leftOut: Int { engine.state.counters.guardLeftOut ?? 0 }

    /// A step.
    func add(
        _ plan: StepPlan, _ report: StepReport, dataSeconds: Double, ranks: Stragglers?, scores: SnapshotScores?
    ) throws {
        for (name, value) in StatsFields.values(report) { moving.add(name, value) }
        moving.add("seconds/data", dataSeconds)
        let leftOutBefore = leftOut - report.leftOut.count
        for (i, found) in report.leftOut.enumerated() {
            log.write(.warning, "left out an update: \(found); \(leftOutBefore + i + 1) in all")
        }
        // Speeds are those of training.
        tickWatch.leaveOut(seconds: scores?.seconds ?? 0)
        runWatch.leaveOut(seconds: scores?.seconds ?? 0)
        if plan.reportsTick { try tick(ranks) } else { progress.step(current()) }
    }

    /// After the last step.
    func finish() throws {
        if imagesShown > imagesAtTick { try tick() }
        progress.end()
    }

    func endProgress() { progress.end() }

    private func tick(_ ranks: Stragglers? = nil) throws {
        let current = current()
        log.record(current.line)
        progress.tick(current)
        let seconds = tickWatch.restart()
        let images = imagesShown - imagesAtTick
        imagesAtTick = imagesShown
        let level = engine.level
        var fields = [
            JSONField("images", imagesShown), JSONField("kimg", Double(imagesShown) / 1000),
            JSONField("images_per_second", Double(images) / seconds), JSONField("resolution", level.resolution),
        ]
        if configuration.growing.enabled {
            fields.append(JSONField("fade", Double(level.fade)))
            fields.append(JSONField("lod", Double(level.lod(final: configuration.resolution))))
            fields.append(JSONField("batch", configuration.stage(at: level.resolution).batch))
        }
        let complaints = health.tick(imagesShown: imagesShown, leftOut: leftOut) { moving.mean($0) }
        for complaint in complaints { log.write(.warning, complaint) }
        fields += moving.takeTick().flatMap(StatsFields.json)
        if leftOut > 0 { fields.append(JSONField("guard/left_out", leftOut)) }
        for (name, value) in engine.networks.measured { fields.append(JSONField(name, Double(value))) }
        for (name, value) in engine.trackedNumbers { fields.append(JSONField(name, value)) }
        fields.append(JSONField("memory_bytes", ProcessMemory.residentBytes))
        fields.append(JSONField("memory_peak_bytes", ProcessMemory.peakResidentBytes))
        if let ranks, ranks.seconds.count > 1 {
            fields.append(JSONField("ranks/work_seconds_median", ranks.median))
            fields.append(JSONField("ranks/work_seconds_max", ranks.seconds[ranks.slowest]))
            fields.append(JSONField("ranks/slowest", ranks.slowest))
            if let text = stragglers.text(for: ranks) { log.write(.warning, text) }
        }
        try stats.write(step: engine.state.counters.step, fields)
        events.write(stats: fields)
    }

    private func current() -> Progress {
        let images = imagesShown - imagesAtTick
        var current = Progress(
            imagesShown: imagesShown, totalImages: configuration.totalImages,
            imagesPerSecond: Double(images) / max(tickWatch.seconds, 1e-9))
        if configuration.growing.enabled {
            let level = engine.level
            current.phase = Progress.Growth(resolution: level.resolution, fade: level.fade)
            current.isSpeedLasting = level.resolution == configuration.resolution
        }
        current.generatorLoss = moving.meanOrNaN("loss/generator")
        current.discriminatorLoss = moving.meanOrNaN("loss/discriminator")
        current.ggdrLoss = moving.meanOrNaN("loss/ggdr")
        current.r1Penalty = moving.meanOrNaN("r1_penalty")
        current.pathLength = moving.meanOrNaN("path_length")
        current.augmentP = engine.trackedNumbers.first { $0.name == "augment/p" }?.value
        current.leftOut = leftOut
        current.memoryBytes = ProcessMemory.residentBytes
        return current
    }

    /// What a line of `stats.jsonl` said before this start.
    private struct EarlyTick: Decodable {
        var ggdr: Double?

        enum CodingKeys: String, CodingKey { case ggdr = "loss/ggdr" }
    }

    /// How much a sheet's samples differ, as a share of what as many real images do.
    func note(variation: Double) {
        if let complaint = health.sheet(imagesShown: imagesShown, variation: variation) {
            log.write(.warning, complaint)
        }
    }

    /// What metrics say of a snapshot.
    func write(_ scores: SnapshotScores) throws {
        for note in scores.notes { log.write(.info, note) }
        if let problem = scores.problem { log.write(.warning, problem) }
        if let similarity = scores.similarity,
            let complaint = health.measured(imagesShown: imagesShown, similarity: similarity)
        {
            log.write(.warning, complaint)
        }
        guard !scores.values.isEmpty else { return }
        var fields = [JSONField("images", imagesShown), JSONField("resolution", engine.level.resolution)]
        var texts: [String] = []
        for (metric, values) in scores.values {
            fields += values.map { JSONField(Metrics.key(metric, $0), $0.value) }
            if let (title, value, decimals) = Metrics.ofAny(metric)?.brief(values) {
                texts.append("\(title) \(NumberText.fixed(value, decimals))")
            }
        }
        fields.append(JSONField("since_start/training_seconds", runWatch.seconds))
        fields.append(JSONField("measuring_seconds", scores.seconds))
        try metrics?.write(step: engine.state.counters.step, fields)
        events.write(metrics: fields)
        log.write(.info, "\(NumberText.grouped(imagesShown)) images: " + texts.joined(separator: ", "))
    }
}
