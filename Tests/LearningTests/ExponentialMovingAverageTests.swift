import Kernels
import Layers
import Learning
import NumericalTesting
import Testing

@Suite struct ExponentialMovingAverageTests {
    /// What describes the weights follows as they do; other state is that of the network that learns.
    @Test func stateFollowsAsItIsDeclared() throws {
        let declarations = [
            ParameterDeclaration("weight", .plain([2]), initial: .constant(1)),
            ParameterDeclaration(
                "norm.running_mean", .plain([2]), initial: .constant(1), isTrained: false,
                tracking: TrackedMean(decay: 0.9, isAveraged: true)),
            ParameterDeclaration(
                "w_avg", .plain([2]), initial: .constant(1), isTrained: false, tracking: TrackedMean(decay: 0.9)),
            ParameterDeclaration("u", .plain([2]), initial: .constant(1), isTrained: false),
        ]
        let (generator, average) = (Parameters(declarations), Parameters(declarations))
        average.initialize(seed: 0, network: 0)
        for entry in generator.trained + generator.untrained {
            Elementwise.fill(generator.view(entry), with: 5)
        }
        // A half-life of one step.
        let rule = ExponentialMovingAverage(halfLifeImages: 8, ramp: nil)
        #expect(rule.update(average, from: generator, imagesShown: 64, batch: 8))
        let found = (average.trained + average.untrained).map { average.view($0).array[0] }
        #expect(found == [3, 3, 5, 5])
        Elementwise.fill(generator.view(generator.untrained[0]), with: .infinity)
        #expect(!rule.update(average, from: generator, imagesShown: 64, batch: 8))
    }

    /// The average's σ is that of its own weights: with the u and v of the network that learns, which turns away from it,
    /// its weights would be used with a norm far from 1.
    @Test func theAverageHasItsOwnSpectralNorm() throws {
        let declaration = ParameterDeclaration(
            "weight", .dense(input: 6, output: 4), initial: .normal(deviation: 1),
            reparametrization: SpectralNormalization())
        var builder = ParameterBuilder()
        _ = builder.declare(declaration)
        let (generator, average) = (Parameters(builder.declarations), Parameters(builder.declarations))
        generator.initialize(seed: 1, network: 0)
        average.copy(from: generator)
        // A half-life of sixteen steps.
        let rule = ExponentialMovingAverage(halfLifeImages: 128, ramp: nil)
        var samples = Samples(seed: 2)
        for _ in 0..<200 {
            let moved = zip(generator.values.array, samples.floats(24)).map { 0.9 * $0 + $1 }
            Elementwise.copy(BufferView(moved), into: generator.values)
            generator.didChange()
            generator.advance()
            #expect(rule.update(average, from: generator, imagesShown: 1024, batch: 8))
        }
        for parameters in [generator, average] {
            let entry = try #require(parameters.entry(named: "weight"))
            let used = parameters.weights(differentiable: false)[entry.handle].array
            let norm = MatrixNorm.largest(used.map(Double.init), columns: 4)
            // One step of power iteration follows an average closely, and a network that jumps about less so.
            #expect(abs(norm - 1) < (parameters === average ? 0.02 : 0.5), "\(norm)")
        }
        let states = try [generator, average].map { parameters in
            parameters.view(try #require(parameters.entry(named: "weight_u"))).array
        }
        #expect(states[0] != states[1])
        // What it keeps moves on with it, and with it alone: without a change of weights it comes to rest.
        let before = average.values.array
        let still = ExponentialMovingAverage(halfLifeImages: 1e12, ramp: nil)
        for _ in 0..<300 { still.update(average, from: generator, imagesShown: 1024, batch: 8) }
        #expect(relativeError(average.values.array, before) < 1e-3)
        #expect(
            abs(
                MatrixNorm.largest(
                    average.weights(differentiable: false)[try #require(average.entry(named: "weight")).handle].array
                        .map(Double.init), columns: 4) - 1) < 1e-3)
    }
}
