import Layers

/// What training, sampling and GGDR ask of a generator.
public protocol Generator: Sendable {
    /// Length of z.
    var zDim: Int { get }
    /// Length of a one-hot label; 0 for an unconditional network.
    var labelDim: Int { get }
    /// Height and width of the images that it makes as it is now.
    var resolution: Int { get }
    /// 1 or 3.
    var imageChannels: Int { get }
    /// Length of a style; 0 for networks without styles.
    var wDim: Int { get }
    /// Layers that take a style; 0 for networks without styles.
    var styleCount: Int { get }
    /// In the order of computation. A network that grows declares the parameters of all levels.
    var declarations: [ParameterDeclaration] { get }
    /// Names of the trained parameters that take part; all by default.
    var activeParameters: Set<String> { get }

    /// Images of its resolution.
    func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput
}

extension Generator {
    public var activeParameters: Set<String> { Set(declarations.filter(\.isTrained).map(\.name)) }
}
