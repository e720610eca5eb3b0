import Autodiff
import Cluster
import Foundation
import Kernels
import Layers
import Models
import NumericalTesting
import Testing
import Training

/// A small discriminator with batch normalisation over the whole batch: eight microbatches, dealt to the ranks.
@Suite struct WholeBatchTests {
    private struct Network: Discriminator {
        let resolution = 8
        let decoder: GGDRDecoder? = nil
        let looksAtWholeBatch = true
        let declarations: [ParameterDeclaration]
        private let first: EqualizedConvolution
        private let norm: BatchNormalization
        private let second: EqualizedConvolution
        private let norm2: BatchNormalization
        private let out: Dense

        init(channels: Int = 6) {
            var builder = ParameterBuilder()
            first = EqualizedConvolution(
                "first", input: 3, output: channels, kernel: 3, activation: .linear, in: &builder)
            norm = BatchNormalization("norm", channels: channels, in: &builder)
            second = EqualizedConvolution(
                "second", input: channels, output: channels, kernel: 3, resampling: .down, hasBias: false,
                activation: .linear, in: &builder)
            norm2 = BatchNormalization("norm2", channels: channels, in: &builder)
            out = Dense("out", input: channels * 16, output: 1, in: &builder)
            declarations = builder.declarations
        }

        func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
            self([DiscriminatorInput(image: image, labels: labels)], [weights])[0]
        }

        func callAsFunction(_ inputs: [DiscriminatorInput], _ weights: [Weights]) -> [DiscriminatorOutput] {
            let smooth = { (x: Tensor) in x.softplus() }
            var x = zip(inputs, weights).map { first($0.image, $1) }
            x = zip(norm(x, weights).map(smooth), weights).map { second($0, $1) }
            x = norm2(x, weights).map(smooth)
            return zip(x, weights).map { x, weights in
                let n = x.shape[0]
                return DiscriminatorOutput(
                    logits: out(x.reshaped([n, x.count / n]), weights), features: [:], noted: weights.noted)
            }
        }
    }

    private static let microbatches = 8
    private static let microbatch = 2
    private static let network = Network()

    private static func parameters() -> Parameters {
        let parameters = Parameters(network.declarations)
        parameters.initialize(seed: 3, network: 1)
        // Biases and gains of their own.
        parameters.values.withUnsafeElements { values in
            for i in values.indices { values[i] += Float(i % 7 - 3) / 32 }
        }
        parameters.didChange()
        return parameters
    }

    private static func image(_ microbatch: Int) -> Tensor {
        var samples = Samples(seed: UInt64(100 + microbatch))
        return Tensor(samples.floats(Self.microbatch * 8 * 8 * 3), shape: [Self.microbatch, 8, 8, 3])
    }

    /// What a phase leaves on a rank: sums of gradients over all microbatches, and the state that has followed.
    private struct Result: Equatable {
        var loss: [UInt32] = []
        var gradient: [UInt32] = []
        var state: [UInt32] = []
    }

    private static func phase(_ communicator: any Communicator) throws -> Result {
        let parameters = parameters()
        let sums = BatchSums(communicator, microbatches: microbatches)
        let own = microbatches / communicator.size
        let weights = (0..<own).map { _ in parameters.weights(differentiable: true, batch: sums) }
        let inputs = (0..<own).map { DiscriminatorInput(image: image(communicator.rank * own + $0), labels: nil) }
        let seen = network(inputs, weights)
        var all = [[Tensor?]](repeating: Array(repeating: nil, count: parameters.trained.count), count: own)
        gradients(
            of: seen.map { ($0.logits.softplus().mean()) }, with: weights.map { parameters.all.variables($0) }
        ) { k, place, gradient in all[k][place] = gradient }
        try sums.check()
        let count = parameters.values.count
        let tree = SummationTree(count: count + parameters.trackedCount + 1)
        for k in 0..<own {
            let leaf = tree.nextLeaf()
            parameters.all.flatten(all[k], into: UnsafeMutableBufferPointer(rebasing: leaf[..<count]))
            for (i, value) in seen[k].noted.enumerated() { leaf[count + i] = value }
            leaf[leaf.count - 1] = seen[k].logits.softplus().mean().scalar
            tree.commitLeaf()
        }
        let total = tree.total()
        try communicator.sumAlongTree(total)
        let notFinite = parameters.follow(
            total[count..<total.count - 1].map { $0 / Float(microbatches) })
        #expect(notFinite == nil)
        return Result(
            loss: [(total[total.count - 1] / Float(microbatches)).bitPattern],
            gradient: total[..<count].map { ($0 / Float(microbatches)).bitPattern },
            state: parameters.state.array.map(\.bitPattern))
    }

    @Test func sameBitsOnAnyNumberOfRanks() throws {
        let alone = try Self.phase(LoopbackCommunicator())
        #expect(Set(alone.gradient).count > 100 && alone.state.count == 24)
        for size in [2, 4, 8] {
            for found in try LoopbackGroup(size: size).run(Self.phase) { #expect(found == alone, "\(size) ranks") }
        }
    }

    /// Of the whole batch as one microbatch, on one rank.
    @Test func gradientsAreThoseOfTheWholeBatch() throws {
        let alone = try Self.phase(LoopbackCommunicator())
        let gradient = alone.gradient.map { Float(bitPattern: $0) }
        let parameters = Self.parameters()
        let batch = Tensor.concatenated((0..<Self.microbatches).map(Self.image), axis: 0)
        let sums = BatchSums(LoopbackCommunicator(), microbatches: 1)
        func loss() -> Double {
            let weights = parameters.weights(differentiable: false, batch: sums)
            let scores = Self.network([DiscriminatorInput(image: batch, labels: nil)], [weights])[0].logits.array
            return scores.reduce(0) { $0 + log1p(exp(Double($1))) } / Double(scores.count)
        }
        #expect(abs(loss() - Double(Float(bitPattern: alone.loss[0]))) < 1e-5)
        // Along the gradient of each parameter, and along signs that no single wrong element can hide among.
        var samples = Samples(seed: 9)
        for entry in parameters.trained {
            let own = Array(gradient[entry.offset..<entry.offset + entry.count])
            let view = parameters.view(entry)
            let stored = view.array
            for direction in [own, samples.signed(own.count, 1...1)] {
                let length = innerProduct(direction, direction).squareRoot()
                // A shift of all positions before a normalisation changes nothing: its gradient is rounding.
                guard length > 1e-5 else { continue }
                func at(_ step: Double) -> Double {
                    let moved = zip(stored, direction).map { Float(Double($0) + step * Double($1) / length) }
                    Elementwise.copy(BufferView(moved), into: view)
                    parameters.didChange()
                    return loss()
                }
                let step = 0x1p-5
                let slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
                let expected = innerProduct(own, direction) / length
                let size = innerProduct(own, own).squareRoot()
                #expect(abs(slope - expected) < 2e-3 * size + 2e-5, "\(entry.name): \(slope), expected \(expected)")
                Elementwise.copy(BufferView(stored), into: view)
                parameters.didChange()
            }
        }
    }

    /// Without a whole batch it goes by the moving averages: an image's score does not depend on others.
    @Test func aloneItGoesByMovingAverages() {
        let parameters = Self.parameters()
        let weights = parameters.weights(differentiable: false)
        let both = Self.network(Self.image(0), labels: nil, weights)
        let first = Self.network(Self.image(0).slice(axis: 0, start: 0, length: 1), labels: nil, weights)
        #expect(both.noted == [])
        #expect(abs(both.logits.array[0] - first.logits.array[0]) < 1e-5)
    }
}
