import Autodiff
import Learning
import Testing

@Suite struct FeatureDistanceTests {
    /// [1, 1, 2, 2]: two pixels of two channels.
    private func loss(_ decoded: [Float], _ target: [Float]) -> (value: Float, gradient: [Float]) {
        let x = Tensor(decoded, shape: [1, 1, 2, 2]).variable()
        let loss = FeatureDistance.cosine(decoded: x, target: Tensor(target, shape: [1, 1, 2, 2]))
        let value = loss.scalar
        return (value, gradients(of: loss, with: [x])[0]?.array ?? [])
    }

    @Test func isOneMinusTheMeanCosine() {
        // Parallel and orthogonal.
        let (value, gradient) = loss([3, 4, 1, 0], [6, 8, 0, 5])
        #expect(abs(value - 0.5) < 1e-6)
        // Half of −(target/|target| − cosine · decoded/|decoded|)/|decoded|.
        for (found, expected) in zip(gradient, [0, 0, 0, -0.5]) { #expect(abs(found - Float(expected)) < 1e-6) }
        #expect(abs(loss([1, 2, 1, 2], [-1, -2, -1, -2]).value - 2) < 1e-6)
    }

    @Test func vectorsOfZeroHaveACosineOfZero() {
        #expect(abs(loss([0, 0, 1, 2], [1, 1, 2, 4]).value - 0.5) < 1e-6)
        #expect(abs(loss([1, 2, 1, 2], [0, 0, 2, 4]).value - 0.5) < 1e-6)
    }

    @Test(arguments: [0, 1e-20, 1e-9, 1e-5, 1, 1e10] as [Float]) func gradientsOfShortVectorsAreNumbers(_ length: Float)
    {
        for other: Float in [0, 1e-20, 1e-9, 1e-5, 1, 1e10] {
            let (value, gradient) = loss([length, 0, length, length], [other, 0, 0, other])
            #expect(value.isFinite && gradient.allSatisfy(\.isFinite), "\(length), \(other): \(value), \(gradient)")
        }
    }

    /// Sizes count, and the target is a constant.
    @Test func l2IsTheMeanSquareOfTheDifference() {
        let x = Tensor([3, 4, 1, 0], shape: [1, 1, 2, 2]).variable()
        let target = Tensor([1, 4, 0, -2], shape: [1, 1, 2, 2]).variable()
        let loss = FeatureDistance.l2(decoded: x, target: target)
        #expect(abs(loss.scalar - 9 / 4) < 1e-6)
        let found = gradients(of: loss, with: [x, target])
        #expect(found[0]?.array == [1, 0, 0.5, 1] && found[1] == nil)
    }
}
