import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

/// Against arXiv 1802.05957, algorithm 1, in Double.
@Suite struct SpectralNormalizationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let layout: ParameterLayout
        let outputs: Int
        /// Whether outputs vary fastest in memory.
        let hasOutputsLast: Bool
    }

    static let cases = [
        Case(
            testDescription: "convolution", layout: .convolution(kernel: 3, input: 4, output: 5), outputs: 5,
            hasOutputsLast: true),
        Case(testDescription: "dense", layout: .dense(input: 7, output: 3), outputs: 3, hasOutputsLast: true),
        Case(testDescription: "embedding", layout: .plain([6, 4]), outputs: 6, hasOutputsLast: false),
        Case(
            testDescription: "dense of an image", layout: .flattened(channels: 3, height: 2, width: 2, output: 4),
            outputs: 4, hasOutputsLast: true),
        Case(
            testDescription: "dense to an image", layout: .unflattened(input: 5, channels: 3, height: 2, width: 2),
            outputs: 12, hasOutputsLast: true),
    ]

    /// W [outputs, all else] of a parameter, or of its gradient.
    private struct Matrix {
        var rows: [[Double]]

        init(_ values: [Double], _ test: Case) {
            let rest = values.count / test.outputs
            rows = (0..<test.outputs).map { o in
                (0..<rest).map { i in values[test.hasOutputsLast ? i * test.outputs + o : o * rest + i] }
            }
        }

        func times(_ v: [Double]) -> [Double] { rows.map { zip($0, v).reduce(0) { $0 + $1.0 * $1.1 } } }

        func transposedTimes(_ u: [Double]) -> [Double] {
            rows[0].indices.map { i in zip(rows, u).reduce(0) { $0 + $1.0[i] * $1.1 } }
        }

        func product(_ u: [Double], _ v: [Double]) -> Double { zip(u, times(v)).reduce(0) { $0 + $1.0 * $1.1 } }

        /// The largest singular value.
        var norm: Double {
            var u = rows.indices.map { 1 + Double($0) / 8 }
            for _ in 0..<500 { u = Self.unit(times(Self.unit(transposedTimes(u)))) }
            return product(u, Self.unit(transposedTimes(u)))
        }

        static func unit(_ x: [Double]) -> [Double] {
            let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return x.map { $0 / norm }
        }
    }

    private func parameters(_ test: Case, scale: Float = 1, seed: UInt64 = 1) -> Parameters {
        var builder = ParameterBuilder()
        _ = builder.declare(ParameterDeclaration("before", .plain([3]), initial: .constant(2)))
        _ = builder.declare(
            ParameterDeclaration(
                "w", test.layout, initial: .normal(deviation: 0.5), scale: scale,
                reparametrization: SpectralNormalization()))
        _ = builder.declare(ParameterDeclaration("after", .plain([2]), initial: .constant(3)))
        let parameters = Parameters(builder.declarations)
        parameters.initialize(seed: seed, network: 0)
        return parameters
    }

    private func used(_ parameters: Parameters) -> [Float] {
        parameters.tensor("w", parameters.weights(differentiable: false)).array
    }

    @Test(arguments: cases) func aStepOfPowerIteration(_ test: Case) throws {
        let parameters = parameters(test)
        #expect(parameters.untrained.map(\.name) == ["w_u", "w_v"] && parameters.advances)
        // Away from the fixed point.
        let start = Samples.spread(test.outputs)
        Elementwise.copy(BufferView(start), into: parameters.view(try #require(parameters.entry(named: "w_u"))))
        parameters.advance()
        let w = Matrix(parameters.stored("w"), test)
        let v = Matrix.unit(w.transposedTimes(start.map(Double.init)))
        let u = Matrix.unit(w.times(v))
        let sigma = w.product(u, v)
        #expect(relativeError(parameters.stored("w_u").map(Float.init), u) < 1e-6)
        #expect(relativeError(parameters.stored("w_v").map(Float.init), v) < 1e-6)
        #expect(relativeError(used(parameters), parameters.stored("w").map { $0 / sigma }) < 1e-6)
        let measured = parameters.measured
        #expect(measured.map(\.name) == ["w/sigma"] && abs(Double(measured[0].value) - sigma) < 1e-6 * sigma)
        // Others are used as they are.
        let weights = parameters.weights(differentiable: false)
        #expect(parameters.tensor("after", weights).array == [3, 3])
    }

    /// With a fixed state W/σ is the same however often it is prepared; of W/σ itself σ is 1; and where u and v have
    /// come to rest, σ is the norm.
    @Test(arguments: cases) func normalizingTwiceIsNormalizingOnce(_ test: Case) throws {
        let parameters = parameters(test)
        let first = used(parameters)
        parameters.didChange()
        #expect(used(parameters) == first)
        let entry = try #require(parameters.entry(named: "w"))
        for _ in 0..<500 { parameters.advance() }
        let norm = Matrix(parameters.stored("w"), test).norm
        #expect(abs(Double(parameters.measured[0].value) - norm) < 1e-4 * norm)
        let normalized = used(parameters)
        #expect(abs(Matrix(normalized.map(Double.init), test).norm - 1) < 1e-4)
        Elementwise.copy(BufferView(normalized), into: parameters.view(entry))
        parameters.didChange()
        #expect(abs(parameters.measured[0].value - 1) < 1e-6)
        #expect(relativeError(used(parameters), normalized.map(Double.init)) < 1e-6)
        let rested = (parameters.stored("w_u"), parameters.stored("w_v"))
        parameters.advance()
        #expect(relativeError(parameters.stored("w_u").map(Float.init), rested.0) < 1e-4)
        #expect(relativeError(parameters.stored("w_v").map(Float.init), rested.1) < 1e-4)
    }

    /// Of Σ G·scale·W/(uᵀWv), u and v constant.
    @Test(arguments: cases) func theAdjointAgainstDifferences(_ test: Case) throws {
        let scale: Float = 0.75
        let parameters = parameters(test, scale: scale)
        parameters.advance()
        var samples = Samples(seed: 3)
        let g = samples.floats(test.layout.count)
        let (before, after) = (samples.floats(3), samples.floats(2))
        let flat = BufferView(count: parameters.values.count)
        parameters.flatten(
            [
                Tensor(before, shape: [3]), Tensor(g, shape: test.layout.shape), Tensor(after, shape: [2]),
            ], into: flat)
        parameters.applyAdjoints(to: flat)
        let found = Array(flat.array[3..<3 + g.count])
        #expect(Array(flat.array.prefix(3)) == before && Array(flat.array.suffix(2)) == after)

        let (u, v) = (parameters.stored("w_u"), parameters.stored("w_v"))
        let stored = parameters.stored("w")
        func value(_ w: [Double]) -> Double {
            let sigma = Matrix(w, test).product(u, v)
            return zip(g, w).reduce(0) { $0 + Double($1.0) * Double(scale) * $1.1 / sigma }
        }
        let step = 1e-5
        let expected = stored.indices.map { i in
            var (up, down) = (stored, stored)
            up[i] += step
            down[i] -= step
            return (value(up) - value(down)) / (2 * step)
        }
        #expect(relativeError(found, expected) < 1e-5)
        // A longer W is the same W/σ.
        #expect(abs(zip(found, stored).reduce(0) { $0 + Double($1.0) * $1.1 }) < 1e-5)
        // Linear: of a selection, and of twice the gradient.
        let selection = parameters.selection(["w"])
        let alone = BufferView(g.map { 2 * scale * $0 })
        parameters.applyAdjoints(to: alone, selection)
        #expect(relativeError(alone.array, found.map { 2 * Double($0) }) < 1e-6)
    }

    /// First and second order, through a layer and the tape: the slope of a score and of the square of its slope in the
    /// image, along the stored weights' own gradient.
    @Test(arguments: [1, 2]) func gradientsOfALayer(_ order: Int) throws {
        let test = Self.cases[0]
        let parameters = parameters(test)
        parameters.advance()
        var samples = Samples(seed: 4)
        let image = Tensor(samples.floats(2 * 4 * 4 * 4), shape: [2, 4, 4, 4])
        func loss(_ differentiable: Bool) -> (Tensor, [Tensor]) {
            let weights = parameters.weights(differentiable: differentiable)
            let x = order == 2 ? image.variable() : image
            let y = Tensor.convolution(x, parameters.tensor("w", weights)).squared()
            let variables = parameters.all.variables(weights)
            guard order == 2 else { return (y.mean(), variables) }
            let slope = gradients(of: y.sum(), with: [x], recording: true)[0]
            return ((slope ?? y).squared().mean(), variables)
        }
        let (f, variables) = loss(true)
        let flat = BufferView(count: parameters.values.count)
        parameters.flatten(gradients(of: f, with: variables), into: flat)
        parameters.applyAdjoints(to: flat)
        let found = Array(flat.array[3..<3 + test.layout.count])
        let length = innerProduct(found, found).squareRoot()
        let view = parameters.view(try #require(parameters.entry(named: "w")))
        let stored = view.array
        func at(_ step: Double) -> Double {
            let moved = zip(stored, found).map { Float(Double($0) + step * Double($1) / length) }
            Elementwise.copy(BufferView(moved), into: view)
            parameters.didChange()
            return Double(loss(false).0.scalar)
        }
        let step = 0x1p-6
        let slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
        #expect(abs(slope - length) < 1e-3 * length, "\(slope), expected \(length)")
    }

    /// u and v are in files as PyTorch has them: one number to each output, and one output's weights in its order.
    @Test func stateIsLaidOutAsTheParameter() throws {
        let parameters = parameters(Self.cases[0])
        #expect(parameters.entry(named: "w_u")?.declaration.layout == .plain([5]))
        let v = try #require(parameters.entry(named: "w_v"))
        #expect(v.declaration.layout == .convolution(kernel: 3, input: 4, output: 1))
        // An initial value has been through power iterations.
        #expect(abs(innerProduct(parameters.view(v).array, parameters.view(v).array) - 1) < 1e-5)
        // What takes no part does not move on.
        let before = parameters.state.array
        parameters.advance(parameters.selection(["before"]))
        #expect(parameters.state.array == before)
        parameters.advance(parameters.selection(["w"]))
        #expect(parameters.state.array != before)
    }
}

extension Samples {
    fileprivate static func spread(_ count: Int) -> [Float] {
        var samples = Samples(seed: 2)
        return samples.floats(count)
    }
}
