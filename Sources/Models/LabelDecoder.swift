import Autodiff
import Kernels
import Layers

/// Of the label maps that a ``LabelDecoder`` predicts.
public struct LabelMapShape: Sendable, Equatable {
    /// Of the decoder, whose last output they are predicted from.
    public let decoder: DecoderShape
    public let classes: Int

    public init(_ decoder: DecoderShape, classes: Int) {
        (self.decoder, self.classes) = (decoder, classes)
    }

    /// Nominal.
    public var resolution: Int { decoder.resolution }
}

/// Predicts label maps of images from the discriminator's feature maps: the supervision that GGDR is compared with (arXiv
/// 2207.13320, figure 1). A decoder as GGDR's, and a 1×1 convolution to scores of the classes.
///
/// Its weights are not normalised where the discriminator's are: it takes no part in the score.
public struct LabelDecoder: Sendable {
    /// The name of the last layer's weights, [classes, channels, 1, 1] in a checkpoint.
    public static let head = "map_head.weight"

    public let shape: LabelMapShape
    private let trunk: GGDRDecoder
    private let head: EqualizedConvolution
    /// Of its parameters among the discriminator's declarations.
    let places: Range<Int>

    /// - Parameters:
    ///   - encoder: channels of the discriminator's map at a resolution, from 4 to half of the maps'.
    ///   - generator: channels of the generator's, which are the decoder's, from 8 on.
    ///   - padding: of the filter.
    public init(
        _ shape: LabelMapShape, encoder: (Int) -> Int, generator: (Int) -> Int, padding: Padding = .zero,
        in builder: inout ParameterBuilder
    ) {
        self.shape = shape
        trunk = GGDRDecoder(
            shape.decoder, encoder: encoder, generator: generator, padding: padding, suffix: "map", in: &builder)
        head = builder.withoutNormalization {
            EqualizedConvolution(
                "map_head", input: generator(shape.resolution), output: shape.classes, kernel: 1, activation: .linear,
                in: &$0)
        }
        places = trunk.places.lowerBound..<builder.count
    }

    public var resolution: Int { shape.resolution }

    /// - Parameter features: the encoder's maps by resolution.
    /// - Returns: scores of the classes before the softmax, [N, h, w, classes].
    public func callAsFunction(_ features: [Int: Tensor], _ weights: Weights) -> Tensor {
        guard let last = trunk(features, weights)[resolution] else {
            preconditionFailure("label decoder: no map at \(resolution)")
        }
        return head(last, weights)
    }
}
