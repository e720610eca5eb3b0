import Autodiff
import Learning
import Testing

@Suite struct GradientPenaltyTests {
    private static let gradientPenalty = GradientPenalty(weight: 10, target: 2)

    /// D(x) = ½Σx² has the image itself as its gradient: the norms tell where D was asked.
    @Test func imagesAreMixedPerSample() {
        let real = Tensor([1, 2, 3, 4, 0, 1], shape: [2, 1, 1, 3])
        let fake = Tensor([3, 2, 1, 0, 4, 1], shape: [2, 1, 1, 3])
        let (penalty, norms) = Self.gradientPenalty(
            real: real, fake: fake, mix: Tensor([0.5, 0.25], shape: [2, 1, 1, 1]), finalResolution: 1
        ) { Tensor.contract($0, $0, to: [2, 1, 1, 1]).reshaped([2, 1]) * 0.5 }
        let expected = [(4 + 4 + 4 as Float).squareRoot(), (9 + 1 + 1 as Float).squareRoot()]
        #expect(norms.shape == [2, 1] && penalty.shape == [2, 1])
        for (norm, value) in zip(norms.array, expected) { #expect(abs(norm - value) < 1e-5) }
        for (found, norm) in zip(penalty.array, expected) {
            #expect(abs(found - 10 / 4 * (norm - 2) * (norm - 2)) < 1e-5)
        }
    }

    /// D(x) = w·x has a gradient of w: the penalty's own gradient is 2λ/target²·(‖w‖ − target)·w/‖w‖.
    @Test(arguments: [2, 8]) func penaltyIsDifferentiable(_ finalResolution: Int) throws {
        let values: [Float] = [1, -2, 2, 0.5]
        let w = Tensor(values, shape: [1, 2, 2, 1]).variable()
        let images = Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2, 1])
        let (penalty, norms) = Self.gradientPenalty(
            real: images, fake: images, mix: Tensor([0.5, 0.5], shape: [2, 1, 1, 1]), finalResolution: finalResolution
        ) { Tensor.contract($0, w, to: [2, 1, 1, 1]).reshaped([2, 1]) }
        // The norm at the final resolution, where each pixel is repeated.
        let (length, share) = ((9.25 as Float).squareRoot(), 2 / Float(finalResolution))
        for norm in norms.array { #expect(abs(norm - length * share) < 1e-5) }
        let found = try #require(gradients(of: penalty.mean(), with: [w])[0]).array
        for (gradient, value) in zip(found, values) {
            let expected = 2 * 10 / 4 * (length * share - 2) * share * value / length
            #expect(abs(gradient - expected) < 1e-4)
        }
    }

    @Test func aFlatScoreHasAFinitePenalty() throws {
        let w = Tensor([0, 0], shape: [1, 1, 1, 2]).variable()
        let images = Tensor([1, 2], shape: [1, 1, 1, 2])
        let (penalty, _) = Self.gradientPenalty(
            real: images, fake: images, mix: Tensor([0], shape: [1, 1, 1, 1]), finalResolution: 1
        ) { Tensor.contract($0, w, to: [1, 1, 1, 1]).reshaped([1, 1]) }
        #expect(abs(penalty.scalar - 10) < 1e-5)
        #expect(gradients(of: penalty.sum(), with: [w])[0]?.array == [0, 0])
    }
}
