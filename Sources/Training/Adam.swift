import Foundation
import Models

/// Adam (arXiv 1412.6980) over flat parameters.
///
/// One optimiser serves a network's main and regularisation phases: each phase is a step of it.
public final class Adam {
    public struct Settings: Sendable, Equatable {
        public var learningRate: Double
        public var beta1: Double
        public var beta2: Double
        public var epsilon: Double

        public init(learningRate: Double, beta1: Double, beta2: Double, epsilon: Double) {
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
        }

        /// Corrected for lazy regularisation (arXiv 1912.04958, appendix B): with k main steps to one regularisation
        /// step there are k + 1 steps where there would be k.
        public func lazy(interval: Int) -> Settings {
            let ratio = Double(interval) / Double(interval + 1)
            return Settings(
                learningRate: learningRate * ratio, beta1: pow(beta1, ratio), beta2: pow(beta2, ratio),
                epsilon: epsilon)
        }
    }

    public let settings: Settings
    public let firstMoments: BufferView
    public let secondMoments: BufferView
    /// Steps taken.
    public var steps = 0

    public init(_ settings: Settings, count: Int) {
        self.settings = settings
        firstMoments = BufferView(count: count)
        secondMoments = BufferView(count: count)
        Elementwise.fill(firstMoments, with: 0)
        Elementwise.fill(secondMoments, with: 0)
    }

    /// Moves `parameters` against `gradients`, which are first multiplied by `gradientScale` and cleaned of NaN and ∞.
    public func step(_ parameters: Parameters, gradients: BufferView, gradientScale: Float) {
        steps += 1
        let t = Double(steps)
        OptimizerKernels.adam(
            parameters: parameters.values, gradients: gradients, firstMoments: firstMoments,
            secondMoments: secondMoments,
            .init(
                gradientScale: gradientScale,
                stepSize: Float(settings.learningRate / (1 - pow(settings.beta1, t))), beta1: Float(settings.beta1),
                beta2: Float(settings.beta2), correction: Float(1 / (1 - pow(settings.beta2, t)).squareRoot()),
                epsilon: Float(settings.epsilon)))
        parameters.didChange()
    }
}
