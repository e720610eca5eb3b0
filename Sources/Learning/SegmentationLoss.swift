import Autodiff

/// OASIS's losses (arXiv 2012.04781, equations 1 and 2): the discriminator tells each pixel's class or that it is not real,
/// the generator wants its pixels to be told the classes of the label map. Channel 0 of scores is of what is not real, channel
/// c + 1 of class c.
public enum SegmentationLoss {
    /// w_c = pixels/(K·n_c), K being the classes that are there: all that are weigh the same in a batch, however many pixels
    /// they have. 0 for classes that are not, and for the one that does not count.
    ///
    /// - Parameters:
    ///   - pixels: n_c of the whole batch.
    ///   - ignored: a class whose pixels are of no known class; nil for none.
    public static func weights(pixels: [Int], ignored: Int? = nil) -> [Float] {
        let total = Double(pixels.reduce(0, +))
        let counted = pixels.indices.map { $0 == ignored ? 0 : pixels[$0] }
        let present = Double(counted.count { $0 > 0 })
        return counted.map { $0 > 0 ? Float(total / (present * Double($0))) : 0 }
    }

    /// Mean over pixels of w_c · cross-entropy to the pixel's class, shape []: the discriminator's on real images, and the
    /// generator's on its own.
    ///
    /// - Parameters:
    ///   - scores: [N, H, W, classes + 1]
    ///   - map: one-hot [N, H, W, classes].
    ///   - weights: of the classes, as of the whole batch.
    public static func onReal(_ scores: Tensor, map: Tensor, weights: [Float]) -> Tensor {
        precondition(
            map.rank == 4 && map.shape[3] == weights.count
                && scores.shape == map.shape.dropLast() + [weights.count + 1],
            "segmentation loss: scores \(scores.shape), map \(map.shape), \(weights.count) weights")
        let weighted = Tape.paused { map * Tensor(weights, shape: [1, 1, 1, weights.count]) }
        return DenseCrossEntropy.loss(scores: scores, targets: weighted.padded(axis: 3, before: 1, after: 0))
    }

    /// Mean over pixels of the cross-entropy to what is not real, shape [].
    ///
    /// - Parameter scores: [N, H, W, classes + 1]
    public static func onFake(_ scores: Tensor) -> Tensor {
        let classes = scores.shape[scores.rank - 1]
        let target = Tensor([1] + [Float](repeating: 0, count: classes - 1), shape: [1, 1, 1, classes])
        return DenseCrossEntropy.loss(scores: scores, targets: Tape.paused { target.sum(to: scores.shape) })
    }
}
