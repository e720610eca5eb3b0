import Autodiff
import Kernels
import Layers

/// R3GAN's generator (arXiv 2501.05441, section 3.3), as in the authors' code: no normalisation, no styles, no noise. A basis
/// of maps, and at each resolution residual blocks; between them a 1×1 where channels change, and the [1, 3, 3, 1] filter.
///
/// Parameters have the authors' names, such as `MainLayers.1.Layers.2.LinearLayer2.Layer.weight`: stage 1's second block.
public struct R3GANGenerator: Generator {
    public let shape: R3GANShape
    public let memory: ActivationMemory
    public let declarations: [ParameterDeclaration]
    private let embedding: PlainDense?
    private let basis: R3GANGenerativeBasis
    private let stages: [Stage]
    private let aggregation: ResidualConvolution

    private struct Stage: Sendable {
        let resolution: Int
        /// Where channels change.
        let entry: ResidualConvolution?
        let blocks: [R3GANBlock]
    }

    public init(_ shape: R3GANShape, memory: ActivationMemory = .full) {
        self.shape = shape
        self.memory = memory
        var builder = ParameterBuilder()
        let isConditional = shape.labelDim > 0
        embedding =
            isConditional
            ? PlainDense(
                "EmbeddingLayer", input: shape.labelDim, output: shape.generatorEmbedding, hasBias: false,
                start: .he(gain: 1), in: &builder) : nil
        basis = R3GANGenerativeBasis(
            "MainLayers.0.Layers.0", input: shape.zDim + (isConditional ? shape.generatorEmbedding : 0),
            channels: shape.stages[0].width, size: shape.grid.size(at: 4), in: &builder)
        stages = shape.stages.enumerated().map { place, stage in
            let name = "MainLayers.\(place).Layers"
            let before = place == 0 ? stage.width : shape.stages[place - 1].width
            return Stage(
                resolution: 4 << place,
                entry: before == stage.width
                    ? nil
                    : ResidualConvolution("\(name).0.LinearLayer", input: before, output: stage.width, in: &builder),
                blocks: (1...stage.blocks).map { R3GANBlock("\(name).\($0)", stage, of: shape, in: &builder) })
        }
        aggregation = ResidualConvolution(
            "AggregationLayer", input: shape.channels(shape.grid.resolution), output: shape.imageChannels, in: &builder)
        declarations = builder.declarations
    }

    public var zDim: Int { shape.zDim }
    public var labelDim: Int { shape.labelDim }
    public var resolution: Int { shape.grid.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    public var imageChannels: Int { shape.imageChannels }
    public var wDim: Int { 0 }
    public var styleCount: Int { 0 }

    /// Images and the stages' maps: without mixing and truncation, as there are no styles.
    public func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
        check(input)
        var z = input.z
        if let embedding, let labels = input.labels {
            z = .concatenated([z, embedding(labels, weights)], axis: 1)
        }
        var x = basis(z, weights)
        var features: [Int: Tensor] = [:]
        for stage in stages {
            // The filter does the same to each channel: the 1×1 works on fewer pixels.
            if let entry = stage.entry { x = entry(x, weights) }
            if stage.resolution > 4 { x = x.upsampled() }
            for block in stage.blocks { x = memory.block { [x] in block(x, weights) } }
            features[stage.resolution] = x
        }
        return GeneratorOutput(image: aggregation(x, weights), features: features)
    }

    private func check(_ input: GeneratorInput) {
        let n = input.z.shape[0]
        precondition(
            input.mixing == nil && input.truncation == 1,
            "R3GAN generator: it has no styles to mix or to truncate (ψ = \(input.truncation))")
        precondition(
            input.z.shape == [n, shape.zDim] && (input.labels?.shape ?? [n, 0]) == [n, shape.labelDim],
            "R3GAN generator: z \(input.z.shape) and labels \(input.labels?.shape ?? [n, 0]), expected "
                + "[N, \(shape.zDim)] and [N, \(shape.labelDim)]")
    }
}
