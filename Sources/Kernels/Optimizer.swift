import CKernels

/// One pass over flat parameters.
public enum OptimizerKernels {
    /// Adam's constants of one step (arXiv 1412.6980), the bias corrections folded in.
    public struct AdamStep: Sendable {
        public var gradientScale: Float
        public var stepSize: Float
        public var beta1: Float
        public var beta2: Float
        public var correction: Float
        public var epsilon: Float

        public init(
            gradientScale: Float, stepSize: Float, beta1: Float, beta2: Float, correction: Float, epsilon: Float
        ) {
            self.gradientScale = gradientScale
            self.stepSize = stepSize
            self.beta1 = beta1
            self.beta2 = beta2
            self.correction = correction
            self.epsilon = epsilon
        }
    }

    /// Scales the gradient, cleans it (NaN → 0, ±∞ → ±1e5), moves moments and parameters.
    public static func adam(
        parameters p: BufferView, gradients g: BufferView, firstMoments m: BufferView, secondMoments v: BufferView,
        _ step: AdamStep
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.adam, p.count, passes: 7)) }
        precondition(
            p.count == g.count && p.count == m.count && p.count == v.count,
            "Adam: \(p.count) parameters, \(g.count) gradients, \(m.count) and \(v.count) moments")
        let constants = ck_adam(
            gradient_scale: step.gradientScale, step_size: step.stepSize, beta1: step.beta1, beta2: step.beta2,
            correction: step.correction, epsilon: step.epsilon)
        let (pp, gp, mp, vp) = (p.pointer, g.pointer, m.pointer, v.pointer)
        Workers.forEachRange(p.count, grain: Elementwise.grain) { range in
            let i = range.lowerBound
            ck_adam_step(pp + i, gp + i, mp + i, vp + i, range.count, constants)
        }
    }

    /// average = p + decay·(average − p)
    public static func movingAverage(_ average: BufferView, of p: BufferView, decay: Float) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.movingAverage, p.count, passes: 3)) }
        precondition(average.count == p.count, "moving average: \(average.count) of \(p.count)")
        let (ap, pp) = (average.pointer, p.pointer)
        Workers.forEachRange(p.count, grain: Elementwise.grain) { range in
            let i = range.lowerBound
            ck_moving_average(ap + i, pp + i, range.count, decay)
        }
    }

    /// √Σ x², the same on any number of threads.
    public static func norm(_ x: BufferView) -> Double {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.norm, x.count, passes: 1)) }
        let parts = (x.count + Elementwise.grain - 1) / Elementwise.grain
        var sums = [Double](repeating: 0, count: parts)
        let xp = x.pointer
        sums.withUnsafeMutableBufferPointer { sums in
            let target = sums
            Workers.forEach(parts) { part in
                let first = part * Elementwise.grain
                target[part] = ck_sum_squares(xp + first, min(Elementwise.grain, x.count - first))
            }
        }
        return sums.reduce(0, +).squareRoot()
    }
}
