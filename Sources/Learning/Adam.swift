import Kernels
import Layers

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
    }

    public var settings: Settings
    public let firstMoments: BufferView
    public let secondMoments: BufferView

    public init(_ settings: Settings, count: Int) {
        self.settings = settings
        firstMoments = BufferView(count: count)
        secondMoments = BufferView(count: count)
        Elementwise.fill(firstMoments, with: 0)
        Elementwise.fill(secondMoments, with: 0)
    }

    /// Moves `parameters` against `gradients`, which are first multiplied by `gradientScale` and cleaned of NaN and ∞.
    ///
    /// - Parameters:
    ///   - gradients: laid out like the selection.
    ///   - number: of this step since the moments were last forgotten, from 1.
    ///   - selection: what moves; all without it.
    /// - Returns: whether what has moved, and its moments, are finite afterwards.
    @discardableResult
    public func step(
        _ parameters: Parameters, gradients: BufferView, gradientScale: Float, number: Int,
        _ selection: ParameterSelection? = nil
    ) -> Bool {
        let constants = constants(ofStep: number, gradientScale)
        var isFinite = true
        for run in (selection ?? parameters.all).runs {
            let (first, count) = (run.values.lowerBound, run.values.count)
            let runIsFinite = OptimizerKernels.adam(
                parameters: parameters.values.slice(first, count), gradients: gradients.slice(run.offset, count),
                firstMoments: firstMoments.slice(first, count), secondMoments: secondMoments.slice(first, count),
                constants)
            isFinite = isFinite && runIsFinite
        }
        parameters.didChange()
        return isFinite
    }

    /// The first parameter that a step would make ∞ or NaN, or a moment of it; nil where the step leaves all finite.
    /// Changes nothing.
    public func firstNotFinite(
        afterStepOf parameters: Parameters, gradients: BufferView, gradientScale: Float, number: Int,
        _ selection: ParameterSelection
    ) -> String? {
        let constants = constants(ofStep: number, gradientScale)
        func isFinite(_ first: Int, _ offset: Int, _ count: Int) -> Bool {
            OptimizerKernels.wouldBeFinite(
                parameters: parameters.values.slice(first, count), gradients: gradients.slice(offset, count),
                firstMoments: firstMoments.slice(first, count), secondMoments: secondMoments.slice(first, count),
                constants)
        }
        if selection.runs.allSatisfy({ isFinite($0.values.lowerBound, $0.offset, $0.values.count) }) { return nil }
        return zip(selection.entries, selection.offsets)
            .first { entry, offset in !isFinite(entry.offset, offset, entry.count) }?.0.name
    }

    private func constants(ofStep number: Int, _ gradientScale: Float) -> OptimizerKernels.AdamStep {
        let t = Double(number)
        return OptimizerKernels.AdamStep(
            gradientScale: gradientScale, stepSize: Float(settings.learningRate / (1 - Powers.of(settings.beta1, t))),
            beta1: Float(settings.beta1), beta2: Float(settings.beta2),
            correction: Float(1 / (1 - Powers.of(settings.beta2, t)).squareRoot()), epsilon: Float(settings.epsilon))
    }

    /// Forgets the moments, as when layers come in (arXiv 1710.10196, in its code).
    public func reset() {
        Elementwise.fill(firstMoments, with: 0)
        Elementwise.fill(secondMoments, with: 0)
    }
}
