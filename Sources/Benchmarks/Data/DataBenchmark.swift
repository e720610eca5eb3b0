import Training
import Reporting
import Storage

/// Measures how fast minibatches come from shards, as tensors.
public struct DataBenchmark {
    /// What `ganglion bench data --json` has under `data`.
    public struct Report: Codable, Sendable {
        public var images: Int
        public var resolution: Int
        public var channels: Int
        public var classes: Int
        public var shards: Int
        public var batch: Int
        /// Images of a pass, in the order of a run's first epoch.
        public var imagesPerPass: Int
        public var results: [Result] = []

        enum CodingKeys: String, CodingKey {
            case images, resolution, channels, classes, shards, batch, results
            case imagesPerPass = "images_per_pass"
        }
    }

    public struct Result: Codable, Sendable {
        /// Mirror images stand among the others.
        public var mirror: Bool
        /// Classes come along.
        public var labels: Bool
        /// Coming minibatches are asked for in advance, as training does; else each is waited for.
        public var readAhead: Bool
        /// The system was told to forget the shards before each pass.
        public var cold: Bool
        public var passes: Int
        /// Median.
        public var imagesPerSecond: Double
        /// Of pixels, a byte each.
        public var megabytesPerSecond: Double
        public var spread: Double
        /// What came from a disk in a mean pass: whether a cold pass was one.
        public var fetchedMegabytes: Double

        enum CodingKeys: String, CodingKey {
            case mirror, labels, cold, passes, spread
            case readAhead = "read_ahead"
            case imagesPerSecond = "images_per_second"
            case megabytesPerSecond = "mb_per_second"
            case fetchedMegabytes = "fetched_mb_per_pass"
        }
    }

    private static let rounds = (fewest: 3, most: 100)

    private let dataset: Dataset
    private let batch: Int
    private let batches: Int
    private let seconds: Double

    /// - Parameters:
    ///   - images: of a pass at most; at least one minibatch.
    ///   - seconds: to measure each line for, about.
    public init(_ dataset: Dataset, batch: Int, images: Int, seconds: Double) {
        self.dataset = dataset
        self.batch = min(batch, dataset.count)
        batches = max(1, min(images, dataset.count) / self.batch)
        self.seconds = seconds
    }

    public func run() throws -> Report {
        let description = dataset.description
        var report = Report(
            images: dataset.count, resolution: description.resolution, channels: description.channels,
            classes: description.classes, shards: dataset.shardCount, batch: batch, imagesPerPass: batches * batch)
        report.results = try measure(variants(labels: description.classes > 0)).flatMap {
            [result($0, $1.cold, true), result($0, $1.warm, false)]
        }
        return report
    }

    private struct Variant {
        var mirror: Bool
        var labels: Bool
        var readAhead: Bool
    }

    private struct Passes {
        var timings = Timings()
        var fetched = 0
    }

    private func variants(labels: Bool) -> [Variant] {
        [false, true].flatMap { mirror in
            (labels ? [false, true] : [false]).flatMap { labels in
                [false, true].map { Variant(mirror: mirror, labels: labels, readAhead: $0) }
            }
        }
    }

    /// All in turns, so that what else the machine does meets all of them alike. A warm pass follows a cold one.
    private func measure(_ variants: [Variant]) throws -> [(Variant, (cold: Passes, warm: Passes))] {
        var measured = variants.map { ($0, (cold: Passes(), warm: Passes())) }
        let watch = Stopwatch()
        var rounds = 0
        while rounds < Self.rounds.fewest
            || watch.seconds < seconds * Double(2 * variants.count) && rounds < Self.rounds.most
        {
            for k in variants.indices {
                try dataset.evict()
                try pass(variants[k], into: &measured[k].1.cold)
                try pass(variants[k], into: &measured[k].1.warm)
            }
            rounds += 1
        }
        return measured
    }

    private func result(_ variant: Variant, _ passes: Passes, _ cold: Bool) -> Result {
        let timings = passes.timings
        let rate = Double(batches * batch) / timings.median
        return Result(
            mirror: variant.mirror, labels: variant.labels, readAhead: variant.readAhead, cold: cold,
            passes: timings.count, imagesPerSecond: rate,
            megabytesPerSecond: rate * Double(dataset.description.imageBytes) / 1e6, spread: timings.spread,
            fetchedMegabytes: Double(passes.fetched) / Double(timings.count) / 1e6)
    }

    private func pass(_ variant: Variant, into passes: inout Passes) throws {
        let before = ProcessMemory.fetchedBytes
        let watch = Stopwatch()
        try pass(variant.mirror, variant.labels ? dataset.description.classes : 0, variant.readAhead)
        passes.timings.add(watch.seconds)
        passes.fetched += ProcessMemory.fetchedBytes - before
    }

    /// Reads the same minibatches each time, with a new reader: nothing of an earlier pass is in it.
    private func pass(_ mirror: Bool, _ labelDim: Int, _ readAhead: Bool) throws {
        let reader = MinibatchReader(dataset: dataset, seed: 0, mirror: mirror, withMaps: false, withConditions: false)
        let ahead = readAhead ? min(Coordinator.stepsReadAhead, batches) : 0
        for index in 0..<ahead { reader.request(positions: positions(index)) }
        for index in 0..<batches {
            // Training asks for the next one as soon as it has taken one; without that, when it needs one.
            if !readAhead { reader.request(positions: positions(index)) }
            let minibatch = try reader.next()
            if readAhead, index + ahead < batches { reader.request(positions: positions(index + ahead)) }
            _ = RealBatch(minibatch, microbatch: batch, labelDim: labelDim)
        }
    }

    private func positions(_ index: Int) -> [Int] { Array(index * batch..<(index + 1) * batch) }
}
