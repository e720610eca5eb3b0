import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

@Suite struct ParametersTests {
    private let declarations = [
        ParameterDeclaration("a", .plain([2, 3]), initial: .normal(deviation: 100)),
        ParameterDeclaration("state", .plain([4]), initial: .constant(7), isTrained: false),
        ParameterDeclaration(
            "b", .convolution(kernel: 3, input: 2, output: 2), initial: .normal(deviation: 1), scale: 0.5),
        ParameterDeclaration("c", .plain([]), initial: .constant(-2), scale: 3),
        ParameterDeclaration("more state", .plain([1000]), initial: .normal(deviation: 2), isTrained: false),
    ]

    @Test("Trained parameters and state lie apart, without gaps, in the order of declaration")
    func offsets() throws {
        let parameters = Parameters(declarations)
        #expect(parameters.trained.map(\.name) == ["a", "b", "c"])
        #expect(parameters.trained.map(\.offset) == [0, 6, 42])
        #expect(parameters.untrained.map(\.name) == ["state", "more state"])
        #expect(parameters.untrained.map(\.offset) == [0, 4])
        #expect(parameters.values.array == [Float](repeating: 0, count: 43))
        #expect(parameters.state.array == [Float](repeating: 0, count: 1004))
        #expect(parameters.entry(named: "b")?.count == 36)
        #expect(parameters.entry(named: "d") == nil)
        // Views are of the flat buffer itself.
        Elementwise.fill(parameters.view(try #require(parameters.entry(named: "c"))), with: 5)
        #expect(parameters.values.array[42] == 5)
        Elementwise.fill(parameters.view(try #require(parameters.entry(named: "state"))), with: 6)
        #expect(Array(parameters.state.array.prefix(5)) == [6, 6, 6, 6, 0])
    }

    private func initialized(seed: UInt64, network: UInt32) -> Parameters {
        let parameters = Parameters(declarations)
        parameters.initialize(seed: seed, network: network)
        return parameters
    }

    @Test("Initial values are a function of seed and network")
    func initialize() {
        let first = initialized(seed: 1, network: 0)
        let again = initialized(seed: 1, network: 0)
        #expect(first.values.array == again.values.array)
        #expect(first.state.array == again.state.array)
        for other in [initialized(seed: 2, network: 0), initialized(seed: 1, network: 1)] {
            #expect(Set(other.stored("b")).isDisjoint(with: first.stored("b")))
        }
        // No two parameters share a stream.
        let b = first.stored("b")
        #expect(Set(b).isDisjoint(with: first.stored("a").map { $0 / 100 }))
        #expect(first.stored("c") == [-2])
        #expect(first.stored("state") == [7, 7, 7, 7])
        let spread = (first.stored("more state").reduce(0) { $0 + $1 * $1 } / 1000).squareRoot()
        #expect(abs(spread - 2) < 5 * 2 / (2000.0).squareRoot())
        #expect((first.stored("a").map(abs).max() ?? 0) > 10)
    }

    @Test("Weights are stored values times the run-time scale; state is as stored")
    func scale() {
        let parameters = initialized(seed: 3, network: 0)
        let weights = parameters.weights(differentiable: true)
        #expect(parameters.tensor("a", weights).shape == [2, 3])
        #expect(parameters.tensor("a", weights).array.map(Double.init) == parameters.stored("a"))
        #expect(parameters.tensor("b", weights).array.map(Double.init) == parameters.stored("b").map { $0 / 2 })
        #expect(parameters.tensor("c", weights).scalar == -6)
        #expect(parameters.tensor("state", weights).array == [7, 7, 7, 7])
        #expect(
            parameters.tensor("b", weights).isDifferentiable && !parameters.tensor("state", weights).isDifferentiable)
        #expect(!parameters.tensor("b", parameters.weights(differentiable: false)).isDifferentiable)
        #expect(parameters.all.variables(weights).map(\.shape) == [[2, 3], [3, 3, 2, 2], []])
    }

    @Test("Flattened gradients are those of the stored values")
    func flatten() throws {
        let declared = DeclaredLayer {
            Dense("fc", input: 6, output: 4, lrMultiplier: 0.25, biasInit: 1, gain: 3, in: &$0)
        }
        let dense = declared.layer
        let parameters = Parameters.random(
            declared.declarations + [ParameterDeclaration("unused", .plain([3]), initial: .constant(0))], seed: 4)
        var samples = Samples(seed: 5)
        let x = Tensor(samples.floats(5 * 6), shape: [5, 6])
        let seed = samples.floats(5 * 4)
        let weights = parameters.weights(differentiable: true)
        let found = gradients(
            of: dense(x, weights), seed: Tensor(seed, shape: [5, 4]), with: parameters.all.variables(weights))
        let flat = BufferView([Float](repeating: .nan, count: parameters.values.count))
        parameters.flatten(found, into: flat)
        // The layer is linear: a step of any size is exact up to rounding.
        func value(at i: Int, _ step: Float) -> Double {
            let moved = Parameters(parameters.declarations)
            moved.copy(from: parameters)
            moved.values.withUnsafeElements { $0[i] += step }
            moved.didChange()
            return innerProduct(dense(x, moved.weights(differentiable: false)).array, seed)
        }
        for (i, gradient) in flat.array.enumerated() {
            #expect(abs(value(at: i, 0.5) - value(at: i, -0.5) - Double(gradient)) < 5e-6, "element \(i)")
        }
        #expect(flat.array.suffix(3) == [0, 0, 0])
    }

    @Test("A dense layer is x·W·scale + b·lrMultiplier, all times the gain")
    func dense() {
        let declared = DeclaredLayer {
            Dense("fc", input: 6, output: 4, lrMultiplier: 0.25, biasInit: 1, gain: 3, in: &$0)
        }
        let dense = declared.layer
        let parameters = Parameters.random(declared.declarations, seed: 6)
        var samples = Samples(seed: 7)
        let x = samples.floats(5 * 6)
        let (w, b) = (parameters.stored("fc.weight"), parameters.stored("fc.bias"))
        let expected = (0..<20).map { (i: Int) -> Double in
            var sum = 0.0
            for j in 0..<6 { sum += Double(x[i / 4 * 6 + j]) * w[j * 4 + i % 4] }
            return 3 * 0.25 * (sum / 6.0.squareRoot() + b[i % 4])
        }
        let found = dense(Tensor(x, shape: [5, 6]), parameters.weights(differentiable: false))
        #expect(relativeError(found.array, expected) < 5e-7)
        parameters.initialize(seed: 1, network: 0)
        // A start of 1 for the bias in use.
        #expect(parameters.tensor("fc.bias", parameters.weights(differentiable: false)).array == [3, 3, 3, 3])
    }

    /// What ends the process: a handle of another network, and a parameter that takes no part.
    @Test func handlesAreThoseOfTheNetwork() throws {
        let parameters = initialized(seed: 3, network: 0)
        #expect(parameters.declarations.map(\.name) == declarations.map(\.name))
        var builder = ParameterBuilder()
        let handles = declarations.map { builder.declare($0) }
        let weights = parameters.weights(differentiable: false)
        for (handle, declaration) in zip(handles, declarations) {
            #expect(handle.name == declaration.name && weights[handle].shape == declaration.layout.shape)
        }
        let placed = builder.placed { Dense("fc", input: 2, output: 3, in: &$0) }
        #expect(placed.places == 5..<7 && builder.count == 7)
        #expect(builder.declarations.trainedNames(at: [1..<3, 5..<6]) == ["b", "fc.weight"])
        // The rest is laid out where it was, whatever takes part.
        let some = parameters.weights(differentiable: true, parameters.selection(["c"]))
        #expect(some[handles[3]].isDifferentiable && !some[handles[1]].isDifferentiable)
        #expect(some[handles[3]].scalar == -6)
    }

    @Test("A copy has the same values and state, and its own memory")
    func copy() {
        let (original, copy) = (initialized(seed: 8, network: 0), initialized(seed: 9, network: 0))
        _ = copy.weights(differentiable: false)
        copy.copy(from: original)
        #expect(copy.values.array == original.values.array)
        #expect(copy.state.array == original.state.array)
        let (copied, source) = (copy.weights(differentiable: false), original.weights(differentiable: false))
        #expect(copy.tensor("b", copied).array == original.tensor("b", source).array)
        Elementwise.fill(copy.values, with: 0)
        #expect(original.values.array != copy.values.array)
    }

    @Test("What was derived from the values is dropped when they change", arguments: [8, 32])
    func didChange(channels: Int) {
        // With 32 channels there are transformed weights in a cache besides the scaled ones.
        let declared = DeclaredLayer {
            EqualizedConvolution(
                "conv", input: channels, output: channels, kernel: 3, activation: Activation(), in: &$0)
        }
        let layer = declared.layer
        let parameters = Parameters.random(declared.declarations, seed: 10)
        var samples = Samples(seed: 11)
        let x = Tensor(samples.floats(2 * 8 * 8 * channels), shape: [2, 8, 8, channels])
        func output(_ parameters: Parameters) -> [Float] { layer(x, parameters.weights(differentiable: false)).array }
        let before = output(parameters)
        #expect(output(parameters) == before)
        let other = Parameters.random(declared.declarations, seed: 12)
        Elementwise.copy(other.values, into: parameters.values)
        parameters.didChange()
        #expect(output(parameters) == output(other))
        #expect(output(parameters) != before)
    }
}
