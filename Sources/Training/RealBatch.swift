import Autodiff
import Cluster
import Recipes
import Storage

/// One rank's share of a step's real images, microbatch by microbatch; where a step has several batches, one after
/// another.
public struct RealBatch {
    /// [microbatch, H, W, C] in [-1, 1]
    public var images: [Tensor]
    /// One-hot [microbatch, classes], or nil.
    public var labels: [Tensor]?
    /// Label maps, where they supervise the discriminator; nil elsewhere.
    public var maps: [LabelMaps]?
    /// What it cost to count their classes over all ranks, waiting for slower ones included.
    public internal(set) var balancing = BatchSums.Cost()

    /// - Parameters:
    ///   - labelDim: classes; 0 for an unconditional run.
    ///   - fade: the old resolution's share while a new one fades in, see ``RealFade``.
    public init(_ minibatch: Minibatch, microbatch: Int, labelDim: Int, fade: Float = 0) {
        let size = minibatch.height * minibatch.width * minibatch.channels * microbatch
        let starts = stride(from: 0, to: minibatch.count, by: microbatch)
        images = starts.map { start in
            let sharp = ImageConversion.tensor(
                minibatch.images[start / microbatch * size..<(start / microbatch + 1) * size],
                shape: [microbatch, minibatch.height, minibatch.width, minibatch.channels])
            return fade == 0 ? sharp : RealFade.faded(sharp, by: fade)
        }
        labels = minibatch.labels.flatMap { all in
            labelDim == 0
                ? nil : starts.map { .oneHot(Array(all[$0..<$0 + microbatch]), classes: labelDim) }
        }
    }

    public init(images: [Tensor], labels: [Tensor]? = nil) {
        self.images = images
        self.labels = labels
    }
}
