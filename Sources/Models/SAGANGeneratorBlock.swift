import Autodiff
import Kernels
import Layers

/// A residual block of SAGAN's generator, which doubles the resolution (the authors' code of arXiv 1805.08318): normalised
/// by class and ReLU, pixels repeated, 3×3, normalised by class and ReLU, 3×3; beside it pixels repeated and 1×1.
struct SAGANGeneratorBlock: Sendable {
    /// Of its result.
    let resolution: Int
    private let norm0: ClassBatchNormalization
    private let norm1: ClassBatchNormalization
    private let conv1: GlorotConvolution
    private let conv2: GlorotConvolution
    private let skip: GlorotConvolution

    init(_ name: String, resolution: Int, shape: SAGANShape, in builder: inout ParameterBuilder) {
        self.resolution = resolution
        let (input, output) = (shape.generatorChannels(resolution / 2), shape.generatorChannels(resolution))
        // Without classes it is a plain one.
        let norm = shape.labelDim > 0 ? "cbn" : "bn"
        func normalization(_ place: Int, _ channels: Int, _ builder: inout ParameterBuilder) -> ClassBatchNormalization
        {
            ClassBatchNormalization(
                "\(name)/\(norm)_\(place)", classes: shape.labelDim, channels: channels,
                isShared: shape.condition != .classes, decay: SAGANGenerator.statisticsDecay, in: &builder)
        }
        norm0 = normalization(0, input, &builder)
        conv1 = GlorotConvolution(
            "\(name)/snconv1", input: input, output: output, kernel: 3, resampling: .up,
            padding: shape.padding, in: &builder)
        norm1 = normalization(1, output, &builder)
        conv2 = GlorotConvolution(
            "\(name)/snconv2", input: output, output: output, kernel: 3, padding: shape.padding,
            in: &builder)
        skip = GlorotConvolution(
            "\(name)/snconv3", input: input, output: output, kernel: 1, in: &builder)
    }

    /// - Parameters:
    ///   - parts: of each microbatch, [N, h/2, w/2, channels(r/2)].
    ///   - labels: of each microbatch, [N, labelDim]; nil of an unconditional network.
    /// - Returns: of each, [N, h, w, channels(r)].
    func callAsFunction(_ parts: [Tensor], labels: [Tensor?], _ weights: [Weights]) -> [Tensor] {
        let relu = Activation(slope: 0, gain: 1)
        let first = norm0(parts, labels: labels, weights, activation: relu)
        let second = norm1(zip(first, weights).map { conv1($0, $1) }, labels: labels, weights, activation: relu)
        // A 1×1 convolution commutes with repeated pixels, which are added without being in memory.
        return parts.indices.map { k in
            conv2(second[k], weights[k]).addingNearestUpsampled(skip(parts[k], weights[k]))
        }
    }
}
