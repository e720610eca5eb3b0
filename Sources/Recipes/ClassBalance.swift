import Autodiff
import Kernels
import Learning

/// What a method needs to know of the classes of a whole batch's label maps.
package struct BalancedClasses: Sendable {
    let count: Int
    /// Whose pixels are of no known class; nil for none.
    let ignored: Int?

    package init(count: Int, ignored: Int?) { (self.count, self.ignored) = (count, ignored) }
}

/// The classes of the label maps of a whole batch, on all ranks.
package struct ClassBalance {
    /// Of each class.
    package let pixels: [Int]
    /// Of each class, see ``SegmentationLoss/weights(pixels:ignored:)``.
    package let weights: [Float]
    var present: [Bool] { pixels.map { $0 > 0 } }

    /// Counts are added exactly: they have the same bits on any number of ranks. Collective.
    ///
    /// - Parameters:
    ///   - maps: of each of this rank's microbatches, one-hot [N, H, W, classes].
    ///   - batch: what sums the whole batch.
    package init(_ maps: [Tensor], _ classes: BalancedClasses, over batch: any GlobalSummation) {
        let leaves = maps.map { map in
            let counts = Self.counts(map, classes.count)
            // Float32 adds whole numbers exactly as long as they are small: thousands and what is left travel apart.
            return BufferView(counts.map { Float($0 / Self.unit) } + counts.map { Float($0 % Self.unit) })
        }
        let total = BufferView(count: 2 * classes.count)
        batch.sum(leaves, into: total)
        // Where a sum failed there are NaNs; who asked for it throws then.
        let sums = total.array.map { $0.isFinite ? Int($0) : 0 }
        pixels = (0..<classes.count).map { sums[$0] * Self.unit + sums[classes.count + $0] }
        weights = SegmentationLoss.weights(pixels: pixels, ignored: classes.ignored)
    }

    private static let unit = 4096

    private static func counts(_ map: Tensor, _ classes: Int) -> [Int] {
        precondition(
            map.rank == 4 && map.shape[3] == classes, "class balance: a map \(map.shape) of \(classes) classes")
        // Of each sample: no map has as many pixels as a float counts.
        let sums = Tape.paused { map.sum(to: [map.shape[0], 1, 1, classes]) }.array
        return (0..<classes).map { c in
            stride(from: c, to: sums.count, by: classes).reduce(0) { $0 + (sums[$1].isFinite ? Int(sums[$1]) : 0) }
        }
    }
}
