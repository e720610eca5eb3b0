import CKernels
import Synchronization

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

        fileprivate var constants: ck_adam {
            ck_adam(
                gradient_scale: gradientScale, step_size: stepSize, beta1: beta1, beta2: beta2, correction: correction,
                epsilon: epsilon)
        }
    }

    /// Scales the gradient, cleans it (NaN → 0, ±∞ → ±1e5), moves moments and parameters.
    ///
    /// - Returns: whether all parameters and moments are finite afterwards.
    @discardableResult
    public static func adam(
        parameters p: BufferView, gradients g: BufferView, firstMoments m: BufferView, secondMoments v: BufferView,
        _ step: AdamStep
    ) -> Bool {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.adam, p.count, passes: 7)) }
        check(p, g, m, v)
        let constants = step.constants
        let (pp, gp, mp, vp) = (p.pointer, g.pointer, m.pointer, v.pointer)
        return allRanges(of: p.count) { i, count in ck_adam_step(pp + i, gp + i, mp + i, vp + i, count, constants) }
    }

    /// What ``adam(parameters:gradients:firstMoments:secondMoments:_:)`` would return; changes nothing.
    public static func wouldBeFinite(
        parameters p: BufferView, gradients g: BufferView, firstMoments m: BufferView, secondMoments v: BufferView,
        _ step: AdamStep
    ) -> Bool {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.adam, p.count, passes: 4)) }
        check(p, g, m, v)
        let constants = step.constants
        let (pp, gp, mp, vp) = (p.pointer, g.pointer, m.pointer, v.pointer)
        return allRanges(of: p.count) { i, count in
            ck_adam_would_be_finite(pp + i, gp + i, mp + i, vp + i, count, constants)
        }
    }

    private static func check(_ p: BufferView, _ g: BufferView, _ m: BufferView, _ v: BufferView) {
        precondition(
            p.count == g.count && p.count == m.count && p.count == v.count,
            "Adam: \(p.count) parameters, \(g.count) gradients, \(m.count) and \(v.count) moments")
    }

    /// average = p + decay·(average − p)
    ///
    /// - Returns: whether all of it is finite afterwards.
    @discardableResult
    public static func movingAverage(_ average: BufferView, of p: BufferView, decay: Float) -> Bool {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.movingAverage, p.count, passes: 3)) }
        precondition(average.count == p.count, "moving average: \(average.count) of \(p.count)")
        let (ap, pp) = (average.pointer, p.pointer)
        return allRanges(of: p.count) { i, count in ck_moving_average(ap + i, pp + i, count, decay) }
    }

    /// Runs `pass` over ranges of the elements, each by its first and its length; whether it returned 1 for all.
    private static func allRanges(of count: Int, _ pass: (Int, Int) -> Int32) -> Bool {
        let isFinite = Atomic<Bool>(true)
        Workers.forEachRange(count, grain: Elementwise.grain) { range in
            if pass(range.lowerBound, range.count) == 0 { isFinite.store(false, ordering: .relaxed) }
        }
        return isFinite.load(ordering: .relaxed)
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
