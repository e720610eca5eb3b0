import Autodiff
import Layers
import NumericalTesting
import Testing

@Suite struct SecondMomentTests {
    @Test("Second moments are normalised per row")
    func normalized() {
        var samples = Samples(seed: 1)
        let (rows, features) = (4, 9)
        let x = samples.floats(rows * features, -3...3)
        let expected = x.indices.map { i in
            let row = x[(i / features * features)..<(i / features * features + features)]
            let mean = row.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(features)
            return Double(x[i]) / (mean + 1e-8).squareRoot()
        }
        let found = Tensor(x, shape: [rows, features]).normalizedSecondMoment()
        #expect(relativeError(found.array, expected) < 3e-7)
        #expect(Tensor(repeating: 0, shape: [2, 3]).normalizedSecondMoment().array == [Float](repeating: 0, count: 6))
    }

    @Test("Gradients of the normalised second moment")
    func normalizedGradients() {
        var samples = Samples(seed: 2)
        // Rows away from zero, and half the usual step: the norm of a short row is too curved for differences.
        let check = GradientCheck([(samples.signed(3 * 7, 0.5...1), [3, 7])], step: 0x1p-6) {
            $0[0].normalizedSecondMoment()
        }
        #expect(check.firstOrder() < 1e-4)
        #expect(check.secondOrder() < 1e-4)
    }
}
