import Autodiff
import Kernels
import Layers

/// The generator of progressive growing (arXiv 1710.10196, table 2).
///
/// Parameters have the reference's names, such as `8x8/Conv0_up/weight` and `ToRGB_lod1/bias`; its lod counts from the
/// final resolution.
public struct ProgressiveGenerator: GrowingGenerator {
    public let shape: ProgressiveShape
    public let memory: ActivationMemory
    public let declarations: [ParameterDeclaration]
    public private(set) var level: GrowthLevel
    /// From 4×4 up.
    private let blocks: [PlacedLayer<ProgressiveBlock>]
    private let toRGB: [PlacedLayer<HeConvolution>]
    /// By the resolution of the block that it stands behind.
    private let attention: [Int: AttentionBlock]

    public init(_ shape: ProgressiveShape, extras: NetworkExtras = .none, memory: ActivationMemory = .full) {
        extras.check(among: Self.attentionResolutions(shape), of: "progressive generator of \(shape.resolution)²")
        self.shape = shape
        self.memory = memory
        let activation = Activation(slope: shape.leakyReLU ? 0.2 : 0, gain: 1)
        var builder = extras.builder()
        var attention: [Int: AttentionBlock] = [:]
        var blocks: [PlacedLayer<ProgressiveBlock>] = []
        var toRGB: [PlacedLayer<HeConvolution>] = []
        for r in shape.resolutions {
            let output = shape.channels(r)
            func convolution(
                _ name: String, _ input: Int, _ resampling: ResolutionChange, _ builder: inout ParameterBuilder
            ) -> HeConvolution {
                HeConvolution(
                    "\(r)x\(r)/\(name)", input: input, output: output, kernel: 3, resampling: resampling,
                    padding: shape.padding, scaling: shape.scaling(), activation: activation, in: &builder)
            }
            func layers(_ builder: inout ParameterBuilder) -> [any HeLayer] {
                guard r == 4 else {
                    return [
                        convolution("Conv0_up", shape.channels(r / 2), .up, &builder),
                        convolution("Conv1", output, .none, &builder),
                    ]
                }
                return [
                    // The gain makes up for the normalisation of z.
                    HeDense(
                        "4x4/Dense", input: shape.zDim + shape.labelDim, output: output,
                        image: .output(height: shape.startHeight, width: shape.startWidth),
                        scaling: shape.scaling(gain: Float(2).squareRoot() / 4), activation: activation, in: &builder),
                    convolution("Conv", output, .none, &builder),
                ]
            }
            blocks.append(
                builder.placed {
                    ProgressiveBlock(resolution: r, layers: layers(&$0), isNormalized: shape.pixelNorm)
                })
            if extras.attention.contains(r) {
                attention[r] = AttentionBlock(
                    { ProgressiveShape.attentionName(r, $0) }, channels: output,
                    size: shape.grid.size(at: r), extras: extras,
                    convention: .progressive(shape.scaling(gain: 1)), padding: shape.padding, in: &builder)
            }
            toRGB.append(
                builder.placed {
                    HeConvolution(
                        "ToRGB_lod\(shape.lod(r))", input: output, output: shape.imageChannels, kernel: 1,
                        scaling: shape.scaling(gain: 1), activation: .linear, in: &$0)
                })
        }
        (self.blocks, self.toRGB, self.attention) = (blocks, toRGB, attention)
        declarations = builder.declarations
        level = GrowthLevel(resolution: shape.resolution)
    }

    /// Where it can have attention: behind any block.
    public static func attentionResolutions(_ shape: ProgressiveShape) -> [Int] { shape.resolutions }

    public var zDim: Int { shape.zDim }
    public var labelDim: Int { shape.labelDim }
    public var resolution: Int { level.resolution }
    public var finalResolution: Int { shape.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    public var imageChannels: Int { shape.imageChannels }
    public var wDim: Int { 0 }

    public var styleCount: Int { 0 }

    public func at(_ level: GrowthLevel) -> Self {
        shape.check(level)
        var copy = self
        copy.level = level
        return copy
    }

    public var partsThatOthersLack: Set<String> { declarations.names(at: attention.values.map(\.places)) }

    public var activeParameters: Set<String> {
        let shown = blocks[...shape.place(level.resolution)]
        let images = shape.shown(at: level).map { toRGB[$0].places }
        let attending = shown.compactMap { attention[$0.layer.resolution]?.places }
        return declarations.trainedNames(at: shown.map(\.places) + images + attending)
    }

    /// - Parameter input: without mixing and truncation, as there are no styles.
    public func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
        precondition(
            input.mixing == nil && input.truncation == 1,
            "progressive generator: it has no styles to mix or to truncate (ψ = \(input.truncation))")
        let last = shape.place(level.resolution)
        var x = latents(input)
        var below = x
        var features: [Int: Tensor] = [:]
        var projections: [Int: AttentionProjections] = [:]
        for block in blocks[...last].lazy.map(\.layer) {
            below = x
            x = memory.block { [x] in block(x, weights) }
            if let attention = attention[block.resolution] {
                let attended = attention(x, weights, memory: memory)
                x = attended.features
                projections[block.resolution] = attended.projections
            }
            features[block.resolution] = x
        }
        var image = toRGB[last].layer(x, weights)
        if level.isFading {
            let old = toRGB[last - 1].layer(below, weights)
            image = image.faded(with: old.nearestUpsampled(), share: level.fade)
        }
        return GeneratorOutput(image: image, features: features, attention: projections)
    }

    /// z with its label behind it, normalised together: [N, zDim + labelDim].
    private func latents(_ input: GeneratorInput) -> Tensor {
        let n = input.z.shape[0]
        precondition(
            input.z.shape == [n, shape.zDim] && (input.labels?.shape ?? [n, 0]) == [n, shape.labelDim],
            "progressive generator: z \(input.z.shape) and labels \(input.labels?.shape ?? [n, 0]), expected "
                + "[N, \(shape.zDim)] and [N, \(shape.labelDim)]")
        return (input.labels.map { .concatenated([input.z, $0], axis: 1) } ?? input.z).pixelNormalized()
    }
}
