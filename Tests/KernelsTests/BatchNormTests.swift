import Kernels
import NumericalTesting
import Testing

@Suite struct BatchNormTests {
    @Test("Moments, output and gradients against the formulas", arguments: BatchNormReference.all)
    func passes(_ test: BatchNormReference) {
        let operands = test.operands
        let found = test.found(operands)
        #expect(relativeError(found[0], test.moments(operands)) < 1e-6)
        #expect(relativeError(found[1], test.output(operands)) < 1e-6)
        #expect(relativeError(found[2], test.gradientSums(operands)) < 1e-6)
        #expect(relativeError(found[3], test.gradient(operands)) < 1e-6)
    }

    @Test("Around a shift near the means, the variance of what varies little does not cancel")
    func cancellation() {
        var samples = Samples(seed: 4)
        let x = samples.floats(64 * 1024, 1000...1000.25)
        let sums = BufferView(count: 2)
        BatchNorm.moments(BufferView(x), around: BufferView([1000.125]), into: sums)
        let expected = x.reduce(0.0) { $0 + (Double($1) - 1000.125) * (Double($1) - 1000.125) }
        #expect(abs(Double(sums.array[1]) - expected) < 3e-7 * expected)
    }
}
