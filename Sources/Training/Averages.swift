import Foundation
import Kernels
import Layers
import Models

/// The tracked mean of w, the centre of truncation (arXiv 1812.04948, section B).
public enum WAverage {
    static let decay: Float = 0.995

    /// mean + decay·(tracked − mean)
    ///
    /// - Parameter batchMean: the mean of w over the samples of one phase.
    /// - Returns: whether it is finite afterwards.
    @discardableResult
    public static func update(_ generator: Parameters, batchMean: [Float]) -> Bool {
        guard let entry = generator.entry(named: StyleGAN2Generator.wAverage) else { return true }
        return OptimizerKernels.movingAverage(generator.view(entry), of: BufferView(batchMean), decay: decay)
    }
}

/// The generator's exponential moving average, with its half-life in images.
public struct MovingAverage: Sendable, Equatable {
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

    /// Moves `average` towards `generator`; state that no gradient moves is copied.
    ///
    /// - Returns: whether it is finite afterwards.
    @discardableResult
    package func update(_ average: Parameters, from generator: Parameters, imagesShown: Int, batch: Int) -> Bool {
        let isFinite = OptimizerKernels.movingAverage(
            average.values, of: generator.values, decay: decay(imagesShown: imagesShown, batch: batch))
        Elementwise.copy(generator.state, into: average.state)
        average.didChange()
        return isFinite
    }
}
