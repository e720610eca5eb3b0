import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

/// Against arXiv 1805.08318, section 3, in Double.
@Suite struct SelfAttentionTests {
    private static let (n, height, width, channels) = (2, 4, 6, 16)
    private static let shape = [n, height, width, channels]

    private struct Attention {
        let layer: SelfAttention
        let parameters: Parameters

        init(pools: Bool, _ convention: AttentionConvention = .sagan, seed: UInt64 = 1) {
            let declared = DeclaredLayer {
                SelfAttention("a", channels: channels, pools: pools, convention: convention, in: &$0)
            }
            layer = declared.layer
            parameters = Parameters.random(declared.declarations, seed: seed)
        }
    }

    private static func image(_ seed: UInt64) -> [Float] {
        var samples = Samples(seed: seed)
        return samples.floats(shape.reduce(1, *))
    }

    /// Rows of positions times a stored weight [inputs, outputs].
    private func projected(_ rows: [[Double]], _ weight: [Double]) -> [[Double]] {
        let outputs = weight.count / rows[0].count
        return rows.map { row in
            (0..<outputs).map { o in row.indices.reduce(0) { $0 + row[$1] * weight[$1 * outputs + o] } }
        }
    }

    /// The largest of 2×2 positions.
    private func pooled(_ rows: [[Double]]) -> [[Double]] {
        let (height, width) = (Self.height / 2, Self.width / 2)
        return (0..<height * width).map { (place: Int) -> [Double] in
            let first = 2 * (place / width) * Self.width + 2 * (place % width)
            let four: [[Double]] = [first, first + 1, first + Self.width, first + Self.width + 1].map { rows[$0] }
            return four[0].indices.map { (c: Int) -> Double in four.map { $0[c] }.max() ?? 0 }
        }
    }

