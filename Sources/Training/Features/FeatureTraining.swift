import Autodiff
import Cluster
import Evaluation
import Failure
import Kernels
import Layers
import Models
import Reporting
import Storage

/// The training of a feature network from its first image to the examination, on all ranks together.
public final class FeatureTraining {
    /// Where it stands.
    public struct Progress: Sendable {
        public var imagesShown: Int
        public var images: Int
        public var imagesPerSecond: Double
        /// Means since it was told last.
        public var loss: Double
        public var accuracy: Double
        /// Resident bytes of this rank.
        public var memoryBytes: Int?
        /// Whether it belongs in a log, too, and not only on a line that is rewritten.
        public var isTick: Bool
    }

    public enum Ending: Sendable {
        /// Learned, and examined: images, turned images, or a segmenter's pixels, and how many of them were told right.
        case done(asked: Int, right: Int)
        /// By a signal.
        case stopped(Int32)
    }

    public let settings: FeatureSettings
    private let dataset: Dataset
    private let communicator: any Communicator
    private let split: FeatureSplit
    private let trainer: FeatureTrainer
    private let reader: MinibatchReader
    /// Of a segmenter that has learned, on the held-out images.
    public private(set) var heldOutIntersection: Double?
    /// Steps whose images are read ahead.
    private static let ahead = 4
    /// Parts of the training that a log has a line of.
    private static let ticks = 8

    /// - Precondition: the data set has images of the settings' size or larger, and labels or label maps where they are the
    ///   task.
    public init(_ settings: FeatureSettings, dataset: Dataset, communicator: any Communicator) {
        self.settings = settings
        self.dataset = dataset
        self.communicator = communicator
        split = FeatureSplit(count: dataset.count)
        trainer = FeatureTrainer(settings, communicator: communicator)
        reader = MinibatchReader(
            dataset: dataset, order: SampleOrder(rows: split.trained, seed: settings.seed),
            withMaps: settings.task == .segmenter, withConditions: false, depth: Self.ahead)
    }

    /// Images that it learns from, and images that are held out, of a data set of so many; nil where there are too few.
    public static func shares(of images: Int) -> (trained: Int, heldOut: Int)? {
        guard images >= FeatureSplit.fewestImages else { return nil }
        let split = FeatureSplit(count: images)
        return (split.trained.count, split.heldOut.count)
    }

    /// The least number of images.
    public static var fewestImages: Int { FeatureSplit.fewestImages }

    public var parameters: Parameters { trainer.parameters }
    /// Of a task that has features.
    public var network: FeatureNetwork { FeatureNetwork(trainer.classifier, trainer.parameters) }

    /// Collective. Trains, and examines what has learned.
    ///
    /// - Parameter tell: takes how it goes.
    /// - Throws: ``TrainingFault`` where numbers are not finite any more, ``DatasetError``, ``ClusterError``.
    public func run(_ tell: (Progress) -> Void) throws -> Ending {
        for step in 0..<min(Self.ahead, settings.steps) { request(step) }
        var (watch, loss, accuracy, counted) = (Stopwatch(), 0.0, 0.0, 0)
        for step in 0..<settings.steps {
            let asked = try communicator.maximum([Int64(StopSignals.requested ?? 0)])[0]
            if asked != 0 { return .stopped(Int32(truncatingIfNeeded: asked)) }
            communicator.board.begin(step: step)
            let batch = try nextBatch(step)
            if step + Self.ahead < settings.steps { request(step + Self.ahead) }
            let report = try trainer.step(batch)
            guard report.isFinite else {
                throw TrainingFault(
                    description: "features: not finite after \((step + 1) * settings.batch) images: a loss of "
                        + "\(report.loss); another --seed or a larger --batch may help")
            }
            loss += report.loss
            accuracy += report.accuracy
            counted += 1
            let isTick = (step + 1) * Self.ticks / settings.steps > step * Self.ticks / settings.steps
            tell(
                Progress(
                    imagesShown: (step + 1) * settings.batch, images: settings.images,
                    imagesPerSecond: Double(counted * settings.batch) / max(watch.seconds, 1e-9),
                    loss: loss / Double(counted), accuracy: accuracy / Double(counted),
                    memoryBytes: isTick ? ProcessMemory.residentBytes : nil, isTick: isTick))
            if isTick { (watch, loss, accuracy, counted) = (Stopwatch(), 0, 0, 0) }
        }
        try ReplicaCheck.compare(named: trainer.hashes, communicator: communicator)
        guard settings.task != .segmenter else {
            let network = SegmenterNetwork(Segmenter(settings.shape), parameters, ignored: settings.ignored)
            let counts = try ExaminedSegmenter(dataset: dataset, rows: split.heldOut, ignored: settings.ignored)
                .counts(network, communicator)
            guard let mean = counts.meanIntersectionOverUnion(ignored: settings.ignored) else {
                throw DatasetError.badData(
                    "\(dataset.folder): all pixels of the \(split.heldOut.count) held-out label maps are of class "
                        + "\(settings.ignored ?? 0), which does not count; expected some of another class")
            }
            heldOutIntersection = mean
            return .done(asked: counts.total, right: counts.right)
        }
        let found = try ExaminedFeatures(task: settings.task, dataset: dataset, rows: split.heldOut)
            .result(network, communicator)
        return .done(asked: found.asked, right: found.right)
    }

    private func request(_ step: Int) {
        reader.request(positions: Array(trainer.positions(ofStep: step)), resolution: settings.shape.resolution)
    }

    private func nextBatch(_ step: Int) throws -> RealBatch {
        var minibatch = try reader.next()
        if settings.task == .rotation {
            let turns = trainer.positions(ofStep: step).map {
                QuarterTurns.turns(position: $0, seed: settings.seed)
            }
            minibatch = QuarterTurns.turned(minibatch, by: turns)
        }
        if settings.task == .segmenter { return labelled(minibatch) }
        return RealBatch(minibatch, microbatch: settings.microbatch, labelDim: settings.shape.classes)
    }

    /// With one-hot label maps as labels, nothing at pixels of what is no class.
    private func labelled(_ minibatch: Minibatch) -> RealBatch {
        guard let maps = minibatch.semantic else { preconditionFailure("segmenter: images without label maps") }
        var batch = RealBatch(minibatch, microbatch: settings.microbatch, labelDim: 0)
        let (area, classes) = (minibatch.height * minibatch.width, settings.shape.classes)
        batch.labels = stride(from: 0, to: minibatch.count, by: settings.microbatch).map { start in
            let part = maps[start * area..<(start + settings.microbatch) * area]
            return SegmenterLabels.tensor(
                part, shape: [settings.microbatch, minibatch.height, minibatch.width, classes],
                ignored: settings.ignored)
        }
        return batch
    }
}
