import Kernels
import Layers

/// The generator's exponential moving average, with its half-life in images: what samples are made with (arXiv
/// 1710.10196, appendix A.1).
public struct ExponentialMovingAverage: Sendable, Equatable {
    public var halfLifeImages: Double
    /// The half-life is at most `ramp` · images shown; nil for no ramp-up.
    public var ramp: Double?

    public init(halfLifeImages: Double, ramp: Double?) {
        self.halfLifeImages = halfLifeImages
        self.ramp = ramp
    }

    /// ½^(batch / half-life)
    public func decay(imagesShown: Int, batch: Int) -> Float {
        var halfLife = halfLifeImages
        if let ramp { halfLife = min(halfLife, Double(imagesShown) * ramp) }
        return Float(Powers.of(0.5, Double(batch) / max(halfLife, 1e-8)))
    }

    /// Moves `average` towards `generator`. State that no gradient moves is copied, but for what describes the weights, such
    /// as batch normalisation's moving averages: that follows as they do (``TrackedMean/isAveraged``). What
    /// reparametrisations keep is the average's own, as it belongs to its weights: it moves on with them.
    ///
    /// - Returns: whether it is finite afterwards.
    @discardableResult
    public func update(_ average: Parameters, from generator: Parameters, imagesShown: Int, batch: Int) -> Bool {
        let decay = decay(imagesShown: imagesShown, batch: batch)
        var isFinite = OptimizerKernels.movingAverage(average.values, of: generator.values, decay: decay)
        // What lies side by side is copied at once.
        var copied = 0..<0
        func copy() {
            guard !copied.isEmpty else { return }
            Elementwise.copy(
                generator.state.slice(copied.lowerBound, copied.count),
                into: average.state.slice(copied.lowerBound, copied.count))
        }
        for entry in generator.untrained where !generator.isOfReparametrization(entry) {
            if entry.declaration.tracking?.isAveraged == true {
                isFinite =
                    OptimizerKernels.movingAverage(average.view(entry), of: generator.view(entry), decay: decay)
                    && isFinite
            } else if copied.upperBound == entry.offset {
                copied = copied.lowerBound..<entry.offset + entry.count
            } else {
                copy()
                copied = entry.offset..<entry.offset + entry.count
            }
        }
        copy()
        average.didChange()
        average.advance()
        return isFinite
    }
}
