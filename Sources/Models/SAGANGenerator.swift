import Autodiff
import Kernels
import Layers

/// SAGAN's generator (arXiv 1805.08318, section 3 and 4), as in the authors' code at 128²: z to 4×4, residual blocks up to the
/// resolution, batch normalisation, ReLU, 3×3, and tanh where images have bounds. Blocks are conditioned where there are
/// labels.
///
/// Parameters have the authors' names, such as `g_block1/cbn_0/gamma` and `g_snh0/Matrix`; files hold them in the layouts
/// of ``ParameterLayout``. It looks at the whole batch; nothing of it can be recomputed.
public struct SAGANGenerator: Generator {
    public let shape: SAGANShape
    public let declarations: [ParameterDeclaration]
    private let entry: GlorotDense
    /// From 8×8 up.
    private let blocks: [SAGANGeneratorBlock]
    private let attention: [Int: AttentionBlock]
    private let norm: BatchNormalization
    private let last: GlorotConvolution

    /// Of the moving averages of batch statistics, a phase. The authors have 0.999 and for the last of them 0.9999, and train
    /// for a million steps: after those of a small run such averages would still hold more of the values that they began
    /// with. These hold the last hundred phases.
    static let statisticsDecay: Float = 0.99

    public init(_ shape: SAGANShape, extras: NetworkExtras = .none) {
        extras.check(among: Self.attentionResolutions(shape), of: "SAGAN generator of \(shape.resolution)²")
        self.shape = shape
        var builder = extras.builder(.siblings)
        entry = GlorotDense(
            "g_snh0", input: shape.zDim,
            image: (shape.startHeight, shape.startWidth, shape.generatorChannels(4)), in: &builder)
        var attention: [Int: AttentionBlock] = [:]
        var blocks: [SAGANGeneratorBlock] = []
        for r in shape.generatorResolutions {
            blocks.append(
                SAGANGeneratorBlock("g_block\(blocks.count + 1)", resolution: r, shape: shape, in: &builder))
            guard extras.attention.contains(r) else { continue }
            attention[r] = AttentionBlock(
                SAGANShape.attentionName("g", r), channels: shape.generatorChannels(r),
                size: shape.grid.size(at: r), extras: extras,
                convention: .sagan, padding: shape.padding, in: &builder)
        }
        (self.blocks, self.attention) = (blocks, attention)
        let channels = shape.generatorChannels(shape.resolution)
        norm = BatchNormalization(
            "g_bn", channels: channels, decay: Self.statisticsDecay, isUnbiased: false, names: .tensorFlow,
            in: &builder)
        last = GlorotConvolution(
            "g_snconv_last", input: channels, output: shape.imageChannels, kernel: 3, padding: shape.padding,
            in: &builder)
        declarations = builder.declarations
    }

    /// Where it can have attention: behind any block.
    public static func attentionResolutions(_ shape: SAGANShape) -> [Int] { shape.generatorResolutions }

    public var zDim: Int { shape.zDim }
    public var labelDim: Int { shape.labelDim }
    public var resolution: Int { shape.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    public var imageChannels: Int { shape.imageChannels }
    public var wDim: Int { 0 }
    public var styleCount: Int { 0 }
    public var looksAtWholeBatch: Bool { true }
    public var partsThatOthersLack: Set<String> { declarations.names(at: attention.values.map(\.places)) }

    /// By the moving averages.
    ///
    /// - Parameter weights: that know of no batch.
    public func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
        precondition(
            weights.batch == nil, "SAGAN generator: a microbatch alone, where all of a rank's have to come together")
        return self([input], [weights])[0]
    }

    /// - Parameter inputs: without mixing and truncation, as there are no styles.
    public func callAsFunction(_ inputs: [GeneratorInput], _ weights: [Weights]) -> [GeneratorOutput] {
        precondition(inputs.count == weights.count, "generator: \(inputs.count) inputs with \(weights.count) weights")
        for input in inputs { check(input) }
        let labels = inputs.map(\.labels)
        var x = zip(inputs, weights).map { entry($0.z, $1) }
        var features = [[Int: Tensor]](repeating: [:], count: x.count)
        var projections = [[Int: AttentionProjections]](repeating: [:], count: x.count)
        for block in blocks {
            x = block(x, labels: labels, weights)
            for k in x.indices {
                if let attention = attention[block.resolution] {
                    let attended = attention(x[k], weights[k], memory: .full)
                    x[k] = attended.features
                    projections[k][block.resolution] = attended.projections
                }
                features[k][block.resolution] = x[k]
            }
        }
        x = norm(x, weights, activation: Activation(slope: 0, gain: 1))
        return x.indices.map { k in
            let values = last(x[k], weights[k])
            return GeneratorOutput(
                image: shape.boundedOutput ? values.hyperbolicTangent() : values, features: features[k],
                noted: weights[k].noted,
                attention: projections[k])
        }
    }

    private func check(_ input: GeneratorInput) {
        let n = input.z.shape[0]
        precondition(
            input.mixing == nil && input.truncation == 1,
            "SAGAN generator: it has no styles to mix or to truncate (ψ = \(input.truncation))")
        precondition(
            input.z.shape == [n, shape.zDim] && (input.labels?.shape ?? [n, 0]) == [n, shape.labelDim],
            "SAGAN generator: z \(input.z.shape) and labels \(input.labels?.shape ?? [n, 0]), expected "
                + "[N, \(shape.zDim)] and [N, \(shape.labelDim)]")
    }
}
