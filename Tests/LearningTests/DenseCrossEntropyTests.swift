import Autodiff
import Foundation
import Learning
import NumericalTesting
import Testing

@Suite struct DenseCrossEntropyTests {
    private static let shape = [2, 2, 3, 4]

    /// One class a pixel, with weights; a mixture at some; nothing at one.
    private static let targets: [Float] = {
        var samples = Samples(seed: 4)
        var values = [Float](repeating: 0, count: 48)
        for pixel in 0..<11 { values[pixel * 4 + pixel % 4] = Float(1 + pixel % 3) * 0.5 }
        for pixel in [2, 7] {
            values.replaceSubrange(pixel * 4..<pixel * 4 + 4, with: samples.signed(4, 0.1...1).map { abs($0) })
        }
        return values
    }()

    @Test func isTheWeightedMeanSurprise() {
        var samples = Samples(seed: 3)
        let scores = samples.signed(48, 0...2)
        var expected = 0.0
        for pixel in 0..<12 {
            let row = scores[pixel * 4..<pixel * 4 + 4].map(Double.init)
            let sum = row.reduce(0) { $0 + exp($1) }
            for k in 0..<4 { expected -= Double(Self.targets[pixel * 4 + k]) * log(exp(row[k]) / sum) / 12 }
        }
        let loss = DenseCrossEntropy.loss(
            scores: Tensor(scores, shape: Self.shape), targets: Tensor(Self.targets, shape: Self.shape))
        #expect(loss.shape == [])
        #expect(abs(Double(loss.scalar) - expected) < 1e-5 * expected)
    }

    @Test func isDifferentiableTwice() {
        var samples = Samples(seed: 5)
        let check = GradientCheck([(samples.signed(48, 0...2), Self.shape)]) { inputs in
            DenseCrossEntropy.loss(scores: inputs[0], targets: Tensor(Self.targets, shape: Self.shape))
        }
        #expect(check.firstOrder() < 1e-4)
        #expect(check.secondOrder() < 1e-3)
    }

    @Test func noGradientReachesTheMaps() {
        let scores = Tensor([Float](repeating: 0.5, count: 48), shape: Self.shape).variable()
        let targets = Tensor(Self.targets, shape: Self.shape).variable()
        let found = gradients(of: DenseCrossEntropy.loss(scores: scores, targets: targets), with: [scores, targets])
        #expect(found[0] != nil && found[1] == nil)
    }

    @Test func largeScoresDoNotOverflow() throws {
        let scores = Tensor([1e4, -1e4, 0, -1e4, 0, 1e4], shape: [1, 1, 2, 3]).variable()
        let targets = Tensor([1, 0, 0, 0, 0, 1], shape: [1, 1, 2, 3])
        let loss = DenseCrossEntropy.loss(scores: scores, targets: targets)
        #expect(loss.scalar == 0)
        let gradient = try #require(gradients(of: loss, with: [scores])[0]).array
        #expect(gradient.allSatisfy { $0 == 0 })
        #expect(abs(DenseCrossEntropy.loss(scores: -scores.detached(), targets: targets).scalar - 2e4) < 1)
    }

    /// Half of class 0, all of class 1, none of class 3: 1/2 in the mean.
    @Test func accuracyIsTheMeanOverTheClasses() {
        let classes = [0, 0, 1, 1, 1, 1, 0, 3, 0, 1, 1, 1]
        let found = [0, 0, 1, 1, 1, 1, 3, 0, 3, 1, 1, 1]
        let weights = DenseCrossEntropy.weights(pixels: [4, 7, 0, 1])
        let scores = found.flatMap { best in (0..<4).map { $0 == best ? Float(0.5) : -0.25 } }
        let targets = classes.flatMap { value in (0..<4).map { $0 == value ? weights[value] : 0 } }
        func accuracy(_ pixels: Range<Int>, _ shape: [Int]) -> Float {
            let places = pixels.lowerBound * 4..<pixels.upperBound * 4
            return DenseCrossEntropy.accuracy(
                scores: Tensor(Array(scores[places]), shape: shape),
                targets: Tensor(Array(targets[places]), shape: shape))
        }
        #expect(abs(accuracy(0..<12, Self.shape) - 0.5) < 1e-6)
        // So it is as the mean of the batch's parts.
        let parts: Float = accuracy(0..<6, [1, 2, 3, 4]) + accuracy(6..<12, [1, 2, 3, 4])
        #expect(abs(parts / 2 - 0.5) < 1e-6)
    }

    /// All classes that are there weigh the same.
    @Test func classesAreBalanced() {
        let expected: [Float] = [100.0 / 90.0, 0, 100.0 / 180.0, 100.0 / 30.0]
        #expect(DenseCrossEntropy.weights(pixels: [30, 0, 60, 10]) == expected)
        #expect(DenseCrossEntropy.weights(pixels: [0, 8]) == [0, 1] as [Float])
        let counts: [Int] = [7, 1, 0, 123_456]
        let weights = DenseCrossEntropy.weights(pixels: counts)
        for (weight, count) in zip(weights, counts) where count > 0 {
            let share = Double(weight) * Double(count)
            #expect(abs(share - 41_154.666_7) < 0.01)
        }
    }
}
