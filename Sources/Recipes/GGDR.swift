import Autodiff
import Configuration
import Layers
import Learning
import Models

/// Generator-guided discriminator regularisation (arXiv 2207.13320, section 3.2): a term of the discriminator's loss that
/// can be hung on any method whose generator gives feature maps and whose discriminator has a decoder.
public struct GGDR: FakeTerm {
    private let decoder: GGDRDecoder
    /// Of the maps that guide, with the decoder's last.
    let resolutions: [Int]
    private let distance: FeatureDistance
    /// λ (equation 6)
    public let weight: Float
    public let measure = Measure("loss/ggdr")

    /// - Parameter also: resolutions below the decoder's last whose maps guide too, as an ablation.
    public init(_ decoder: GGDRDecoder, weight: Float, also: [Int] = [], distance: FeatureDistance = .cosine) {
        self.decoder = decoder
        self.weight = weight
        resolutions = also + [decoder.resolution]
        self.distance = distance
    }

    /// As configured.
    init(_ decoder: GGDRDecoder, _ settings: Configuration.GGDR) {
        self.init(
            decoder, weight: Float(settings.weight), also: settings.also,
            distance: settings.distance == .cosine ? .cosine : .l2)
    }

    public func loss(
        generated: GeneratorOutput, view: (any DrawnAugmentation)?, seen: DiscriminatorOutput, _ weights: Weights
    ) -> Tensor {
        let maps = decoder(seen.features, weights)
        let distances = resolutions.map { r in
            guard let decoded = maps[r], let target = generated.features[r] else {
                preconditionFailure("GGDR: no feature map at \(r)")
            }
            return distance(decoded: decoded, target: view?.features(target) ?? target)
        }
        let sum = distances.dropFirst().reduce(distances[0]) { $0 + $1 }
        return distances.count == 1 ? sum : sum * (1 / Float(distances.count))
    }
}

extension AdversarialGame {
    /// With GGDR, where the discriminator has a decoder and both networks have grown to its resolution.
    func guided(by settings: Configuration.GGDR) -> AdversarialGame {
        guard let decoder = discriminator.decoder else { return self }
        var game = self
        game.onFakes.append(GGDR(decoder, settings))
        return game
    }
}

extension ResolvedConfiguration {
    /// Of what hangs on the discriminator; nil without GGDR.
    var decoderShape: DecoderShape? {
        configuration.supervision == .generator
            ? DecoderShape(resolution: ggdrResolution, depth: configuration.ggdr.depth) : nil
    }

    var activationMemory: ActivationMemory { configuration.memory == .full ? .full : .checkpointing }
}
