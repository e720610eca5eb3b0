import Layers
import Models

/// The networks that are trained together, and the generator's moving average.
///
/// A GGDR decoder's parameters belong to the discriminator's.
public struct Networks {
    public let generator: any Generator
    public let discriminator: any Discriminator
    public let g: Parameters
    public let d: Parameters
    /// Moving average of the generator's parameters: what samples are made with.
    public let average: Parameters
    /// The discriminator's parameters that do not learn: of its first layers (FreezeD, arXiv 2002.10964).
    public let frozen: Set<String>

    public init(generator: any Generator, discriminator: any Discriminator) { self.init((generator, discriminator)) }

    /// - Parameters:
    ///   - declared: as a recipe declares them.
    ///   - frozenLayers: of the fully grown discriminator, from the image on; at most as many as it has.
    public init(_ declared: (generator: any Generator, discriminator: any Discriminator), frozenLayers: Int = 0) {
        (generator, discriminator) = declared
        frozen = Set(discriminator.layers.prefix(frozenLayers).flatMap(\.parameters))
        g = Parameters(generator.declarations)
        d = Parameters(discriminator.declarations)
        average = Parameters(generator.declarations)
    }

    /// Those of a learner.
    public func parameters(of learner: Learner) -> Parameters {
        switch learner {
        case .generator: g
        case .discriminator: d
        }
    }

    /// By the names of their groups in a checkpoint.
    public var groups: [(group: String, parameters: Parameters)] {
        [("generator", g), ("discriminator", d), ("ema", average)]
    }

    /// What reports have of the networks at each tick: of each layer with spectral normalisation its σ, and the gains of
    /// attention.
    public var measured: [(name: String, value: Float)] {
        groups.dropLast().flatMap { group, parameters in
            parameters.measured.map { ("\(group)/\($0.name)", $0.value) }
        }
    }

    /// Initial values from the seed; the average starts as a copy.
    public func initialize(seed: UInt64) {
        let key = Randomizer.key(seed, .initialization)
        g.initialize(seed: key, network: 0)
        d.initialize(seed: key, network: 1)
        average.copy(from: g)
    }
}

extension Generator {
    /// Of the fully grown network.
    public var largestResolution: Int { (self as? any GrowingGenerator)?.finalResolution ?? resolution }
}
