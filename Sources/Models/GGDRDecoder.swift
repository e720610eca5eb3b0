import Autodiff
import Kernels
import Layers

/// The decoder of generator-guided discriminator regularisation (arXiv 2207.13320, section 3.2): predicts the
/// generator's feature map at one resolution from the discriminator's own feature maps.
///
/// Its weights are not normalised where the discriminator's are: it takes no part in the score.
public struct GGDRDecoder: Sendable {
    public let shape: DecoderShape
    /// Of each resolution from the first on: its layers, the last of which doubles the one before.
    private let layers: [(resolution: Int, layers: [EqualizedConvolution])]

    /// Of its parameters among the discriminator's declarations.
    let places: Range<Int>

    /// - Parameters:
    ///   - channels: of the generator's and the encoder's maps at a resolution.
    ///   - padding: of the filter.
    public init(
        _ shape: DecoderShape, channels: (Int) -> Int, padding: Padding = .zero, in builder: inout ParameterBuilder
    ) {
        self.init(shape, encoder: channels, generator: channels, padding: padding, in: &builder)
    }

    /// Of the last output, nominal.
    public var resolution: Int { shape.resolution }

    /// - Parameters:
    ///   - encoder: channels of the discriminator's map at a resolution, from half of the first output's to half of the
    ///     last's.
    ///   - generator: channels of the generator's, which are the decoder's, from the first output's on.
    ///   - first: of its outputs; a discriminator that ends above 4×4 has twice the resolution of its last map.
    ///   - padding: of the filter.
    ///   - suffix: of its parameters' names, behind the resolution.
    public init(
        _ shape: DecoderShape, encoder: (Int) -> Int, generator: (Int) -> Int, first: Int = 8,
        padding: Padding = .zero, suffix: String = "dec", in builder: inout ParameterBuilder
    ) {
        precondition(shape.resolution >= first, "decoder: up to \(shape.resolution)² from \(first)²")
        let start = builder.count
        self.shape = shape
        let resolutions = sequence(first: first) { $0 < shape.resolution ? $0 * 2 : nil }
        layers = resolutions.map { r in
            // The encoder's map at r/2, behind the decoder's own output at r/2 for every layer but the first.
            let input = encoder(r / 2) + (r == first ? 0 : generator(r / 2))
            let layers = (1...shape.depth).map { k in
                let isLast = k == shape.depth
                return builder.withoutNormalization {
                    EqualizedConvolution(
                        "b\(r)_\(suffix)" + (isLast ? "" : "\(k)"), input: k == 1 ? input : generator(r),
                        output: generator(r),
                        kernel: 1, resampling: isLast ? .up : .none, padding: padding,
                        activation: isLast ? .linear : Activation(),
                        in: &$0)
                }
            }
            return (r, layers)
        }
        places = start..<builder.count
    }

    /// - Parameter features: the encoder's maps by resolution.
    /// - Returns: the decoder's maps by resolution, to `resolution`: [N, h, w, channels(r)]
    public func callAsFunction(_ features: [Int: Tensor], _ weights: Weights) -> [Int: Tensor] {
        var outputs: [Int: Tensor] = [:]
        var previous: Tensor?
        for (r, layers) in layers {
            guard let encoded = features[r / 2] else {
                preconditionFailure("GGDR decoder: the encoder has no map at \(r / 2)")
            }
            let input = previous.map { .concatenated([$0, encoded], axis: 3) } ?? encoded
            let output = layers.reduce(input) { $1($0, weights) }
            outputs[r] = output
            previous = output
        }
        return outputs
    }
}
