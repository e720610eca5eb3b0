import Autodiff
import Learning
import NumericalTesting
import Testing

@Suite struct AuxiliaryRegressionTests {
    private let conditions = Tensor([1, -2, 1, 0.5, 3, 1, 0, 0, -1], shape: [3, 3])

    /// The mean over samples and numbers; the third sample's were left out.
    @Test func isTheMeanSquaredError() {
        let read = Tensor([1, -1, 0, 3, 7, 8], shape: [3, 2])
        let loss = AuxiliaryRegression.loss(read, conditions: conditions)
        #expect(loss.shape == [])
        #expect(abs(loss.scalar - (1 + 0.25) / 6) < 1e-7)
    }

    @Test func whatIsLeftOutHasNoGradient() {
        let read = Tensor([1, -1, 0, 3, 7, 8], shape: [3, 2]).variable()
        let found = gradients(of: AuxiliaryRegression.loss(read, conditions: conditions), with: [read])[0]
        #expect(found?.array == [0, 2.0 / 6, -1.0 / 6, 0, 0, 0])
    }
}

/// Classes that were left out.
@Suite struct LeftOutClassTests {
    @Test func countAsWithoutLoss() {
        let scores = Tensor([0.3, -1, 2, 0.1, 0.2, 0.3, -3, 0, 1], shape: [3, 3])
        let all = Tensor([1, 0, 0, 0, 0, 1, 0, 1, 0], shape: [3, 3])
        let some = Tensor([1, 0, 0, 0, 0, 0, 0, 1, 0], shape: [3, 3])
        func alone(_ row: Int) -> Float {
            AuxiliaryClassifier.crossEntropy(
                scores.slice(axis: 0, start: row, length: 1), labels: all.slice(axis: 0, start: row, length: 1)
            ).scalar
        }
        let whole = AuxiliaryClassifier.crossEntropy(scores, labels: all).scalar
        #expect(abs(whole - (alone(0) + alone(1) + alone(2)) / 3) < 1e-6)
        let part = AuxiliaryClassifier.crossEntropy(scores, labels: some).scalar
        #expect(abs(part - (alone(0) + alone(2)) / 3) < 1e-6)
    }

    @Test func haveNoGradient() {
        let scores = Tensor([0.3, -1, 2, 0.1, 0.2, 0.3], shape: [2, 3]).variable()
        let labels = Tensor([1, 0, 0, 0, 0, 0], shape: [2, 3])
        let found = gradients(of: AuxiliaryClassifier.crossEntropy(scores, labels: labels), with: [scores])[0]
        #expect(found?.array.suffix(3) == [0, 0, 0])
        #expect(found?.array.prefix(3).allSatisfy { $0 != 0 } == true)
    }
}
