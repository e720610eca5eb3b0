import Configuration
import Kernels
import Layers
import Recipes
import Reporting
import Storage

/// What rank 0 writes for TensorBoard: the numbers of `stats.jsonl` and `metrics.jsonl`, sheets, and histograms where
/// they are asked for.
///
/// They are for people to look at: where they cannot be written the log says so, once, and the run goes on without.
final class RunEvents {
    private let engine: StepEngine
    private let log: RunLog
    /// Nil where `events.enabled` is false, and from the first error on.
    private var writer: EventWriter?
    /// The interval between histograms in which the last tick came.
    private var histograms = 0
    /// A sheet with longer sides is shrunk: an event file holds all of them.
    private static let longestSide = 2048

    init(_ engine: StepEngine, _ pen: RunPen) {
        self.engine = engine
        log = pen.log
        guard engine.configuration.events.enabled else { return }
        let counters = engine.state.counters
        attempt {
            writer = try EventWriter(pen.folder, keepThroughStep: counters.step > 0 ? counters.imagesShown : nil) {
                pen.log.write(.warning, $0)
            }
        }
        histograms = interval.map(intervals) ?? 0
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch {
            writer = nil
            log.write(.warning, "\(error); this start of the run writes no more event files")
        }
    }

    private var imagesShown: Int { engine.state.counters.imagesShown }

    /// A line of `stats.jsonl`, and histograms where they are due.
    func write(stats fields: [JSONField]) {
        attempt {
            try writer?.write(step: imagesShown, EventTags.values(stats: fields))
            // Of what is not finite nothing is shown.
            guard let interval, intervals(interval) > histograms, engine.numbers.fault == nil else { return }
            histograms = intervals(interval)
            try writer?.write(step: imagesShown, distributions())
        }
    }

    /// A line of `metrics.jsonl`.
    func write(metrics fields: [JSONField]) {
        attempt { try writer?.write(step: imagesShown, EventTags.values(metrics: fields)) }
    }

    /// A sheet.
    ///
    /// - Parameter png: its bytes as a PNG file.
    func write(_ sheet: RasterImage, png: [UInt8], tag: String) {
        guard let writer else { return }
        attempt {
            let small = sheet.reduced(toSide: Self.longestSide)
            let bytes = small.width == sheet.width ? png : try ImageFile.encodePNG(small)
            try writer.write(
                step: imagesShown,
                [.image(tag, png: bytes, height: small.height, width: small.width, channels: small.channels)])
        }
    }

    /// Images between histograms; nil where there are none.
    private var interval: Int? {
        engine.configuration.events.histogramsKimg.map { max(1, Int(($0 * 1000).rounded(.up))) }
    }

    /// How many intervals had gone by at the last multiple of images that a tick comes after. Between two ticks it stays
    /// the same: a run that goes on from a checkpoint there counts on like one that was never stopped.
    private func intervals(_ interval: Int) -> Int {
        imagesShown / Coordinator.imagesPerTick * Coordinator.imagesPerTick / interval
    }

    /// Of every parameter, and of the gradients of each network's last phase.
    private func distributions() -> [EventValue] {
        var values: [EventValue] = []
        func add(_ tag: String, _ view: BufferView, scale: Float = 1) {
            guard let histogram = EventHistogram(view.array, scale: scale) else { return }
            values.append(.histogram(tag, histogram))
        }
        for (network, name) in [(Learner.generator, "generator"), (.discriminator, "discriminator")] {
            let parameters = engine.networks.parameters(of: network)
            for entry in parameters.trained { add("parameters/\(name)/\(entry.name)", parameters.view(entry)) }
        }
        for last in engine.lastGradients {
            for (entry, offset) in zip(last.selection.entries, last.selection.offsets) {
                add(
                    "gradients/\(last.phase)/\(entry.name)", last.gradient.slice(offset, entry.count), scale: last.scale
                )
            }
        }
        return values
    }
}
