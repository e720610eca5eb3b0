import Foundation
import Kernels
import NumericalTesting
import Testing

/// Adam as printed (arXiv 1412.6980, algorithm 1), in Double.
private struct AdamReference {
    var p: [Double]
    var m: [Double]
    var v: [Double]
    var t = 0.0
    let rate = 0.0025
    let beta1 = 0.3
    let beta2 = 0.99
    let epsilon = 1e-8

    init(_ p: [Float]) {
        self.p = p.map(Double.init)
        m = p.map { _ in 0 }
        v = p.map { _ in 0 }
    }

    mutating func step(_ gradients: [Double]) {
        t += 1
        for (i, g) in gradients.enumerated() {
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            let (mHat, vHat) = (m[i] / (1 - pow(beta1, t)), v[i] / (1 - pow(beta2, t)))
            p[i] -= rate * mHat / (vHat.squareRoot() + epsilon)
        }
    }

    /// The constants that the kernel takes for the next step.
    func constants(gradientScale: Float) -> OptimizerKernels.AdamStep {
        OptimizerKernels.AdamStep(
            gradientScale: gradientScale, stepSize: Float(rate / (1 - pow(beta1, t + 1))), beta1: Float(beta1),
            beta2: Float(beta2), correction: Float(1 / (1 - pow(beta2, t + 1)).squareRoot()), epsilon: Float(epsilon))
    }
}

@Suite struct OptimizerTests {
    private func zeros(_ count: Int) -> BufferView { BufferView([Float](repeating: 0, count: count)) }

    @Test("Adam against the published algorithm", arguments: [1, 7, 40_000])
    func adam(count: Int) {
        var samples = Samples(seed: 1)
        let start = samples.floats(count)
        var reference = AdamReference(start)
        let (p, m, v) = (BufferView(start), zeros(count), zeros(count))
        for _ in 0..<8 {
            let gradient = samples.floats(count, -4...4)
            OptimizerKernels.adam(
                parameters: p, gradients: BufferView(gradient), firstMoments: m, secondMoments: v,
                reference.constants(gradientScale: 0.25))
            reference.step(gradient.map { Double($0) / 4 })
        }
        // How far parameters moved, not where they are, shows an error.
        let moved = zip(p.array, start).map { $0 - $1 }
        #expect(relativeError(moved, zip(reference.p, start).map { $0 - Double($1) }) < 2e-5)
        #expect(relativeError(m.array, reference.m) < 3e-7)
        #expect(relativeError(v.array, reference.v) < 3e-6)
    }

    @Test("A gradient that is not finite counts as zero or ±10⁵")
    func cleaning() {
        // Among finite ones in the same vector, and in the remainder of a loop.
        let dirty: [Float] =
            [.nan, .infinity, -.infinity, 1, .nan, 2, -3, .infinity, 3e38] + Array(repeating: 1, count: 9)
        let clean: [Double] = [0, 1e5, -1e5, 0.5, 0, 1, -1.5, 1e5, 1.5e38] + Array(repeating: 0.5, count: 9)
        let count = dirty.count
        let start = [Float](repeating: 1, count: count)
        var reference = AdamReference(start)
        let (p, m, v) = (BufferView(start), zeros(count), zeros(count))
        let finite = clean.indices.filter { $0 != 8 }
        for _ in 0..<3 {
            OptimizerKernels.adam(
                parameters: p, gradients: BufferView(dirty), firstMoments: m, secondMoments: v,
                reference.constants(gradientScale: 0.5))
            reference.step(clean)
        }
        #expect(p.array.allSatisfy { $0.isFinite })
        for i in finite {
            #expect(abs(Double(p.array[i]) - reference.p[i]) < 3e-7)
            #expect(abs(Double(m.array[i]) - reference.m[i]) <= 1e-6 * abs(reference.m[i]))
            #expect(abs(Double(v.array[i]) - reference.v[i]) <= 3e-6 * reference.v[i])
        }
    }

