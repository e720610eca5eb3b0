import Kernels

/// Spectral normalisation (arXiv 1802.05957, algorithm 1; of generators, too: arXiv 1805.08318, section 4.1):
/// layers use W/σ(W), σ = uᵀWv, where u and v follow the first singular vectors by a step of power iteration a phase.
///
/// W is the matrix [outputs, all else] of convolutions and dense layers, and [rows, all else] of a plain parameter such
/// as an embedding, as in the authors' code. In the adjoint u and v are constants:
/// ∂L/∂W = (G − ⟨G, W/σ⟩·u·vᵀ)/σ with G the gradient of W/σ.
public struct SpectralNormalization: Reparametrization {
    /// How u and v are named in files.
    public enum Names: Sendable {
        /// Behind the parameter's name, as in PyTorch: conv.weight, conv.weight_u, conv.weight_v.
        case suffixes
        /// In the place of its last part, as the authors of arXiv 1805.08318 have u: conv/w, conv/u, conv/v.
        case siblings

        func of(_ parameter: String) -> (u: String, v: String) {
            switch self {
            case .suffixes: return (parameter + "_u", parameter + "_v")
            case .siblings:
                let stem = parameter.split(separator: "/").dropLast().map { "\($0)/" }.joined()
                return (stem + "u", stem + "v")
            }
        }
    }

    let names: Names
    /// Steps of power iteration that initial values begin with: PyTorch's number.
    static let firstIterations = 15
    /// Bound of norms, and of σ, from below.
    static let epsilon = 1e-12

    public init(_ names: Names = .suffixes) { self.names = names }

    /// u is drawn, and v follows from it. v is laid out like one output of the parameter.
    public func state(of parameter: ParameterDeclaration) -> [ParameterDeclaration] {
        let (layouts, names) = (parameter.layout.singularVectors, names.of(parameter.name))
        return [
            ParameterDeclaration(
                names.u, layouts.u, initial: .normal(deviation: 1), isTrained: false),
            ParameterDeclaration(names.v, layouts.v, initial: .constant(0), isTrained: false),
        ]
    }

    public func start(_ parameter: ReparametrizedParameter) {
        for _ in 0..<Self.firstIterations { advance(parameter) }
    }

    /// v ← Wᵀu/‖Wᵀu‖, u ← Wv/‖Wv‖
    public func advance(_ parameter: ReparametrizedParameter) {
        let matrix = StoredMatrix(parameter)
        let (u, v) = (parameter.state[0], parameter.state[1])
        matrix.transposedProduct(u, into: v)
        Self.normalize(v)
        matrix.product(v, into: u)
        Self.normalize(u)
    }

    public func prepared(_ parameter: ReparametrizedParameter) -> any PreparedParameter {
        let matrix = StoredMatrix(parameter)
        let (u, v) = (parameter.state[0], parameter.state[1])
        let image = BufferView(count: u.count)
        matrix.product(v, into: image)
        let product = zip(u.array, image.array).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        // Weights of zero have no direction.
        let sigma = abs(product) < Self.epsilon ? Self.epsilon : product
        let used = BufferView(count: parameter.stored.count)
        Elementwise.affine(parameter.stored, scale: Float(1 / sigma), into: used)
        return Prepared(used: used, sigma: sigma, u: u.array, v: v.array, hasOutputsLast: matrix.hasOutputsLast)
    }

    private static func normalize(_ vector: BufferView) {
        let norm = OptimizerKernels.norm(vector)
        Elementwise.affine(vector, scale: Float(1 / max(norm, epsilon)), into: vector)
    }

    private struct Prepared: PreparedParameter {
        let used: BufferView
        let sigma: Double
        let u: [Float]
        let v: [Float]
        let hasOutputsLast: Bool

        var measured: [(name: String, value: Float)] { [("sigma", Float(sigma))] }

        func applyAdjoint(to gradient: BufferView) {
            precondition(
                gradient.count == used.count, "spectral normalisation: \(gradient.count) gradients of \(used.count)")
            // Rows and columns as they lie in memory.
            let (rows, columns) = hasOutputsLast ? (v, u) : (u, v)
            let inverse = 1 / sigma
            gradient.withUnsafeElements { g in
                used.withUnsafeElements { w in
                    var inner = 0.0
                    for i in g.indices { inner += Double(g[i]) * Double(w[i]) }
                    for (r, row) in rows.enumerated() {
                        let (factor, start) = (Float(inner * Double(row)), r * columns.count)
                        for c in columns.indices {
                            g[start + c] = (g[start + c] - factor * columns[c]) * Float(inverse)
                        }
                    }
                }
            }
        }
    }
}

/// A parameter as the matrix W [outputs, all else].
private struct StoredMatrix {
    private let values: BufferView
    private let rows: Int
    private let columns: Int
    /// Whether outputs are what varies fastest in memory, which then holds Wᵀ.
    let hasOutputsLast: Bool

    init(_ parameter: ReparametrizedParameter) {
        values = parameter.stored
        (rows, columns, hasOutputsLast) = parameter.layout.matrix
    }

    /// W·v
    func product(_ v: BufferView, into u: BufferView) { multiply(v, into: u, fromLeft: hasOutputsLast) }

    /// Wᵀ·u
    func transposedProduct(_ u: BufferView, into v: BufferView) { multiply(u, into: v, fromLeft: !hasOutputsLast) }

    /// With the matrix in memory.
    private func multiply(_ x: BufferView, into y: BufferView, fromLeft: Bool) {
        if fromLeft {
            MatrixProduct.multiply(x, values, into: y, rows: 1, columns: columns, depth: rows)
        } else {
            MatrixProduct.multiply(values, x, into: y, rows: rows, columns: 1, depth: columns)
        }
    }
}

extension ParameterLayout {
    /// The matrix that lies in memory, and whether its columns are the parameter's outputs.
    fileprivate var matrix: (rows: Int, columns: Int, hasOutputsLast: Bool) {
        switch self {
        case .plain(let shape):
            precondition(shape.count > 1, "spectral normalisation: a parameter of shape \(shape) is no matrix")
            return (shape[0], count / shape[0], false)
        case .convolution(_, _, let output), .dense(_, let output), .flattened(_, _, _, let output):
            return (count / output, output, true)
        case .image(let channels, _, _): return (count / channels, channels, true)
        case .unflattened(let input, _, _, _): return (input, count / input, true)
        }
    }

    /// Layouts of u, one number to each output, and of v, laid out like one output: in files they stand in the
    /// reference's order.
    fileprivate var singularVectors: (u: ParameterLayout, v: ParameterLayout) {
        switch self {
        case .plain(let shape): (.plain([matrix.rows]), .plain(Array(shape.dropFirst())))
        case .convolution(let kernel, let input, let output):
            (.plain([output]), .convolution(kernel: kernel, input: input, output: 1))
        case .dense(let input, let output): (.plain([output]), .plain([input]))
        case .flattened(let channels, let height, let width, let output):
            (.plain([output]), .flattened(channels: channels, height: height, width: width, output: 1))
        case .image(let channels, let height, let width):
            (.plain([channels]), .image(channels: 1, height: height, width: width))
        case .unflattened(let input, let channels, let height, let width):
            (.unflattened(input: 1, channels: channels, height: height, width: width), .plain([input]))
        }
    }
}
