import Models
import Storage

/// One rank's share of a step's real images, microbatch by microbatch.
public struct RealBatch {
    /// [microbatch, H, W, C] in [-1, 1]
    public var images: [Tensor]
    /// One-hot [microbatch, classes], or nil.
    public var labels: [Tensor]?

    public init(_ minibatch: Minibatch, microbatch: Int, labelDim: Int) {
        let size = minibatch.height * minibatch.width * minibatch.channels * microbatch
        let starts = stride(from: 0, to: minibatch.count, by: microbatch)
        images = starts.map { start in
            ImageConversion.tensor(
                minibatch.images[start / microbatch * size..<(start / microbatch + 1) * size],
                shape: [microbatch, minibatch.height, minibatch.width, minibatch.channels])
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
