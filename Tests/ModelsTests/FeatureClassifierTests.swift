import Autodiff
import Foundation
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// The classifier whose features metrics look at.
@Suite struct FeatureClassifierTests {
    /// All microbatches of a batch on one rank.
    private final class OneRank: GlobalSummation {
        let microbatches: Int
        init(_ microbatches: Int) { self.microbatches = microbatches }

        func sum(_ leaves: [BufferView], into total: BufferView) {
            Elementwise.fill(total, with: 0)
            for leaf in leaves {
                Elementwise.copy(BufferView(zip(total.array, leaf.array).map { $0 + $1 }), into: total)
            }
        }
    }

    private static let small = FeatureClassifierShape(
        resolution: 8, imageChannels: 2, classes: 3, widths: [5, 6])

    private static func parameters(_ network: FeatureClassifier, seed: UInt64 = 1) -> Parameters {
        let parameters = Parameters(network.declarations)
        parameters.initialize(seed: seed, network: 7)
        var samples = Samples(seed: seed)
        // Gains, biases and scores of their own, not the ones and zeros that layers start with.
        for entry in parameters.trained where entry.count <= 64 {
            let shifted = zip(parameters.view(entry).array, samples.floats(entry.count, -0.3...0.3)).map { $0 + $1 }
            Elementwise.copy(BufferView(shifted), into: parameters.view(entry))
        }
        parameters.didChange()
        return parameters
    }

    private static func images(_ shape: FeatureClassifierShape, count: Int, seed: UInt64) -> Tensor {
        var samples = Samples(seed: seed)
        let size = [count, shape.resolution, shape.resolution, shape.imageChannels]
        return Tensor(samples.floats(size.reduce(1, *)), shape: size)
    }

    @Test func sizesFollowFromTheResolution() {
        #expect(FeatureClassifierShape.standardWidths(8) == [64, 128])
        #expect(FeatureClassifierShape.standardWidths(32) == [16, 32, 64, 128])
        #expect(FeatureClassifierShape.standardWidths(128) == [16, 16, 16, 32, 64, 128])
        for resolution in [8, 16, 32, 64, 128, 256] {
            let shape = FeatureClassifierShape(resolution: resolution, imageChannels: 3, classes: 10)
            let network = FeatureClassifier(shape)
            let count = network.declarations.filter(\.isTrained).map(\.layout.count).reduce(0, +)
            #expect(shape.dimension == 128 && (200_000...700_000).contains(count), "\(resolution)²: \(count)")
        }
    }

    @Test(arguments: [8, 32]) func looksAtImages(resolution: Int) {
        let shape = FeatureClassifierShape(resolution: resolution, imageChannels: 1, classes: 4)
        let network = FeatureClassifier(shape)
        let parameters = Self.parameters(network)
        let found = network([Self.images(shape, count: 3, seed: 2)], [parameters.weights(differentiable: false)])[0]
        #expect(found.features.shape == [3, 128] && found.logits.shape == [3, 4])
        #expect(found.features.array.allSatisfy { $0 >= 0 } && Set(found.features.array).count > 100)
    }

    /// Along the gradient of each parameter, and along signs that no single wrong element can hide among.
    @Test func gradientsAreThoseOfTheLoss() {
        let network = FeatureClassifier(Self.small)
        let parameters = Self.parameters(network)
        let batch = OneRank(2)
        let images = [Self.images(Self.small, count: 6, seed: 3), Self.images(Self.small, count: 6, seed: 4)]
        let labels = [0, 1].map { k in
            var rows = [Float](repeating: 0, count: 18)
            for n in 0..<6 { rows[3 * n + (n + k) % 3] = 1 }
            return Tensor(rows, shape: [6, 3])
        }
        // Winograd's transforms round more than differences can bear.
        Convolution.$usesTransforms.withValue(false) {
            func losses(_ weights: [Weights]) -> [Tensor] {
                zip(network(images, weights), labels).map { output, labels in
                    AuxiliaryClassifier.crossEntropy(output.logits, labels: labels)
                }
            }
            func loss() -> Double {
                let weights = images.map { _ in parameters.weights(differentiable: false, batch: batch) }
                return losses(weights).reduce(0) { $0 + Double($1.scalar) }
            }
            let weights = images.map { _ in parameters.weights(differentiable: true, batch: batch) }
            var gradient = [Float](repeating: 0, count: parameters.values.count)
            gradients(of: losses(weights), with: weights.map { parameters.all.variables($0) }) { _, place, found in
                let entry = parameters.trained[place]
                for (i, value) in (found?.array ?? []).enumerated() { gradient[entry.offset + i] += value }
            }
            var samples = Samples(seed: 9)
            for entry in parameters.trained {
                let own = Array(gradient[entry.offset..<entry.offset + entry.count])
                let size = innerProduct(own, own).squareRoot()
                #expect(size > 1e-3, "\(entry.name): \(size)")
                let view = parameters.view(entry)
                let stored = view.array
                for direction in [own, samples.signed(own.count, 1...1)] {
                    let length = innerProduct(direction, direction).squareRoot()
                    func at(_ step: Double) -> Double {
                        let moved = zip(stored, direction).map { Float(Double($0) + step * Double($1) / length) }
                        Elementwise.copy(BufferView(moved), into: view)
                        parameters.didChange()
                        return loss()
                    }
                    // Small: beyond a bend of a ReLU lies another slope.
                    let slope = (at(2e-3) - at(-2e-3)) / 4e-3
                    let expected = innerProduct(own, direction) / length
                    #expect(abs(slope - expected) < 0.02 * size + 1e-3, "\(entry.name): \(slope), \(expected)")
                    Elementwise.copy(BufferView(stored), into: view)
                    parameters.didChange()
                }
            }
        }
    }

    static let impossible: [(Int, Int, Int, [Int]?, String)] = [
        (4, 1, 2, nil, "resolution is 4"), (24, 1, 2, nil, "resolution is 24"), (512, 1, 2, nil, "resolution is 512"),
        (-8, 1, 2, nil, "resolution is -8"), (8, 0, 2, nil, "channels are 0"), (8, 5, 2, nil, "channels are 5"),
        (8, 1, 1, nil, "classes are 1"), (8, 1, 65_537, nil, "classes are 65537"), (8, 1, 2, [4], "there are 1 widths"),
        (8, 1, 2, [4, 5, 6], "there are 3 widths"), (8, 1, 2, [4, 0], "a width is 0"),
        (8, 1, 2, [4, -1], "a width is -1"),
        (8, 1, 2, [4, 513], "a width is 513"), (Int.min, 1, 2, nil, "resolution is"),
    ]

    @Test(arguments: impossible) func sizesFromOutsideAreLookedAt(
        resolution: Int, channels: Int, classes: Int, widths: [Int]?, says: String
    ) {
        let problem = FeatureClassifierShape.problem(
            resolution: resolution, imageChannels: channels, classes: classes, widths: widths)
        #expect(problem?.contains(says) == true, "\(problem ?? "none")")
    }
}
