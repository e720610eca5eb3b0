import Autodiff
import Kernels
import Layers

/// The decoder of generator-guided discriminator regularisation (arXiv 2207.13320, section 3.2): predicts the
/// generator's feature map at one resolution from the discriminator's own feature maps.
///
/// Its weights are not normalised where the discriminator's are: it takes no part in the score.
public struct GGDRDecoder: Sendable {
    /// Of the last output.
    public let resolution: Int
    private let layers: [(resolution: Int, layer: EqualizedConvolution)]

    /// Of its parameters among the discriminator's declarations.
    let places: Range<Int>

    /// - Parameter channels: of the generator's and the encoder's maps at a resolution.
    public init(resolution: Int, channels: (Int) -> Int, in builder: inout ParameterBuilder) {
        self.init(resolution: resolution, encoder: channels, generator: channels, in: &builder)
    }

    /// - Parameters:
    ///   - encoder: channels of the discriminator's map at a resolution, from 4 to half of the last output's.
    ///   - generator: channels of the generator's, which are the decoder's, from 8 on.
    ///   - suffix: of its parameters' names, behind the resolution.
    public init(
        resolution: Int, encoder: (Int) -> Int, generator: (Int) -> Int, suffix: String = "dec",
        in builder: inout ParameterBuilder
    ) {
        let first = builder.count
        self.resolution = resolution
        let resolutions = sequence(first: 8) { $0 < resolution ? $0 * 2 : nil }
        layers = resolutions.map { r in
            // The encoder's map at r/2, behind the decoder's own output at r/2 for every layer but the first.
            let input = encoder(r / 2) + (r == 8 ? 0 : generator(r / 2))
            let layer = builder.withoutNormalization {
                EqualizedConvolution(
                    "b\(r)_\(suffix)", input: input, output: generator(r), kernel: 1, resampling: .up,
                    activation: .linear,
                    in: &$0)
            }
            return (r, layer)
        }
        places = first..<builder.count
    }

    /// - Parameter features: the encoder's maps by resolution.
    /// - Returns: the decoder's maps by resolution, 8 … `resolution`: [N, r, r, channels(r)]
    public func callAsFunction(_ features: [Int: Tensor], _ weights: Weights) -> [Int: Tensor] {
        var outputs: [Int: Tensor] = [:]
        var previous: Tensor?
        for (r, layer) in layers {
            guard let encoded = features[r / 2] else {
                preconditionFailure("GGDR decoder: the encoder has no map at \(r / 2)")
            }
            let output = layer(previous.map { .concatenated([$0, encoded], axis: 3) } ?? encoded, weights)
            outputs[r] = output
            previous = output
        }
        return outputs
    }

    /// 1 − mean cosine along the channels between the decoder's map and the generator's (arXiv 2207.13320,
    /// equation 5). No gradient reaches the generator.
    public static func loss(decoded: Tensor, target: Tensor) -> Tensor {
        let (n, h, w) = (decoded.shape[0], decoded.shape[1], decoded.shape[2])
        let target = target.detached()
        precondition(decoded.shape == target.shape, "GGDR loss: \(decoded.shape) against \(target.shape)")
        let point = [n, h, w, 1]
        let inner = Tensor.contract(decoded, target, to: point)
        // The norms are bounded below by 1e-8 each, so that a zero vector has a cosine of zero. Their inverses are
        // multiplied one by one: the product of two short vectors' norms has a derivative beyond float's range.
        func inverseNorm(_ x: Tensor) -> Tensor { Tensor.contract(x, x, to: point).atLeast(1e-16).power(-0.5) }
        return (inner * inverseNorm(target) * inverseNorm(decoded)).mean().affine(-1, 1)
    }
}
