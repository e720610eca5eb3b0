import Autodiff
import Cluster
import Kernels
import Layers
import Models
import NumericalTesting
import Recipes
import Testing
import Training

@Suite struct StandingStatisticsTests {
    /// z, and the class, through batch normalisation.
    private struct Normalised: Generator {
        let zDim = 2
        let labelDim = 4
        let resolution = 2
        let imageChannels = 1
        let wDim = 0
        let styleCount = 0
        let looksAtWholeBatch = true
        let declarations: [ParameterDeclaration]
        private let layer: BatchNormalization

        init() {
            var builder = ParameterBuilder()
            layer = BatchNormalization("bn", channels: 6, isUnbiased: false, in: &builder)
            declarations = builder.declarations
        }

        private func features(_ input: GeneratorInput) -> Tensor {
            .concatenated([input.z * 3 + 1, input.labels ?? input.z], axis: 1)
        }

        func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
            self([input], [weights])[0]
        }

        func callAsFunction(_ inputs: [GeneratorInput], _ weights: [Weights]) -> [GeneratorOutput] {
            zip(layer(inputs.map(features), weights), weights).map { y, weights in
                GeneratorOutput(
                    image: y.slice(axis: 1, start: 0, length: 4).reshaped([y.shape[0], 2, 2, 1]), features: [:],
                    noted: weights.noted)
            }
        }
    }

    private func parameters(_ generator: Normalised) -> Parameters {
        let parameters = Parameters(generator.declarations)
        parameters.initialize(seed: 1, network: 0)
        return parameters
    }

    private func state(_ parameters: Parameters) -> [Float] { parameters.state.array }

    private func taken(_ batches: Int, batch: Int, microbatch: Int) throws -> [Float] {
        let generator = Normalised()
        let parameters = parameters(generator)
        let values = parameters.values.array
        let statistics = StandingStatistics(batches: batches, batch: batch, microbatch: microbatch, seed: 7)
        let found = try statistics.take(
            generator, parameters, sums: BatchSums(LoopbackCommunicator(), microbatches: batch / microbatch))
        #expect(found == nil)
        #expect(parameters.values.array == values)
        return state(parameters)
    }

    /// Means over batches of each batch's mean and variance.
    @Test func areMeansOfBatches() throws {
        let (batches, batch) = (5, 12)
        var (mean, variance) = ([Double](repeating: 0, count: 6), [Double](repeating: 0, count: 6))
        for number in 0..<batches {
            let z = Randomizer(seed: 7).normals(.standingStatistics, step: number, samples: 0..<batch, shape: [2]).array
            let rows = (0..<batch).map { sample -> [Double] in
                var row = z[2 * sample..<2 * sample + 2].map { Double($0) * 3 + 1 } + [0, 0, 0, 0]
                row[2 + (number * batch + sample) % 4] = 1
                return row
            }
            for channel in 0..<6 {
                let values = rows.map { $0[channel] }
                let own = values.reduce(0, +) / Double(batch)
                mean[channel] += own / Double(batches)
                let squares = values.reduce(0.0) { $0 + ($1 - own) * ($1 - own) }
                variance[channel] += squares / Double(batch * batches)
            }
        }
        let found = try taken(batches, batch: batch, microbatch: 4)
        #expect(relativeError(found, mean + variance) < 1e-6)
        // What is summed as one unit changes no more than rounding does.
        let whole = try taken(batches, batch: batch, microbatch: 12)
        #expect(relativeError(whole, mean + variance) < 1e-6)
        let (again, one) = (
            try taken(batches, batch: batch, microbatch: 4), try taken(1, batch: batch, microbatch: 4)
        )
        #expect(again == found && one != found)
    }

    @Test func whatIsNotFiniteIsTold() throws {
        let generator = Normalised()
        let parameters = parameters(generator)
        final class Broken: GlobalSummation {
            let microbatches = 2
            func sum(_ leaves: [BufferView], into total: BufferView) { Elementwise.fill(total, with: .infinity) }
        }
        let statistics = StandingStatistics(batches: 1, batch: 4, microbatch: 2, seed: 0)
        let found = try statistics.take(generator, parameters, sums: Broken())
        #expect(found == "bn.running_mean")
    }
}
