import Evaluation
import Models

/// How a feature network is trained.
public struct FeatureSettings: Sendable {
    public var task: FeatureTask
    public var shape: FeatureClassifierShape
    /// Images shown, a multiple of the batch.
    public let images: Int
    public let batch: Int
    /// Of the whole batch: whatever crosses samples is summed over them along a fixed tree.
    public let microbatches: Int
    public var seed: UInt64
    /// Of a segmenter, a class of label maps that is no class of any; nil where all are.
    public var ignored: Int?

    /// Images of a microbatch.
    package var microbatch: Int { batch / microbatches }
    /// Steps.
    public var steps: Int { images / batch }

    /// Of a batch on 1, 2, 4 or 8 ranks: the same bits on all of them.
    static let usualMicrobatches = 8

    /// - Parameters:
    ///   - images: at least so many are shown.
    ///   - batch: a multiple of ``microbatches(_:)``.
    ///   - ignored: see ``ignored``.
    public init(
        task: FeatureTask, shape: FeatureClassifierShape, images: Int, batch: Int, ranks: Int, seed: UInt64,
        ignored: Int? = nil
    ) {
        let microbatches = Self.microbatches(ranks)
        precondition(
            batch > 0 && batch % microbatches == 0 && images > 0,
            "feature training: \(images) images in batches of \(batch) of \(microbatches) microbatches")
        self.task = task
        self.shape = shape
        self.images = (images + batch - 1) / batch * batch
        self.batch = batch
        self.microbatches = microbatches
        self.seed = seed
        self.ignored = ignored
    }

    /// Microbatches of a batch on so many ranks; each rank has equally many.
    public static func microbatches(_ ranks: Int) -> Int { (usualMicrobatches + ranks - 1) / ranks * ranks }

    /// Images of a batch where nobody says otherwise: fewer of large ones, whose feature maps are held in memory until
    /// the gradients are there.
    ///
    /// - Parameter ranks: the batch is a multiple of what they need.
    public static func usualBatch(resolution: Int, ranks: Int) -> Int {
        let images = max(16, min(128, (1 << 20) / (resolution * resolution)))
        let unit = microbatches(ranks)
        return (images + unit - 1) / unit * unit
    }

    /// Images shown where nobody says otherwise: enough for some ten classes, and no more than forty epochs.
    public static func usualImages(trained: Int) -> Int { min(100_000, 40 * trained) }

    /// Of Adam (arXiv 1412.6980): up along a line in the first twentieth of the steps, down along a line to nothing.
    ///
    /// - Parameter step: from 0.
    package func learningRate(step: Int) -> Double {
        let (rise, done) = (max(1, steps / 20), step + 1)
        return Self.peak
            * (done <= rise ? Double(done) / Double(rise) : Double(steps - step) / Double(steps - rise + 1))
    }

    private static let peak = 4e-3
}
