import Autodiff
import Configuration
import Layers
import Learning
import Models

/// Generator-guided discriminator regularisation (arXiv 2207.13320, section 3.2): a term of the discriminator's loss that
/// can be hung on any method whose generator gives feature maps and whose discriminator has a decoder.
public struct GGDR: FakeTerm {
    private let decoder: GGDRDecoder
    /// λ (equation 6)
    public let weight: Float
    public let measure = Measure("loss/ggdr")

    public init(_ decoder: GGDRDecoder, weight: Float) {
        self.decoder = decoder
        self.weight = weight
    }

    public func loss(
        generated: GeneratorOutput, view: (any DrawnAugmentation)?, seen: DiscriminatorOutput, _ weights: Weights
    ) -> Tensor {
        guard let decoded = decoder(seen.features, weights)[decoder.resolution],
            let target = generated.features[decoder.resolution]
        else { preconditionFailure("GGDR: no feature map at \(decoder.resolution)") }
        return GGDRDecoder.loss(decoded: decoded, target: view?.features(target) ?? target)
    }
}

extension AdversarialGame {
    /// With GGDR, where the discriminator has a decoder and both networks have grown to its resolution.
    func guided(by settings: Configuration.GGDR) -> AdversarialGame {
        guard let decoder = discriminator.decoder else { return self }
        var game = self
        game.onFakes.append(GGDR(decoder, weight: Float(settings.weight)))
        return game
    }
}

extension ResolvedConfiguration {
    /// Of the feature map that guides; nil without GGDR.
    var guidingResolution: Int? { configuration.supervision == .generator ? ggdrResolution : nil }

    var activationMemory: ActivationMemory { configuration.memory == .full ? .full : .checkpointing }
}
