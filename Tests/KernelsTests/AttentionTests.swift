import Kernels
import NumericalTesting
import Testing

@Suite struct AttentionTests {
    @Test("The softmax of inner products, times the values", arguments: AttentionReference.cases, [1, 6] as [Float])
    func forward(_ test: AttentionReference, scale: Float) {
        let operands = test.operands(scale: scale)
        // Scores of some hundred lose their last digits before the exponential.
        #expect(relativeError(test.found(operands), test.output(operands)) < (scale > 1 ? 5e-6 : 5e-7))
    }

    @Test("Gradients", arguments: AttentionReference.cases, [1, 6] as [Float])
    func gradients(_ test: AttentionReference, scale: Float) {
        let operands = test.operands(scale: scale)
        let (found, expected) = (test.foundGradients(operands), test.gradients(operands))
        let tolerance = scale > 1 ? 1e-5 : 1e-6
        // Of one key the weight is 1, whatever the scores.
        let length = test.shape.keys == 1 ? 0.0 : 1.0
        #expect(relativeError(found.q, expected.q) * length < tolerance)
        #expect(relativeError(found.k, expected.k) * length < tolerance)
        #expect(relativeError(found.v, expected.v) < tolerance)
        if test.shape.keys == 1 { #expect(found.q == [0] && found.k == [0]) }
    }

    /// ⟨u, J·w⟩, J the derivative of the gradients along w, by differences of the reference.
    @Test("Gradients of the gradients", arguments: AttentionReference.cases)
    func second(_ test: AttentionReference) {
        let (operands, u, w) = (test.operands(), test.operands(seed: 2), test.operands(seed: 3))
        let found = test.foundSecondGradients(operands, u)
        func inner(_ a: [Float], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * $1.1 } }
        func value(_ step: Float) -> Double {
            var moved = operands
            for i in moved.q.indices { moved.q[i] += step * w.q[i] }
            for i in moved.k.indices { moved.k[i] += step * w.k[i] }
            for i in moved.v.indices { moved.v[i] += step * w.v[i] }
            for i in moved.g.indices { moved.g[i] += step * w.g[i] }
            let gradients = test.gradients(moved)
            return inner(u.q, gradients.q) + inner(u.k, gradients.k) + inner(u.v, gradients.v)
        }
        let step: Float = 0x1p-7
        let difference = (8 * (value(step) - value(-step)) - (value(2 * step) - value(-2 * step))) / (12 * Double(step))
        let parts = zip(found, [w.q, w.k, w.v, w.g]).map { innerProduct($0, $1) }
        let scale = zip(found, [w.q, w.k, w.v, w.g]).reduce(0) {
            $0 + (innerProduct($1.0, $1.0) * innerProduct($1.1, $1.1)).squareRoot()
        }
        #expect(abs(parts.reduce(0, +) - difference) < 2e-5 * scale, "\(parts), expected \(difference)")
    }

    @Test("A sample's bits do not depend on others")
    func samples() {
        let (alone, together) = (AttentionReference(1, 600, 70, 9, 17), AttentionReference(2, 600, 70, 9, 17))
        let operands = together.operands()
        let second = AttentionReference.Operands(
            q: Array(operands.q.suffix(alone.shape.queryCount)), k: Array(operands.k.suffix(alone.shape.keyCount)),
            v: Array(operands.v.suffix(alone.shape.valueCount)), g: Array(operands.g.suffix(alone.shape.outputCount)))
        #expect(alone.found(second) == Array(together.found(operands).suffix(alone.shape.outputCount)))
        let (one, both) = (alone.foundGradients(second), together.foundGradients(operands))
        #expect(one.q == Array(both.q.suffix(one.q.count)))
        #expect(one.k == Array(both.k.suffix(one.k.count)) && one.v == Array(both.v.suffix(one.v.count)))
    }

    @Test("Scores of any size; what is no number comes through")
    func extremes() {
        let test = AttentionReference(1, 3, 20, 1, 2)
        var operands = test.operands()
        operands.q = [1e4, -1e4, 0]
        #expect(relativeError(test.found(operands), test.output(operands)) < 1e-6)
        operands.q = [3e38, 0, .nan]
        let found = test.found(operands)
        #expect(found[0...3].allSatisfy { $0.isFinite })
        #expect(found[4...5].allSatisfy { $0.isNaN })
        operands.q = [1, 1, 1]
        operands.k[7] = .infinity
        #expect(test.found(operands).allSatisfy { $0.isNaN })
    }
}
