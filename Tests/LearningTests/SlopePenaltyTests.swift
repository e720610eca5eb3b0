import Autodiff
import Learning
import NumericalTesting
import Testing

@Suite struct SlopePenaltyTests {
    private static var images: Tensor { Tensor((0..<24).map { Float($0 % 7) / 4 - 0.75 }, shape: [2, 2, 2, 3]) }
    private static var weights: Tensor { Tensor((0..<12).map { Float($0 % 5) / 2 - 0.8 }, shape: [1, 2, 2, 3]) }

    /// D = ½ Σ w·x²: its slope is w·x.
    private func score(_ x: Tensor, _ w: Tensor) -> Tensor { (x.squared() * w).sum(to: [2, 1, 1, 1]) * 0.5 }

    @Test func isTheMeanSquareOfTheSlope() {
        let value = SlopePenalty.squaredSlope(at: Self.images) { score($0, Self.weights).reshaped([2, 1]) }
        let (x, w) = (Self.images.array, Self.weights.array)
        var expected: Float = 0
        for i in x.indices {
            let slope: Float = x[i] * w[i % 12]
            expected += slope * slope / 2
        }
        #expect(value.shape == [] && abs(value.scalar - expected) < 1e-5 * expected)
    }

    /// The scores of a penalty can have a loss of their own: gradients are those of both.
    @Test func scoresServeTwice() throws {
        let w = Self.weights.variable()
        let images = Self.images.variable()
        let scores = score(images, w).reshaped([2, 1])
        let penalty = SlopePenalty.squaredSlope(of: scores, at: images)
        let both = gradients(of: scores.softplus().mean() + penalty * 0.5, with: [w])
        let other = Self.weights.variable()
        let loss = gradients(of: score(Self.images, other).reshaped([2, 1]).softplus().mean(), with: [other])
        let alone = SlopePenalty.squaredSlope(at: Self.images) { score($0, other).reshaped([2, 1]) }
        let slope = gradients(of: alone * 0.5, with: [other])
        #expect(penalty.scalar == alone.scalar)
        let (a, b) = (try #require(loss[0]).array, try #require(slope[0]).array)
        #expect(relativeError(try #require(both[0]).array, zip(a, b).map { $0 + $1 }) < 1e-6)
        #expect(b.contains { abs($0) > 0.1 })
    }
}