    @Test("A gradient whose scaling overflows is cleaned too")
    func overflow() {
        let (p, m, v) = (zeros(1), zeros(1), zeros(1))
        OptimizerKernels.adam(
            parameters: p, gradients: BufferView([-3e38]), firstMoments: m, secondMoments: v,
            .init(gradientScale: 4, stepSize: 1, beta1: 0, beta2: 0, correction: 1, epsilon: 0))
        #expect(m.array == [-1e5])
        #expect(p.array == [1])
    }

    /// One element of many, in a vector and in the remainder of a loop, that an update takes out of the finite numbers.
    @Test("An update that is not finite is told, before and after", arguments: [0, 16_390, 40_002])
    func notFinite(place: Int) {
        let count = 40_003
        let constants = OptimizerKernels.AdamStep(
            gradientScale: 1, stepSize: 0.1, beta1: 0.5, beta2: 0.5, correction: 1, epsilon: 1e-8)
        enum Part: CaseIterable { case parameter, firstMoment, secondMoment, square, none }
        for part in Part.allCases {
            var (p, g) = ([Float](repeating: 1, count: count), [Float](repeating: 0.5, count: count))
            var (m, v) = (g, g)
            switch part {
            case .parameter: p[place] = -.infinity
            case .firstMoment: m[place] = .nan
            case .secondMoment: v[place] = .infinity
            // Finite, but its square is not.
            case .square: g[place] = -3e19
            case .none: break
            }
            let (pv, mv, vv) = (BufferView(p), BufferView(m), BufferView(v))
            #expect(
                OptimizerKernels.wouldBeFinite(
                    parameters: pv, gradients: BufferView(g), firstMoments: mv, secondMoments: vv, constants)
                    == (part == .none), "\(part)")
            #expect(pv.array == p && vv.array == v && mv.array.map(\.bitPattern) == m.map(\.bitPattern))
            #expect(
                OptimizerKernels.adam(
                    parameters: pv, gradients: BufferView(g), firstMoments: mv, secondMoments: vv, constants)
                    == (part == .none), "\(part)")
        }
        var average = [Float](repeating: 1, count: count)
        let p = average
        #expect(OptimizerKernels.movingAverage(BufferView(average), of: BufferView(p), decay: 0.5))
        average[place] = .nan
        #expect(!OptimizerKernels.movingAverage(BufferView(average), of: BufferView(p), decay: 0.5))
        // Both are finite, but their distance is not.
        average[place] = -3e38
        #expect(!OptimizerKernels.movingAverage(BufferView(average), of: BufferView(p.map { $0 * 3e38 }), decay: 0.5))
    }

    @Test("Moving average", arguments: [0, 0.5, 0.998, 1] as [Float])
    func movingAverage(decay: Float) {
        var samples = Samples(seed: 2)
        let (start, p) = (samples.floats(20_011), samples.floats(20_011))
        let average = BufferView(start)
        OptimizerKernels.movingAverage(average, of: BufferView(p), decay: decay)
        let expected = zip(start, p).map { Double(decay) * Double($0) + (1 - Double(decay)) * Double($1) }
        #expect(relativeError(average.array, expected) < 1e-7)
        // What has converged stays put, to the bit.
        let still = BufferView(p)
        OptimizerKernels.movingAverage(still, of: BufferView(p), decay: decay)
        #expect(still.array == p)
    }

    @Test("Norm", arguments: [0, 1, 16_384, 16_385, 200_003])
    func norm(count: Int) {
        var samples = Samples(seed: 3)
        let x = samples.floats(count, -1e3...1e3)
        let expected = innerProduct(x, x).squareRoot()
        #expect(abs(OptimizerKernels.norm(BufferView(x)) - expected) <= 1e-13 * expected)
    }

    @Test("The norm of numbers whose squares overflow single precision")
    func largeNorm() {
        #expect(abs(OptimizerKernels.norm(BufferView([3e30, 4e30])) / 5e30 - 1) < 1e-6)
    }
}
