import Autodiff
import Foundation
import Learning
import NumericalTesting
import Testing

/// Losses of networks that make images of images or label maps.
@Suite struct TranslationLossTests {
    @Test func leastSquares() {
        let (loss, scores) = (LeastSquaresLoss(), Tensor([3, -2], shape: [2, 1]))
        #expect(loss.generator(scores).array == [6.5])
        #expect(loss.onReal(scores).array == [6.5])
        #expect(loss.onFake(scores).array == [6.5])
        let other = Tensor([0.5, 1], shape: [1, 1, 2, 1])
        #expect(loss.generator(other).array == [0.125] && loss.onReal(other).array == [0.125])
        #expect(loss.onFake(other).array == [0.625])
    }

    /// Each scale counts the same, however many positions it has.
    @Test func scales() {
        let loss = MultiScaleLoss(HingeLoss())
        let scores = [Tensor([3, -2, 0, 1], shape: [1, 2, 2, 1]), Tensor([-5], shape: [1, 1, 1, 1])]
        #expect(loss.generator(scores).array == [(-0.5 + 5) / 2])
        #expect(loss.onReal(scores).array == [(1 + 6) / 2])
        #expect(loss.onFake(scores).array == [(1.75 + 0) / 2])
    }

    /// The slope is that of the sign; where both agree there is none. No gradient comes to what is wanted.
    @Test func absoluteDistance() throws {
        let (made, wanted) = (
            Tensor([1, -2, 3, 4], shape: [2, 2]).variable(), Tensor([0, 0, 3, 6], shape: [2, 2]).variable()
        )
        let loss = AbsoluteDistance.loss(made, wanted)
        #expect(loss.array == [1.25] && loss.shape == [])
        let found = gradients(of: loss, with: [made, wanted])
        #expect(try #require(found[0]).array == [0.25, -0.25, 0, -0.25])
        #expect(found[1] == nil)
    }

    /// Maps count the same, however large they are.
    @Test func featureMatching() throws {
        let fake = [Tensor([1, 3], shape: [1, 1, 1, 2]).variable(), Tensor([5], shape: [1, 1, 1, 1]).variable()]
        let real = [Tensor([0, 0], shape: [1, 1, 1, 2]).variable(), Tensor([1], shape: [1, 1, 1, 1]).variable()]
        let loss = FeatureMatching.loss(fake: fake, real: real)
        #expect(loss.array == [3])
        let found = gradients(of: loss, with: fake + real)
        #expect(try #require(found[0]).array == [0.25, 0.25])
        #expect(try #require(found[1]).array == [0.5])
        #expect(found[2] == nil && found[3] == nil)
    }

    /// w_c·n_c is the same for all classes that are there, and over all pixels they mean 1.
    @Test func classWeights() {
        let weights = SegmentationLoss.weights(pixels: [8, 0, 2, 6])
        #expect(weights[1] == 0)
        #expect(abs(weights[0] - 16 / 24) < 1e-6 && abs(weights[2] - 16 / 6) < 1e-6 && abs(weights[3] - 16 / 18) < 1e-6)
        // What is of no known class fills the map, but is no class.
        let others = SegmentationLoss.weights(pixels: [8, 0, 2, 6], ignored: 0)
        #expect(others[0] == 0 && others[1] == 0)
        #expect(abs(others[2] - 4) < 1e-6 && abs(others[3] - 16 / 12) < 1e-6)
        #expect(SegmentationLoss.weights(pixels: [4, 0], ignored: 0) == [0, 0])
        #expect(SegmentationLoss.weights(pixels: [4, 0]) == [1, 0])
    }

    /// In Double: the weighted surprise at each pixel's class, one channel further.
    @Test func segmentation() {
        var samples = Samples(seed: 1)
        let scores = samples.floats(2 * 2 * 3 * 4, -2...2)
        let labels = (0..<12).map { ($0 * 5 + 1) % 3 }
        let map = Tensor(labels.flatMap { label in (0..<3).map { Float($0 == label ? 1 : 0) } }, shape: [2, 2, 3, 3])
        let weights: [Float] = [0.5, 2, 0]
        var (real, fake) = (0.0, 0.0)
        for pixel in 0..<12 {
            let row = scores[pixel * 4..<pixel * 4 + 4].map(Double.init)
            let logs = row.map { $0 - log(row.reduce(0) { $0 + exp($1) }) }
            real -= Double(weights[labels[pixel]]) * logs[labels[pixel] + 1] / 12
            fake -= logs[0] / 12
        }
        let tensor = Tensor(scores, shape: [2, 2, 3, 4])
        #expect(abs(Double(SegmentationLoss.onReal(tensor, map: map, weights: weights).scalar) - real) < 1e-5)
        #expect(abs(Double(SegmentationLoss.onFake(tensor).scalar) - fake) < 1e-5)
    }

    @Test func labelMixMask() {
        let labels = [0, 1, 2, 3, 0, 2]
        func mask(_ bits: [Bool], of labels: [Int], present: [Bool]) -> [Float] {
            let map = Tensor(
                labels.flatMap { label in (0..<4).map { Float($0 == label ? 1 : 0) } }, shape: [1, 2, 3, 4])
            let mask = LabelMix.mask(of: map, bits: bits, present: present)
            #expect(mask.shape == [1, 2, 3, 1])
            return mask.array
        }
        let all = [true, true, true, true]
        #expect(mask([false, true, false, true], of: labels, present: all) == [0, 1, 0, 1, 0, 0])
        // Class 0 goes with class 1, where that is anywhere.
        #expect(mask([true, false, true, false], of: labels, present: all) == [0, 0, 1, 0, 0, 1])
        #expect(mask([true, true, false, false], of: labels, present: all) == [1, 1, 0, 0, 1, 0])
        let without = [0, 2, 2, 3, 0, 2]
        #expect(
            mask([true, false, false, true], of: without, present: [true, false, true, true]) == [1, 0, 0, 1, 1, 0])
    }

    /// Nothing where the discriminator says the same of pixels wherever they stand; gradients through all three.
    @Test func labelMixConsistency() throws {
        var samples = Samples(seed: 2)
        let mask = Tensor([1, 0, 0, 1], shape: [1, 2, 2, 1])
        let scores = (0..<2).map { _ in Tensor(samples.floats(12), shape: [1, 2, 2, 3]) }
        let mixed = LabelMix.mixed(real: scores[0], fake: scores[1], mask: mask)
        for pixel in 0..<4 {
            let from = mask.array[pixel] == 1 ? scores[0] : scores[1]
            #expect(mixed.array[pixel * 3..<pixel * 3 + 3] == from.array[pixel * 3..<pixel * 3 + 3])
        }
        #expect(LabelMix.loss(real: scores[0], fake: scores[1], ofMixed: mixed, mask: mask).array == [0])
        let variables = [scores[0].variable(), scores[1].variable(), (mixed + 1).variable()]
        let loss = LabelMix.loss(real: variables[0], fake: variables[1], ofMixed: variables[2], mask: mask)
        #expect(abs(loss.scalar - 1) < 1e-6)
        let found = gradients(of: loss, with: variables)
        let masks = mask.array.flatMap { [$0, $0, $0] }
        let (real, fake, ofMixed) = (found[0]?.array ?? [], found[1]?.array ?? [], found[2]?.array ?? [])
        #expect(relativeError(real, masks.map { Double(-$0) / 6 }) < 1e-5)
        #expect(relativeError(fake, masks.map { Double($0 - 1) / 6 }) < 1e-5)
        #expect(relativeError(ofMixed, masks.map { _ in 1.0 / 6 }) < 1e-5)
    }
}
