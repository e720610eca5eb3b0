import Autodiff
import Kernels

/// The softmax cross-entropy of scores at every pixel against label maps (as in arXiv 2012.04781, section 3.1).
public enum DenseCrossEntropy {
    /// Mean over pixels of −Σ_c t_c · log softmax(scores)_c, shape []. Differentiable any number of times in the scores.
    ///
    /// - Parameters:
    ///   - scores: [N, h, w, classes]
    ///   - targets: of that shape, a constant, no number below 0: 1 in the channel of the pixel's class, times the class's
    ///     weight; or what an augmentation has made of that, between classes where pixels were mixed and nothing where
    ///     there is no image.
    public static func loss(scores: Tensor, targets: Tensor) -> Tensor {
        precondition(
            scores.rank == 4 && scores.shape == targets.shape,
            "dense cross-entropy: scores \(scores.shape), targets \(targets.shape)")
        let classes = scores.shape[3]
        let pixels = scores.count / classes
        let (flat, wanted) = (scores.reshaped([pixels, classes]), targets.detached().reshaped([pixels, classes]))
        // The largest score becomes zero, so that no exponential overflows; what is subtracted cancels out.
        let shifted = flat - largest(scores, classes)
        let partition = shifted.exponential().sum(to: [pixels, 1]).logarithm()
        let weight = wanted.sum(to: [pixels, 1])
        return (partition * weight - Tensor.contract(shifted, wanted, to: [pixels, 1])).mean()
    }

    /// Of each pixel, [pixels, 1], a constant.
    private static func largest(_ scores: Tensor, _ classes: Int) -> Tensor {
        let view = BufferView(count: scores.count / classes)
        scores.view.withUnsafeElements { values in
            view.withUnsafeElements { largest in
                for pixel in 0..<largest.count {
                    let start = pixel * classes
                    var most = values[start]
                    for at in start + 1..<start + classes where values[at] > most { most = values[at] }
                    largest[pixel] = most
                }
            }
        }
        return Tensor(view, shape: [view.count, 1])
    }

    /// Of pixels' weights, the share whose largest score is their class's. With weights that balance a batch's classes, its
    /// mean over the batch is the mean over the classes of the share of their pixels that are found.
    ///
    /// - Parameters:
    ///   - scores: [N, h, w, classes]
    ///   - targets: as for the loss.
    /// - Returns: per pixel, so that a part of a batch may have more than 1.
    public static func accuracy(scores: Tensor, targets: Tensor) -> Float {
        precondition(scores.shape == targets.shape, "accuracy: scores \(scores.shape), targets \(targets.shape)")
        let classes = scores.shape[3]
        let (values, wanted) = (scores.array, targets.array)
        var found = 0.0
        for start in stride(from: 0, to: values.count, by: classes) {
            var best = start
            for at in start..<start + classes where values[at] > values[best] { best = at }
            found += Double(wanted[best])
        }
        return Float(found / Double(values.count / classes))
    }

    /// w_c = N·h·w / (K·n_c) of each class, K being those that are there: all classes that are weigh the same, however many
    /// pixels they have (arXiv 2012.04781, equation 1). 0 for classes that are not.
    ///
    /// - Parameter pixels: n_c of the whole batch.
    public static func weights(pixels: [Int]) -> [Float] {
        let total = Double(pixels.reduce(0, +))
        let present = Double(pixels.count { $0 > 0 })
        return pixels.map { $0 > 0 ? Float(total / (present * Double($0))) : 0 }
    }
}
