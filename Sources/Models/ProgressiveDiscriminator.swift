import Autodiff
import Kernels
import Layers

/// The discriminator of progressive growing (arXiv 1710.10196, table 2), with an auxiliary classifier where there are
/// labels (arXiv 1610.09585), and the GGDR decoder on its feature maps (arXiv 2207.13320) when one is asked for.
///
/// Parameters have the reference's names, such as `8x8/Conv1_down/weight` and `FromRGB_lod1/bias`.
public struct ProgressiveDiscriminator: Discriminator {
    public let shape: ProgressiveShape
    public let memory: ActivationMemory
    public let decoder: GGDRDecoder?
    /// From the final resolution down to 8×8.
    private let blocks: [ProgressiveBlock]
    /// From 4×4 to scores.
    private let epilogue: ProgressiveBlock
    private let fromRGB: [Int: HeConvolution]

    /// - Parameter ggdrResolution: of the decoder's last output; nil for no decoder.
    public init(_ shape: ProgressiveShape, ggdrResolution: Int?, memory: ActivationMemory = .full) {
        self.shape = shape
        self.memory = memory
        let activation = Activation(gain: 1)
        func convolution(
            _ name: String, _ input: Int, _ output: Int, kernel: Int = 3, _ resampling: HeConvolution.Resampling = .none
        ) -> HeConvolution {
            HeConvolution(
                name, input: input, output: output, kernel: kernel, resampling: resampling, scaling: shape.scaling(),
                activation: activation)
        }
        blocks = shape.resolutions.dropFirst().reversed().map { r in
            let (full, half) = (shape.channels(r), shape.channels(r / 2))
            let layers = [
                convolution("\(r)x\(r)/Conv0", full, full), convolution("\(r)x\(r)/Conv1_down", full, half, .down),
            ]
            return ProgressiveBlock(resolution: r, layers: layers, isNormalized: false)
        }
        let (last, dense) = (shape.channels(4), shape.channels(2))
        let layers: [any HeLayer] = [
            convolution("4x4/Conv", last + (shape.mbstdGroup > 1 ? 1 : 0), last),
            HeDense(
                "4x4/Dense0", input: last, output: dense, image: .input(height: 4, width: 4), scaling: shape.scaling(),
                activation: activation),
            HeDense(
                "4x4/Dense1", input: dense, output: 1 + shape.labelDim, scaling: shape.scaling(gain: 1),
                activation: .linear),
        ]
        epilogue = ProgressiveBlock(resolution: 4, layers: layers, isNormalized: false)
        fromRGB = Dictionary(
            uniqueKeysWithValues: shape.resolutions.map { r in
                (r, convolution("FromRGB_lod\(shape.lod(r))", shape.imageChannels, shape.channels(r), kernel: 1))
            })
        decoder = ggdrResolution.map { GGDRDecoder(resolution: $0, channels: shape.channels) }
    }

    public var declarations: [ParameterDeclaration] {
        (blocks + [epilogue]).flatMap { (fromRGB[$0.resolution]?.declarations ?? []) + $0.declarations }
            + (decoder?.declarations ?? [])
    }

    public func activeParameters(at level: GrowthLevel) -> Set<String> {
        let shown = shape.shown(at: level)
        var active = blocks.filter { $0.resolution <= level.resolution }.flatMap(\.declarations) + epilogue.declarations
        active += shown.flatMap { fromRGB[$0]?.declarations ?? [] }
        if let decoder, decoder.isActive(at: level) { active += decoder.declarations }
        return Set(active.map(\.name))
    }

    /// - Parameter labels: not read: the classifier tells classes from images alone.
    public func callAsFunction(
        _ image: Tensor, labels: Tensor?, at level: GrowthLevel, _ weights: Weights
    ) -> DiscriminatorOutput {
        let (n, r) = (image.shape[0], level.resolution)
        precondition(
            image.shape == [n, r, r, shape.imageChannels],
            "progressive discriminator: images \(image.shape), expected [N, \(r), \(r), \(shape.imageChannels)]")
        let shown = shape.shown(at: level)
        var x = image
        var features: [Int: Tensor] = [:]
        for block in blocks where block.resolution <= r {
            x = memory.block { [x] in
                guard block.resolution == r else { return block(x, weights) }
                let new = block(firstFeatures(of: x, at: r, weights), weights)
                guard level.isFading else { return new }
                let old = firstFeatures(of: x.boxDownsampled(), at: shown[1], weights)
                return new.faded(with: old, share: level.fade)
            }
            features[block.resolution / 2] = x
        }
        if r == 4 { x = firstFeatures(of: x, at: 4, weights) }
        if shape.mbstdGroup > 1 { x = x.withMinibatchStandardDeviation(group: shape.mbstdGroup) }
        let scores = epilogue(x, weights)
        return DiscriminatorOutput(
            logits: scores.slice(axis: 1, start: 0, length: 1),
            classLogits: shape.labelDim > 0 ? scores.slice(axis: 1, start: 1, length: shape.labelDim) : nil,
            features: features)
    }

    /// What the layers of a resolution see of an image, [N, r, r, channels(r)].
    private func firstFeatures(of image: Tensor, at resolution: Int, _ weights: Weights) -> Tensor {
        guard let layer = fromRGB[resolution] else { preconditionFailure("no layer reads images of \(resolution)²") }
        return layer(image, weights)
    }
}
