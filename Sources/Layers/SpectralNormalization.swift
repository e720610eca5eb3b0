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

    /// What u of a parameter may be named in a file, by which it tells that it is normalised there.
    public static func namesOfU(of parameter: String) -> [String] {
        [Names.suffixes, .siblings].map { $0.of(parameter).u }
    }
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
        // State moves on before these go.
        let (outputs, rest) = (BufferView(u.array), BufferView(v.array))
        return Prepared(
            used: used, sigma: sigma, rows: matrix.hasOutputsLast ? rest : outputs,
            columns: matrix.hasOutputsLast ? outputs : rest)
    }

    private static func normalize(_ vector: BufferView) {
        let norm = OptimizerKernels.norm(vector)
        Elementwise.affine(vector, scale: Float(1 / max(norm, epsilon)), into: vector)
    }

    private struct Prepared: PreparedParameter {
        let used: BufferView
        let sigma: Double
        /// u and v as the matrix lies in memory.
        let rows: BufferView
        let columns: BufferView

        var measured: [(name: String, value: Float)] { [("sigma", Float(sigma))] }

        func applyAdjoint(to gradient: BufferView) {
            SpectralNorm.adjoint(gradient, used: used, rows, columns, sigma: sigma)
        }
    }
}

/// A parameter as the matrix W [outputs, all else].
private struct StoredMatrix {
    private let values: BufferView
    /// Whether outputs are what varies fastest in memory, which then holds Wᵀ.
    let hasOutputsLast: Bool

    init(_ parameter: ReparametrizedParameter) {
        values = parameter.stored
        hasOutputsLast = parameter.layout.matrix.hasOutputsLast
    }

    /// W·v
    func product(_ v: BufferView, into u: BufferView) { multiply(v, into: u, isTransposed: hasOutputsLast) }

    /// Wᵀ·u
    func transposedProduct(_ u: BufferView, into v: BufferView) { multiply(u, into: v, isTransposed: !hasOutputsLast) }

    /// With the matrix in memory, or its transpose.
    private func multiply(_ x: BufferView, into y: BufferView, isTransposed: Bool) {
        if isTransposed {
            SpectralNorm.transposedProduct(values, x, into: y)
        } else {
            SpectralNorm.product(values, x, into: y)
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
        case .image(let channels, _, _), .depthwise(let channels, _, _): return (count / channels, channels, true)
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
        case .depthwise(let channels, let height, let width):
            (.plain([channels]), .depthwise(channels: 1, height: height, width: width))
        case .unflattened(let input, let channels, let height, let width):
            (.unflattened(input: 1, channels: channels, height: height, width: width), .plain([input]))
        }
    }
}
