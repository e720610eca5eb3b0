import Autodiff
import Foundation
import Learning
import Testing

@Suite struct AdversarialLossTests {
    private static var scores: Tensor { Tensor([3, -2], shape: [2, 1]) }

    private func softplus(_ x: Float) -> Float { log1p(exp(-abs(x))) + max(x, 0) }

    @Test func wasserstein() {
        let loss = WassersteinLoss(drift: 0.25)
        #expect(loss.generator(Self.scores).array == [-0.5])
        #expect(loss.onFake(Self.scores).array == [0.5])
        // −3 + 0.25·9 and 2 + 0.25·4
        #expect(loss.onReal(Self.scores).array == [1.125])
    }

    @Test func logistic() {
        let loss = LogisticLoss()
        let (fake, real) = ((softplus(3) + softplus(-2)) / 2, (softplus(-3) + softplus(2)) / 2)
        #expect(abs(loss.generator(Self.scores).scalar - real) < 1e-6)
        #expect(abs(loss.onReal(Self.scores).scalar - real) < 1e-6)
        #expect(abs(loss.onFake(Self.scores).scalar - fake) < 1e-6)
    }

    /// Scores beyond ±1 on the right side teach nothing.
    @Test func hinge() throws {
        let loss = HingeLoss()
        #expect(loss.generator(Self.scores).array == [-0.5])
        // (0 + 3) / 2 and (4 + 0) / 2
        #expect(loss.onReal(Self.scores).array == [1.5])
        #expect(loss.onFake(Self.scores).array == [2])
        let scores = Self.scores.variable()
        #expect(try #require(gradients(of: loss.onReal(scores), with: [scores])[0]).array == [0, -0.5])
        #expect(try #require(gradients(of: loss.onFake(scores), with: [scores])[0]).array == [0.5, 0])
        #expect(try #require(gradients(of: loss.generator(scores), with: [scores])[0]).array == [-0.5, -0.5])
    }

    /// Each is one number, whose gradient reaches every score.
    @Test func areMeansOverTheSamples() throws {
        for loss in [LogisticLoss(), WassersteinLoss()] as [any AdversarialLoss] {
            let scores = Self.scores.variable()
            for value in [loss.generator(scores), loss.onReal(scores), loss.onFake(scores)] {
                #expect(value.shape == [])
                let gradient = try #require(gradients(of: value, with: [scores])[0]).array
                #expect(gradient.allSatisfy { $0 != 0 })
            }
        }
    }
}
