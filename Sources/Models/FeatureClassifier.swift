import Autodiff
import Kernels
import Layers

/// A small residual classifier, in whose last feature maps metrics compare images.
///
/// A 3×3 convolution at the images' resolution; then stages, each of which takes the largest of 2×2 pixels and has one
/// residual block of two 3×3 convolutions, down to 4×4; the mean over the positions, which are the features; a dense layer
/// (arXiv 1512.03385, section 3, with one block a stage). Batch normalisation follows every convolution
/// (arXiv 1502.03167), over the whole batch while it learns; what has learned goes by the moving averages, so that an
/// image's features do not depend on those beside it.
public struct FeatureClassifier: Sendable {
    public let shape: FeatureClassifierShape
    public let declarations: [ParameterDeclaration]
    private let stem: NormalizedConvolution
    private let stages: [ResidualStage]
    private let classWeights: ParameterHandle
    private let classBiases: ParameterHandle

    public init(_ shape: FeatureClassifierShape) {
        self.shape = shape
        var builder = ParameterBuilder()
        stem = NormalizedConvolution("stem", input: shape.imageChannels, output: shape.widths[0], in: &builder)
        var stages: [ResidualStage] = []
        for (input, output) in zip(shape.widths, shape.widths.dropFirst()) {
            stages.append(ResidualStage("stage\(stages.count + 1)", input: input, output: output, in: &builder))
        }
        self.stages = stages
        // Near zero: what a class is told by is learned, and the first steps are no guesses that have to be unlearned.
        classWeights = builder.declare(
            ParameterDeclaration(
                "classes.weight", .dense(input: shape.dimension, output: shape.classes),
                initial: .normal(deviation: 0.01)))
        classBiases = builder.declare(
            ParameterDeclaration("classes.bias", .plain([shape.classes]), initial: .constant(0)))
        declarations = builder.declarations
    }

    /// What the network says of images.
    public struct Output {
        /// [N, ``FeatureClassifierShape/dimension``]
        public let features: Tensor
        /// Scores of the classes before the softmax, [N, ``FeatureClassifierShape/classes``].
        public let logits: Tensor
    }

    /// Collective where the weights know of a whole batch.
    ///
    /// - Parameters:
    ///   - images: of each of this rank's microbatches, [N, H, W, C] in [-1, 1].
    ///   - weights: of each microbatch.
    public func callAsFunction(_ images: [Tensor], _ weights: [Weights]) -> [Output] {
        zip(maps(images, weights)[stages.count], weights).map { x, weights in
            let features = x.mean(over: [1, 2]).reshaped([x.shape[0], shape.dimension])
            let scores = Tensor.product(features, weights[classWeights])
            return Output(
                features: features, logits: scores + weights[classBiases].reshaped([1, shape.classes]))
        }
    }

    /// The feature maps on the way, behind the first convolution and behind each stage: of each microbatch [N, h, w, C].
    /// Parameters and conditions as above.
    public func maps(_ images: [Tensor], _ weights: [Weights]) -> [[Tensor]] {
        for image in images {
            precondition(
                Array(image.shape.dropFirst()) == [shape.resolution, shape.resolution, shape.imageChannels],
                "feature classifier: images \(image.shape), expected [N, \(shape.resolution), \(shape.resolution), "
                    + "\(shape.imageChannels)]")
        }
        var maps = [stem(images, weights, activation: Self.relu)]
        for stage in stages { maps.append(stage(maps[maps.count - 1], weights)) }
        return maps
    }

    static let relu = Activation(slope: 0, gain: 1)
}

/// A convolution without biases, which normalisation would take away again, and batch normalisation.
struct NormalizedConvolution: Sendable {
    private let weight: ParameterHandle
    private let norm: BatchNormalization

    init(_ name: String, input: Int, output: Int, kernel: Int = 3, in builder: inout ParameterBuilder) {
        let fanIn = Float(kernel * kernel * input)
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: kernel, input: input, output: output),
                initial: .normal(deviation: (2 / fanIn).squareRoot())))
        norm = BatchNormalization("\(name).norm", channels: output, in: &builder)
    }

    /// - Parameter x: of each microbatch, [N, H, W, input].
    func callAsFunction(_ x: [Tensor], _ weights: [Weights], activation: Activation = .linear) -> [Tensor] {
        norm(zip(x, weights).map { .convolution($0, $1[weight]) }, weights, activation: activation)
    }
}

/// relu(f(x) + W·x) at half the resolution, f being two convolutions.
struct ResidualStage: Sendable {
    private let first: NormalizedConvolution
    private let second: NormalizedConvolution
    private let skip: NormalizedConvolution

    init(_ name: String, input: Int, output: Int, in builder: inout ParameterBuilder) {
        first = NormalizedConvolution("\(name).conv1", input: input, output: output, in: &builder)
        second = NormalizedConvolution("\(name).conv2", input: output, output: output, in: &builder)
        skip = NormalizedConvolution("\(name).skip", input: input, output: output, kernel: 1, in: &builder)
    }

    /// - Parameter x: of each microbatch, [N, 2r, 2r, input].
    /// - Returns: of each, [N, r, r, output].
    func callAsFunction(_ x: [Tensor], _ weights: [Weights]) -> [Tensor] {
        let pooled = x.map { $0.maxPooled() }
        let inner = first(pooled, weights, activation: FeatureClassifier.relu)
        let added = second(inner, weights)
        return zip(skip(pooled, weights), added).map { ($0 + $1).activated(FeatureClassifier.relu) }
    }
}