    @Test(arguments: [true, false]) func definition(pools: Bool) {
        let attention = Attention(pools: pools)
        let parameters = attention.parameters
        let x = Self.image(2)
        let found = attention.layer(Tensor(x, shape: Self.shape), parameters.weights(differentiable: false))
        #expect(found.features.shape == Self.shape)
        let size = Self.height * Self.width
        let keyCount = pools ? size / 4 : size
        #expect(found.projections.queries.shape == [Self.n, size, 2])
        #expect(found.projections.keys.shape == [Self.n, keyCount, 2])
        let (queryGrid, keyGrid) = (found.projections.queryGrid, found.projections.keyGrid)
        #expect([queryGrid.height, queryGrid.width] == [Self.height, Self.width])
        #expect([keyGrid.height, keyGrid.width] == (pools ? [2, 3] : [4, 6]))
        func stored(_ name: String) -> [Double] { parameters.stored("a/\(name)") }
        let gain = stored("sigma_ratio")[0]
        var expected: [Double] = []
        for sample in 0..<Self.n {
            let rows = (0..<size).map { position in
                (0..<Self.channels).map { Double(x[(sample * size + position) * Self.channels + $0]) }
            }
            let queries = projected(rows, stored("sn_conv_theta/w"))
            var (keys, values) = (projected(rows, stored("sn_conv_phi/w")), projected(rows, stored("sn_conv_g/w")))
            if pools { (keys, values) = (pooled(keys), pooled(values)) }
            let attended = queries.map { query in
                let scores = keys.map { key in zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } }
                let largest = scores.max() ?? 0
                let shares = scores.map { exponential($0 - largest) }
                let total = shares.reduce(0, +)
                return values[0].indices.map { c in
                    zip(shares, values).reduce(0) { $0 + $1.0 / total * $1.1[c] }
                }
            }
            let added = projected(attended, stored("sn_conv_attn/w"))
            for (row, more) in zip(rows, added) { expected += zip(row, more).map { $0 + gain * $1 } }
        }
        #expect(relativeError(found.features.array, expected) < 1e-5)
    }

    /// eˣ without Foundation: (1 + x/2ᵏ)^(2ᵏ) by its series.
    private func exponential(_ x: Double) -> Double {
        var (term, sum) = (1.0, 1.0)
        for k in 1..<60 {
            term *= x / Double(k)
            sum += term
        }
        return sum
    }

    /// At first it changes nothing, and its gain is what learns first.
    @Test func itStartsAsNothing() throws {
        let attention = Attention(pools: true)
        let entry = try #require(attention.parameters.entry(named: "a/sigma_ratio"))
        attention.parameters.initialize(seed: 3, network: 0)
        #expect(attention.parameters.view(entry).array == [0])
        let x = Tensor(Self.image(4), shape: Self.shape)
        let weights = attention.parameters.weights(differentiable: true)
        let y = attention.layer(x, weights).features
        #expect(y.array == x.array)
        let found = gradients(of: y.squared().sum(), with: attention.parameters.all.variables(weights))
        for (entry, gradient) in zip(attention.parameters.trained, found) {
            let isZero = gradient?.array.allSatisfy { $0 == 0 } ?? true
            #expect(isZero == (entry.name != "a/sigma_ratio"), "\(entry.name)")
        }
    }

    /// Without pooling, which has kinks where the largest of four changes.
    @Test func gradientsInTheMap() {
        let attention = Attention(pools: false)
        let weights = attention.parameters.weights(differentiable: false)
        let check = GradientCheck([(Self.image(5), Self.shape)], step: 0x1p-7) {
            attention.layer($0[0], weights).features
        }
        #expect(check.firstOrder() < 1e-4)
        #expect(check.secondOrder() < 1e-3)
    }

    /// First and second order in all that is stored, spectrally normalised: along the gradient itself.
    @Test(arguments: [1, 2]) func gradientsInTheParameters(_ order: Int) throws {
        var builder = ParameterBuilder(weightNormalization: SpectralNormalization(.siblings))
        let layer = SelfAttention("a", channels: Self.channels, pools: false, convention: .sagan, in: &builder)
        let parameters = Parameters.random(builder.declarations, seed: 6)
        parameters.advance()
        let image = Tensor(Self.image(7), shape: Self.shape)
        func loss(_ differentiable: Bool) -> (Tensor, [Tensor]) {
            let weights = parameters.weights(differentiable: differentiable)
            let x = order == 2 ? image.variable() : image
            let y = layer(x, weights).features.squared()
            let variables = parameters.all.variables(weights)
            guard order == 2 else { return (y.mean(), variables) }
            let slope = gradients(of: y.sum(), with: [x], recording: true)[0]
            return ((slope ?? y).squared().mean(), variables)
        }
        let (f, variables) = loss(true)
        let flat = BufferView(count: parameters.values.count)
        parameters.flatten(gradients(of: f, with: variables), into: flat)
        parameters.applyAdjoints(to: flat)
        let found = flat.array
        let stored = parameters.values.array
        for entry in parameters.trained {
            let own = Array(found[entry.offset..<entry.offset + entry.count])
            let length = innerProduct(own, own).squareRoot()
            func at(_ step: Double) -> Double {
                var moved = stored
                for i in own.indices {
                    moved[entry.offset + i] = Float(
                        Double(moved[entry.offset + i]) + step * Double(own[i]) / length)
                }
                Elementwise.copy(BufferView(moved), into: parameters.values)
                parameters.didChange()
                return Double(loss(false).0.scalar)
            }
            let step = 0x1p-6
            let slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
            #expect(abs(slope - length) < 1e-3 * length, "\(entry.name): \(slope), expected \(length)")
        }
    }

    @Test func namesByFamily() {
        func names(_ convention: AttentionConvention) -> [String] {
            Attention(pools: true, convention).parameters.trained.map(\.name)
        }
        #expect(
            names(.sagan) == [
                "a/sn_conv_theta/w", "a/sn_conv_phi/w", "a/sn_conv_g/w", "a/sigma_ratio", "a/sn_conv_attn/w",
            ])
        let parts = ["query", "key", "value"]
        #expect(names(.styleGAN2) == parts.map { "a.\($0).weight" } + ["a.gain", "a.output.weight"])
        #expect(
            names(.progressive(HeScaling(gain: 1))) == parts.map { "a/\($0)/weight" } + ["a/gain", "a/output/weight"])
    }

    /// A residual block in its place has about as many parameters (arXiv 1805.08318, table 1), and starts as nothing.
    @Test(arguments: [32, 48, 64, 128, 256, 512]) func residualBlockInItsPlace(_ channels: Int) throws {
        func count(_ make: (inout ParameterBuilder) -> Void) -> Int {
            var builder = ParameterBuilder()
            make(&builder)
            return builder.declarations.reduce(0) { $0 + $1.layout.count }
        }
        let attention = count { _ = SelfAttention("a", channels: channels, pools: true, convention: .sagan, in: &$0) }
        let residual = count { _ = ResidualBottleneck("a", channels: channels, convention: .sagan, in: &$0) }
        #expect(abs(Double(residual) / Double(attention) - 1) < 0.04)
        #expect(attention == channels * channels * 5 / 4 + 1)
    }

    @Test func residualBlock() {
        let declared = DeclaredLayer {
            ResidualBottleneck("a", channels: Self.channels, convention: .styleGAN2, in: &$0)
        }
        let parameters = Parameters.random(declared.declarations, seed: 8)
        #expect(
            parameters.trained.map(\.name) == ["a.conv1.weight", "a.conv2.weight", "a.gain", "a.conv3.weight"])
        var samples = Samples(seed: 9)
        let check = GradientCheck([(samples.floats(Self.shape.reduce(1, *)), Self.shape)], step: 0x1p-9) {
            declared.layer($0[0], parameters.weights(differentiable: false))
        }
        #expect(check.firstOrder() < 5e-3)
        parameters.initialize(seed: 1, network: 0)
        let x = Tensor(Self.image(10), shape: Self.shape)
        #expect(declared.layer(x, parameters.weights(differentiable: false)).array == x.array)
    }
}
