import Autodiff
import Configuration
import Layers
import Learning
import Models
import State
import Storage

/// Dense supervision by label maps (the comparison of arXiv 2207.13320, figure 1): a term of the discriminator's loss on
/// real images, whose maps its decoder predicts.
public struct LabelSupervision: RealTerm {
    private let decoder: LabelDecoder
    public let weight: Float
    public let measure = Measure("loss/labels")
    /// The mean over the classes of the share of their pixels that the decoder finds, see ``DenseCrossEntropy/accuracy(scores:targets:)``.
    public static let accuracy = Measure("accuracy/labels")
    public var further: [Measure] { [Self.accuracy] }
    public var readsMaps: Bool { true }

    public init(_ decoder: LabelDecoder, weight: Float) {
        self.decoder = decoder
        self.weight = weight
    }

    public func loss(
        real: RealSamples, view: (any DrawnAugmentation)?, seen: DiscriminatorOutput, _ weights: Weights,
        _ measurements: inout Measurements
    ) -> Tensor {
        guard let maps = real.maps?() else { preconditionFailure("label supervision: no label maps") }
        let scores = decoder(seen.features, weights)
        // Maps lie where the discriminator sees the images. Filters that fall below 0 are no classes.
        let targets = view.map { view in Tape.paused { view.features(maps).atLeast(0) } } ?? maps
        measurements[Self.accuracy] = DenseCrossEntropy.accuracy(scores: scores, targets: targets)
        return DenseCrossEntropy.loss(scores: scores, targets: targets)
    }
}

extension AdversarialGame {
    /// With label maps, where the discriminator predicts any and has grown to their resolution.
    func supervised(weight: Float) -> AdversarialGame {
        guard let decoder = discriminator.labelDecoder else { return self }
        var game = self
        game.onReals.append(LabelSupervision(decoder, weight: weight))
        return game
    }
}

extension ResolvedConfiguration {
    /// Maps that the discriminator's decoder is to predict; nil where they do not supervise it.
    public var labelMaps: LabelMapShape? {
        configuration.supervision == .labels
            ? LabelMapShape(
                DecoderShape(resolution: ggdrResolution, depth: configuration.ggdr.depth), classes: mapClasses) : nil
    }
}

extension LabelDecoder {
    /// Classes of the label maps that a checkpoint's discriminator predicts.
    ///
    /// - Throws: ``StateError`` where it predicts none.
    static func classes(in contents: CheckpointContents, path: String) throws -> Int {
        let name = "discriminator/\(head)"
        let shape = contents.array(name)?.shape
        // A map has a byte a pixel.
        let most = 1 << 8
        guard let shape, shape.count == 4, (2...most).contains(shape[0]) else {
            throw StateError(
                path: path,
                reason:
                    "\(name) \(shape.map { "has shape \($0)" } ?? "is missing"), expected [classes, channels, 1, 1] "
                    + "with 2 to \(most) classes, as its configuration has supervision labels: it is damaged")
        }
        return shape[0]
    }
}
