import Autodiff
import Kernels
import NumericalTesting
import Testing

/// Recomputed calls against the plain tape, bit for bit.
@Suite struct RecomputationTests {
    typealias Blocks = @Sendable (@escaping () -> [Tensor]) -> [Tensor]

    /// Blocks with two results that read what others read too: every sum of gradients has many terms.
    struct Network: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let block:
            @Sendable (_ x: Tensor, _ y: Tensor, _ w: Tensor, _ shared: Tensor, _ inner: @escaping Blocks) -> [Tensor]

        func callAsFunction(_ variables: [Tensor], outer: Blocks, inner: @escaping Blocks) -> Tensor {
            let (x, shared, weights) = (variables[0], variables[1], variables[2...])
            var (a, b) = (x, x * shared)
            var total = x.softplus()
            for w in weights {
                let block = block
                let results = outer { [a, b] in block(a, b, w, shared, inner) }
                (a, b) = (results[0], results[1])
                total = total + a * b.sigmoid() + a * shared
            }
            return (total + b).sum()
        }
    }

    static let plain: Blocks = { $0() }
    static let recomputed: Blocks = { Tape.recomputed($0) }
    static let shape = [5, 7]

    static let networks = [
        Network(testDescription: "elementwise") { x, y, w, shared, inner in
            let a = (x * w + y * shared).sigmoid()
            let b = inner { [(a * w + x.squared()) * shared + a, x * a] }
            // As features and image of a synthesis block: the second result is made of the first.
            let features = b[0] * (w + y) + x
            return [features, b[1] * features + a * y + w.squared()]
        },
        Network(testDescription: "results that are one tensor, an input, and a constant") { x, y, w, shared, inner in
            let a = inner { [(x * w).sigmoid() * y, x, Tensor(repeating: 2, shape: RecomputationTests.shape)] }
            let b = a[0] * shared + a[1] * a[2]
            return [b, b]
        },
        Network(testDescription: "an input comes through") { x, y, w, shared, inner in
            let a = inner { [x, (x * w * shared).softplus()] }
            return [a[0], a[1] * y]
        },
        Network(testDescription: "matrix products") { x, y, w, shared, inner in
            let square = inner { [Tensor.product(x, w, transposeB: true).activated(Activation())] }[0]
            let mixed = Tensor.product(square, y)
            return [mixed.sigmoid() + x, mixed * shared + Tensor.product(square, w)]
        },
    ]

    static func variables() -> [Tensor] {
        var samples = Samples(seed: 11)
        return (0..<6).map { _ in Tensor(samples.floats(35), shape: shape).variable() }
    }

    /// Gradients of f, of Σ‖∇f‖² + f, and of the next such sum.
    static func orders(_ network: Network, outer: Blocks, inner: @escaping Blocks, with targets: Range<Int>)
        -> [[[UInt32]?]]
    {
        (1...3).map { order in
            let variables = variables()
            var f = network(variables, outer: outer, inner: inner)
            for _ in 1..<order {
                let slopes = gradients(of: f, with: Array(variables[targets]), recording: true)
                for case let slope? in slopes { f = f + slope.squared().sum() * 0.125 }
            }
            return gradients(of: f, with: variables).map { $0?.array.map(\.bitPattern) }
        }
    }

    @Test("Three orders have the bits of the plain tape", arguments: networks, [0..<1, 0..<6, 2..<3])
    func bits(_ network: Network, _ targets: Range<Int>) {
        let expected = Self.orders(network, outer: Self.plain, inner: Self.plain, with: targets)
        for (order, gradients) in expected.enumerated() {
            for gradient in gradients {
                #expect(gradient?.contains { $0 & 0x7fff_ffff != 0 } == true, "order \(order + 1)")
                #expect(gradient?.allSatisfy { Float(bitPattern: $0).isFinite } == true, "order \(order + 1)")
            }
        }
        for (name, outer, inner) in [
            ("calls", Self.recomputed, Self.plain), ("parts of calls", Self.plain, Self.recomputed),
            ("calls in calls", Self.recomputed, Self.recomputed),
        ] {
            let found = Self.orders(network, outer: outer, inner: inner, with: targets)
            for order in 0..<3 { #expect(found[order] == expected[order], "\(name), order \(order + 1)") }
        }
    }

    @Test("First and second order against differences", arguments: networks[..<2])
    func differences(_ network: Network) {
        let any = GradientCase.Input.any(5, 7)
        GradientCase(network.testDescription, any, any, any) {
            network($0, outer: Self.recomputed, inner: Self.recomputed)
        }
        .verify(tolerance: 2e-4)
    }

    @Test("Convolutions: a cache of transformed weights is used by every recording, and changes nothing")
    func convolutions() throws {
        var samples = Samples(seed: 3)
        let values = samples.floats(9 * 32 * 32).map { $0 * 0.1 }
        let x = Tensor(samples.floats(8 * 8 * 32), shape: [1, 8, 8, 32]).variable()
        func slopes(_ blocks: Blocks, _ cache: TransformCache?) -> [[Float]] {
            let w = Tensor(BufferView(values), shape: [3, 3, 32, 32], cache: cache).variable()
            let y = blocks { [Tensor.convolution(Tensor.convolution(x, w).activated(Activation()), w)] }[0]
            let first = gradients(of: y.squared().sum(), with: [x], recording: true)
            return gradients(of: (first[0] ?? x).squared().sum(), with: [x, w]).map { $0?.array ?? [] }
        }
        let expected = slopes(Self.plain, nil)
        #expect(slopes(Self.recomputed, nil) == expected)
        #expect(slopes(Self.recomputed, TransformCache()) == expected)
    }

    @Test("A result may be a target, beside what it comes from")
    func intermediate() throws {
        func found(_ blocks: Blocks, recording: Bool) -> [[Float]?] {
            let x = Tensor([1, 2, 3], shape: [3]).variable()
            let y = blocks { [(x * x).sigmoid() + x] }[0]
            let z = blocks { [y.squared() * x] }[0]
            return gradients(of: z.sum(), with: [z, y, x], recording: recording).map { $0?.array }
        }
        for recording in [false, true] {
            let expected = found(Self.plain, recording: recording)
            #expect(!expected.contains(nil))
            #expect(found(Self.recomputed, recording: recording) == expected)
        }
    }

    @Test("No gradient of what a call does not read; one where only one result is used")
    func independent() throws {
        let (x, y) = (Tensor([1, 2, 3], shape: [3]).variable(), Tensor([4, 5, 6], shape: [3]).variable())
        let results = Tape.recomputed { [x * 2, y * 3] }
        let found = gradients(of: results[1].sum(), with: [x, y], recording: true)
        #expect(found[0] == nil)
        #expect(try #require(found[1]).array == [3, 3, 3])
        #expect(gradients(of: results[0].sum(), with: [y])[0] == nil)
    }

    @Test("Constants stay constants, and a paused tape records nothing")
    func constants() {
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        let results = Tape.recomputed { [x.detached() * 2, x * 2, x] }
        #expect(results.map(\.isDifferentiable) == [false, true, true])
        Tape.paused { #expect(!Tape.recomputed { x * 2 }.isDifferentiable) }
    }

    @Test("A recorded graph can be gone through again")
    func again() throws {
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        let y = Tape.recomputed { x.squared() }.sum()
        for _ in 0..<3 {
            let first = try #require(gradients(of: y, with: [x], recording: true)[0])
            for _ in 0..<2 {
                #expect(try #require(gradients(of: first, with: [x], recording: true)[0]).array == [2, 2, 2])
            }
        }
    }

    /// Counts how often a call runs.
    private final class Runs { var count = 0 }

    @Test("How often a call runs: once more for gradients, four times for gradients of gradients")
    func runs() throws {
        func count(_ use: (Tensor, Tensor) throws -> Void) rethrows -> Int {
            let runs = Runs()
            let x = Tensor([1, 2, 3], shape: [3]).variable()
            let y = Tape.recomputed { () -> Tensor in
                runs.count += 1
                return x.sigmoid()
            }
            try use(y, x)
            return runs.count
        }
        #expect(count { _, _ in } == 1)
        #expect(count { y, x in _ = gradients(of: y, with: [x]) } == 2)
        #expect(count { y, _ in _ = gradients(of: y, with: [Tensor([1], shape: [1]).variable()]) } == 1)
        let second = try count { y, x in
            let slope = try #require(gradients(of: y, with: [x], recording: true)[0])
            _ = gradients(of: slope.squared().sum(), with: [x])
        }
        #expect(second == 4)
        Tape.paused { #expect(count { _, _ in } == 1) }
    }
}
