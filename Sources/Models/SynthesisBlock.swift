import Autodiff
import Layers

/// One resolution of StyleGAN2's synthesis network, with skip connections (arXiv 1912.04958, figure 7b).
struct SynthesisBlock: Sendable {
    let resolution: Int
    let channels: Int
    private let size: MapSize
    let places: Range<Int>
    /// The learned constant that the first block starts from.
    private let constant: ParameterHandle?
    private let conv0: SynthesisLayer?
    private let conv1: SynthesisLayer
    private let toRGB: ToRGB
    /// Before the colours, so that the images of all resolutions and GGDR's targets show what it does.
    private let attention: AttentionBlock?

    init(
        resolution: Int, shape: StyleGAN2Shape, extras: NetworkExtras, in builder: inout ParameterBuilder
    ) {
        self.resolution = resolution
        channels = shape.channels(resolution)
        size = shape.grid.size(at: resolution)
        let first = builder.count
        constant =
            resolution == 4
            ? builder.declare(
                ParameterDeclaration(
                    "synthesis.b4.const", .image(channels: channels, height: size.height, width: size.width),
                    initial: .normal(deviation: 1))) : nil
        let name = "synthesis.b\(resolution)"
        conv0 =
            resolution == 4
            ? nil
            : SynthesisLayer(
                "\(name).conv0", input: shape.channels(resolution / 2), output: channels, styleDim: shape.wDim,
                resolution: resolution, isUp: true, clamp: shape.clamp, size: (size.height, size.width),
                padding: shape.padding, in: &builder)
        conv1 = SynthesisLayer(
            "\(name).conv1", input: channels, output: channels, styleDim: shape.wDim, resolution: resolution,
            isUp: false, clamp: shape.clamp, size: (size.height, size.width), padding: shape.padding, in: &builder)
        toRGB = ToRGB(
            "\(name).torgb", input: channels, output: shape.imageChannels, styleDim: shape.wDim,
            clamp: shape.boundedOutput ? shape.clamp : nil, in: &builder)
        attention =
            extras.attention.contains(resolution)
            ? AttentionBlock(
                { StyleGAN2Shape.attentionName(name, $0) }, channels: channels, size: size, extras: extras,
                convention: .styleGAN2, padding: shape.padding, in: &builder) : nil
        places = first..<builder.count
    }

    /// Of what others may lack.
    var attentionPlaces: Range<Int>? { attention?.places }

    /// Layers that take a w of their own.
    var convolutions: Int { conv0 == nil ? 1 : 2 }

    /// - Parameters:
    ///   - x: the block below's features [N, h/2, w/2, channels(r/2)]; nil of the first block.
    ///   - w: for a layer of this block, counted from 0: [N, wDim]
    /// - Returns: features [N, h, w, channels(r)], what they add to the image [N, h, w, imageChannels], and what maps
    ///   of attention follow from, where there is some.
    func callAsFunction(
        _ x: Tensor?, batch: Int, w: @escaping (Int) -> Tensor, noise: Noise, memory: ActivationMemory,
        _ weights: Weights
    ) -> (features: Tensor, rgb: Tensor, projections: AttentionProjections?) {
        // The w after a block's convolutions is shared by its toRGB and the next block's first convolution.
        func colours(_ y: Tensor) -> Tensor { toRGB(y, w: w(convolutions), weights) }
        guard let attention else {
            let (y, rgb) = memory.block {
                let y = features(x, batch: batch, w: w, noise: noise, weights)
                return (y, colours(y))
            }
            return (y, rgb, nil)
        }
        let y = memory.block { features(x, batch: batch, w: w, noise: noise, weights) }
        let attended = attention(y, weights, memory: memory)
        return (attended.features, memory.block { colours(attended.features) }, attended.projections)
    }

    /// The first block starts from the learned constant.
    private func features(
        _ x: Tensor?, batch: Int, w: (Int) -> Tensor, noise: Noise, _ weights: Weights
    ) -> Tensor {
        if let constant {
            let start = weights[constant].sum(to: [batch, size.height, size.width, channels])
            return conv1(start, w: w(0), noise: noise, weights)
        }
        guard let conv0, let x else { preconditionFailure("synthesis: \(resolution)² without the block below") }
        return conv1(conv0(x, w: w(0), noise: noise, weights), w: w(1), noise: noise, weights)
    }
}
