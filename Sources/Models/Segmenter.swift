import Autodiff
import Kernels
import Layers

/// A small network that tells the class of every pixel: by it a generated image is held against the label map that it was
/// made of.
///
/// The residual stages of ``FeatureClassifier`` down to 4×4, and back up as in a U-Net (arXiv 1505.04597): pixels are repeated,
/// what the stage of that size made on the way down stands beside them, a 3×3 convolution. Batch normalisation follows every
/// convolution but the last.
public struct Segmenter: Sendable {
    /// Sizes as of a classifier; its classes are those of label maps.
    public let shape: FeatureClassifierShape
    public let declarations: [ParameterDeclaration]
    private let stem: NormalizedConvolution
    private let down: [ResidualStage]
    /// From the smallest maps.
    private let up: [NormalizedConvolution]
    private let classWeights: ParameterHandle
    private let classBiases: ParameterHandle

    public init(_ shape: FeatureClassifierShape) {
        self.shape = shape
        var builder = ParameterBuilder()
        stem = NormalizedConvolution("stem", input: shape.imageChannels, output: shape.widths[0], in: &builder)
        var down: [ResidualStage] = []
        for (input, output) in zip(shape.widths, shape.widths.dropFirst()) {
            down.append(ResidualStage("stage\(down.count + 1)", input: input, output: output, in: &builder))
        }
        self.down = down
        var up: [NormalizedConvolution] = []
        for (inner, outer) in zip(shape.widths.dropFirst(), shape.widths).reversed() {
            up.append(NormalizedConvolution("up\(up.count + 1)", input: inner + outer, output: outer, in: &builder))
        }
        self.up = up
        // Near zero, as the classifier's.
        classWeights = builder.declare(
            ParameterDeclaration(
                "classes.weight", .convolution(kernel: 1, input: shape.widths[0], output: shape.classes),
                initial: .normal(deviation: 0.01)))
        classBiases = builder.declare(
            ParameterDeclaration("classes.bias", .plain([shape.classes]), initial: .constant(0)))
        declarations = builder.declarations
    }

    /// Collective where the weights know of a whole batch.
    ///
    /// - Parameters:
    ///   - images: of each of this rank's microbatches, [N, H, W, C] in [-1, 1].
    ///   - weights: of each microbatch.
    /// - Returns: of each, scores of the classes before the softmax, [N, H, W, classes].
    public func callAsFunction(_ images: [Tensor], _ weights: [Weights]) -> [Tensor] {
        for image in images {
            precondition(
                Array(image.shape.dropFirst()) == [shape.resolution, shape.resolution, shape.imageChannels],
                "segmenter: images \(image.shape), expected [N, \(shape.resolution), \(shape.resolution), "
                    + "\(shape.imageChannels)]")
        }
        var x = stem(images, weights, activation: FeatureClassifier.relu)
        var kept = [x]
        for stage in down {
            x = stage(x, weights)
            kept.append(x)
        }
        for (place, convolution) in up.enumerated() {
            let beside = kept[kept.count - 2 - place]
            x = convolution(
                zip(x, beside).map { .concatenated([$0.nearestUpsampled(), $1], axis: 3) }, weights,
                activation: FeatureClassifier.relu)
        }
        return zip(x, weights).map { x, weights in
            .convolution(x, weights[classWeights]) + weights[classBiases].reshaped([1, 1, 1, shape.classes])
        }
    }
}
