/// Collects the parameters of a network while its layers are made, in the order in which they are declared.
///
/// ```swift
/// var builder = ParameterBuilder()
/// let layer = Dense("fc", input: 4, output: 2, in: &builder)
/// let parameters = Parameters(builder.declarations)
/// ```
public struct ParameterBuilder: Sendable {
    public private(set) var declarations: [ParameterDeclaration] = []
    /// What weights of convolutions and dense layers are reparametrised with that ask for nothing of their own, such as
    /// ``SpectralNormalization``; nil for nothing. Other parameters (biases, gains, embeddings) are left as they are.
    public let weightNormalization: (any Reparametrization)?

    public init(weightNormalization: (any Reparametrization)? = nil) {
        self.weightNormalization = weightNormalization
    }

    /// Where the next declaration stands.
    public var count: Int { declarations.count }

    /// Behind the parameter, what its reparametrisation keeps of it is declared.
    public mutating func declare(_ declaration: ParameterDeclaration) -> ParameterHandle {
        var declaration = declaration
        if declaration.isTrained, declaration.reparametrization == nil, declaration.layout.isWeight {
            declaration.reparametrization = weightNormalization
        }
        let handle = ParameterHandle(place: declarations.count, name: declaration.name)
        declarations.append(declaration)
        declarations += declaration.reparametrization?.state(of: declaration) ?? []
        return handle
    }

    /// The run-time scale of a weight of a layer with equalised learning rate.
    ///
    /// The factor 1/√fanIn of arXiv 1710.10196, section 4.1, brings weights of N(0, 1) to the size that keeps
    /// activations' size. W/σ(W) has it already, whatever the scale of W: with both, a layer would shrink what it is
    /// given by √fanIn. So of normalised weights only the layer's own gain is left.
    ///
    /// - Parameters:
    ///   - equalized: the whole factor.
    ///   - gain: what of it is the layer's gain.
    func scale(equalized: Float, gain: Float) -> Float { weightNormalization == nil ? equalized : gain }

    /// What declares its weights without normalisation, whatever the network's.
    public mutating func withoutNormalization<Layer>(_ make: (inout ParameterBuilder) -> Layer) -> Layer {
        var plain = ParameterBuilder()
        plain.declarations = declarations
        let layer = make(&plain)
        declarations = plain.declarations
        return layer
    }

    /// A layer with the places of what it declares.
    public mutating func placed<Layer: Sendable>(_ make: (inout ParameterBuilder) -> Layer) -> PlacedLayer<Layer> {
        let first = count
        let layer = make(&self)
        return PlacedLayer(layer: layer, places: first..<count)
    }
}

extension ParameterLayout {
    /// Whether it is that of the weights of a convolution or a dense layer.
    fileprivate var isWeight: Bool {
        switch self {
        case .plain, .image: false
        case .convolution, .dense, .depthwise, .flattened, .unflattened: true
        }
    }
}
