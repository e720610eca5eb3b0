import Layers

/// What a generator or a discriminator of any family can have besides what its own paper gives it.
public struct NetworkExtras: Sendable, Equatable {
    /// What stands at the resolutions of `attention`.
    public enum Kind: Sendable {
        case attention
        /// A residual block of as many parameters: the comparison of arXiv 1805.08318, table 1.
        case residual
    }

    /// Whether weights of convolutions and dense layers, and the discriminator's class embedding of SAGAN, are spectrally
    /// normalised (arXiv 1802.05957; in generators, too: arXiv 1805.08318, section 4.1). A GGDR decoder's never are: it
    /// takes no part in the score, whose slope the normalisation bounds.
    public var spectralNorm = false
    /// Resolutions of the feature maps that are attended to, each among what the network says in
    /// `attentionResolutions`.
    public var attention: [Int] = []
    /// Whether keys and values are pooled (the authors' code).
    public var attentionPools = true
    public var attentionBlock = Kind.attention

    public init(
        spectralNorm: Bool = false, attention: [Int] = [], attentionPools: Bool = true,
        attentionBlock: Kind = .attention
    ) {
        self.spectralNorm = spectralNorm
        self.attention = attention
        self.attentionPools = attentionPools
        self.attentionBlock = attentionBlock
    }

    public static let none = NetworkExtras()

    /// A builder of the network's parameters.
    ///
    /// - Parameter names: of what spectral normalisation keeps.
    func builder(_ names: SpectralNormalization.Names = .suffixes) -> ParameterBuilder {
        ParameterBuilder(weightNormalization: spectralNorm ? SpectralNormalization(names) : nil)
    }

    /// Resolutions must have been checked, whoever asked for them.
    func check(among resolutions: [Int], of network: String) {
        precondition(
            attention.allSatisfy(resolutions.contains) && Set(attention).count == attention.count,
            "\(network): attention at \(attention), possible at \(resolutions)")
    }
}
