import Autodiff
import Foundation
import Kernels
import NumericalTesting
import Testing

/// Values of the element-wise operations, where differences only show their slopes.
@Suite struct ForwardTests {
    static let functions:
        [(name: String, operation: @Sendable (Tensor) -> Tensor, expected: @Sendable (Double) -> Double)] = [
            ("affine", { $0.affine(-1.5, 0.25) }, { -1.5 * $0 + 0.25 }),
            ("softplus", { $0.softplus() }, { $0 > 0 ? $0 + log1p(exp(-$0)) : log1p(exp($0)) }),
            ("sigmoid", { $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
            ("at least", { $0.atLeast(0.5) }, { max($0, 0.5) }),
            ("squared", { $0.squared() }, { $0 * $0 }),
            ("cubed", { $0.power(3) }, { $0 * $0 * $0 }),
            ("reciprocal", { $0.power(-1) }, { 1 / $0 }),
        ]

    @Test("Against Double, to the tails", arguments: functions.indices)
    func elements(index: Int) {
        let (name, operation, expected) = Self.functions[index]
        // Beyond 16384 elements, so that there is more than one part.
        var samples = Samples(seed: 4)
        let x = samples.floats(20_000, -8...8) + [-80, -30, -17, -1e-4, 1e-4, 17, 30, 80]
        for (value, result) in zip(x, operation(Tensor(x, shape: [x.count])).array) {
            let exact = expected(Double(value))
            // affine cancels near its zero: relative to its terms.
            #expect(
                abs(Double(result) - exact) <= 4e-7 * max(abs(exact), name == "affine" ? 1 : 0), "\(name)(\(value))")
        }
    }

    @Test("Adding in place: the bits of a sum, and nobody else's numbers change")
    func addition() {
        var samples = Samples(seed: 6)
        let (x, y) = (samples.floats(20_000), samples.floats(20_000))
        let expected = zip(x, y).map { $0 + $1 }
        var alone = Tensor(x, shape: [x.count])
        alone += Tensor(y, shape: [y.count])
        #expect(alone.array == expected)

        let (first, second) = (Tensor(x, shape: [x.count]), Tensor(y, shape: [200, 100]))
        var shared = first.reshaped([200, 100])
        shared += second
        shared += second.slice(axis: 0, start: 0, length: 200)
        #expect(first.array == x)
        #expect(second.array == y)
        #expect(shared.array == zip(expected, y).map { $0 + $1 })
    }

    @Test("Powers of positive numbers", arguments: [-1.5, -1, -0.5, 0.5, 1, 2, 2.5, 3] as [Float])
    func powers(exponent: Float) {
        var samples = Samples(seed: 5)
        let x = samples.floats(1000, 0.01...9)
        #expect(
            relativeError(Tensor(x, shape: [1000]).power(exponent).array, x.map { pow(Double($0), Double(exponent)) })
                < 2e-7)
    }

    @Test("Extremes stay finite where the function is")
    func extremes() {
        let x = Tensor([-1e4, 1e4], shape: [2])
        #expect(x.softplus().array == [0, 1e4])
        #expect(x.sigmoid().array == [0, 1])
    }

    @Test("Means")
    func means() {
        let x = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        #expect(x.mean().shape == [] && x.mean().scalar == 11.5)
        #expect(x.mean(over: [0, 2]).shape == [1, 3, 1])
        #expect(x.mean(over: [0, 2]).array == [7.5, 11.5, 15.5])
        #expect(x.sum().scalar == 276)
        #expect(x.channelSum().shape == [4] && x.channelSum().array == [60, 66, 72, 78])
    }
}
