import Autodiff
import Kernels
import Layers

/// The generator of progressive growing (arXiv 1710.10196, table 2).
///
/// Parameters have the reference's names, such as `8x8/Conv0_up/weight` and `ToRGB_lod1/bias`; its lod counts from the
/// final resolution.
public struct ProgressiveGenerator: Generator {
    public let shape: ProgressiveShape
    public let memory: ActivationMemory
    private let blocks: [ProgressiveBlock]
    private let toRGB: [Int: HeConvolution]

    public init(_ shape: ProgressiveShape, memory: ActivationMemory = .full) {
        self.shape = shape
        self.memory = memory
        let activation = Activation(slope: shape.leakyReLU ? 0.2 : 0, gain: 1)
        blocks = shape.resolutions.map { r in
            let output = shape.channels(r)
            func convolution(_ name: String, _ input: Int, _ resampling: HeConvolution.Resampling) -> HeConvolution {
                HeConvolution(
                    "\(r)x\(r)/\(name)", input: input, output: output, kernel: 3, resampling: resampling,
                    scaling: shape.scaling(), activation: activation)
            }
            let layers: [any HeLayer] =
                r == 4
                ? [
                    // The gain makes up for the normalisation of z.
                    HeDense(
                        "4x4/Dense", input: shape.zDim + shape.labelDim, output: output,
                        image: .output(height: 4, width: 4), scaling: shape.scaling(gain: Float(2).squareRoot() / 4),
                        activation: activation),
                    convolution("Conv", output, .none),
                ] : [convolution("Conv0_up", shape.channels(r / 2), .up), convolution("Conv1", output, .none)]
            return ProgressiveBlock(resolution: r, layers: layers, isNormalized: shape.pixelNorm)
        }
        toRGB = Dictionary(
            uniqueKeysWithValues: shape.resolutions.map { r in
                (
                    r,
                    HeConvolution(
                        "ToRGB_lod\(shape.lod(r))", input: shape.channels(r), output: shape.imageChannels, kernel: 1,
                        scaling: shape.scaling(gain: 1), activation: .linear)
                )
            })
    }

    public var zDim: Int { shape.zDim }
    public var labelDim: Int { shape.labelDim }
    public var resolution: Int { shape.resolution }
    public var imageChannels: Int { shape.imageChannels }
    public var wDim: Int { 0 }

    public var declarations: [ParameterDeclaration] {
        blocks.flatMap { $0.declarations + (toRGB[$0.resolution]?.declarations ?? []) }
    }

    public func styleCount(at level: GrowthLevel) -> Int { 0 }

    public func activeParameters(at level: GrowthLevel) -> Set<String> {
        let shown = shape.shown(at: level)
        let active = blocks.filter { $0.resolution <= level.resolution }.flatMap(\.declarations)
        return Set((active + shown.flatMap { toRGB[$0]?.declarations ?? [] }).map(\.name))
    }

    /// - Parameter input: without mixing and truncation, as there are no styles.
    public func callAsFunction(_ input: GeneratorInput, at level: GrowthLevel, _ weights: Weights) -> GeneratorOutput {
        precondition(
            input.mixing == nil && input.truncation == 1,
            "progressive generator: it has no styles to mix or to truncate (ψ = \(input.truncation))")
        let shown = shape.shown(at: level)
        var x = latents(input)
        var features: [Int: Tensor] = [:]
        for block in blocks where block.resolution <= level.resolution {
            x = memory.block { [x] in block(x, weights) }
            features[block.resolution] = x
        }
        let images = shown.map { r in
            guard let layer = toRGB[r], let map = features[r] else { preconditionFailure("no image at \(r)") }
            return layer(map, weights)
        }
        let image =
            level.isFading ? images[0].faded(with: images[1].nearestUpsampled(), share: level.fade) : images[0]
        return GeneratorOutput(image: image, features: features)
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
