import Autodiff
import Evaluation
import Models
import Storage

/// What a discriminator's decoder predicts of an image.
public enum DecodedMap {
    /// That of GGDR (arXiv 2207.13320, section 3.2): a feature map as the generator's of that resolution would be.
    case features(FeatureMap)
    /// That of label maps: at each position the value whose score is the highest, [resolution, resolution].
    case classes([UInt8], resolution: Int)
}

extension DiscriminatorFile {
    /// - Parameters:
    ///   - bytes: uint8 r×r×C, r the discriminator's resolution as it is.
    ///   - label: its class; nil for an unconditional network.
    /// - Returns: nil without a decoder, and where the network has not grown to its resolution.
    /// - Throws: ``CheckpointError`` (65) that names the file, where the map is not finite.
    public func decoded(_ bytes: [UInt8], label: Int?) throws -> DecodedMap? {
        let size = discriminator.imageSize
        let weights = parameters.weights(differentiable: false, parameters.selection(discriminator.activeParameters))
        func seen() -> [Int: Tensor] {
            let image = ImageConversion.tensor(
                bytes[...], shape: [1, size.height, size.width, bytes.count / size.count])
            let labels = label.map { Tensor.oneHot([Int32($0)], classes: labelDim) }
            return discriminator(image, labels: labels, weights).features
        }
        if let decoder = discriminator.decoder {
            guard let map = Tape.paused({ decoder(seen(), weights) })[decoder.resolution] else {
                preconditionFailure("decoder: no map at \(decoder.resolution)")
            }
            return .features(try checked(FeatureMap(map)))
        }
        guard let decoder = discriminator.labelDecoder else { return nil }
        let scores = try checked(FeatureMap(Tape.paused { decoder(seen(), weights) }))
        return .classes(scores.highest, resolution: scores.resolution)
    }

    private func checked(_ map: FeatureMap) throws -> FeatureMap {
        guard map.isFinite else { throw notFiniteMap(path, "what its discriminator's decoder predicts of an image") }
        return map
    }
}

extension FeatureMap {
    /// Of each position the channel with the largest value, the first of several; at most 256 channels.
    fileprivate var highest: [UInt8] {
        let values = values.array
        return stride(from: 0, to: values.count, by: channels).map { start in
            var best = 0
            for channel in 1..<channels where values[start + channel] > values[start + best] { best = channel }
            return UInt8(truncatingIfNeeded: best)
        }
    }
}
