import Autodiff
import Kernels
import Models
import Layers

/// A feature classifier at work: what it says of pixels, each image by itself.
public final class FeatureNetwork {
    public let classifier: FeatureClassifier
    public let parameters: Parameters
    public var shape: FeatureClassifierShape { classifier.shape }

    /// - Parameter parameters: those of the classifier; they may change between two looks.
    public init(_ classifier: FeatureClassifier, _ parameters: Parameters) {
        self.classifier = classifier
        self.parameters = parameters
    }

    /// What the network says of images.
    public struct Sight {
        /// [N, dimension]
        public var features: [Float] = []
        /// Scores of the classes before the softmax, [N, classes].
        public var logits: [Float] = []
    }

    private var pixels: PixelBlocks { PixelBlocks(shape) }

    /// What is wrong with images of this size; nil where the network can look at them.
    ///
    /// Larger images are reduced by the means of whole blocks of pixels. A network for colours looks at grey images as
    /// three equal channels.
    public func problem(resolution: Int, channels: Int) -> String? {
        pixels.problem(resolution: resolution, channels: channels)
    }

    /// Looks at images that ``problem(resolution:channels:)`` has nothing against.
    ///
    /// - Parameter values: [N, H, W, C], pixels of 0…255.
    public func look(at values: [Float], count: Int, resolution: Int, channels: Int) -> Sight {
        precondition(
            problem(resolution: resolution, channels: channels) == nil
                && values.count == count * resolution * resolution * channels,
            "feature network: \(values.count) pixels for \(count) images of \(resolution)×\(resolution)×\(channels)")
        var sight = Sight()
        sight.features.reserveCapacity(count * shape.dimension)
        sight.logits.reserveCapacity(count * shape.classes)
        let weights = parameters.weights(differentiable: false)
        let block = pixels.block
        for start in stride(from: 0, to: count, by: block) {
            let images = pixels.input(values, start..<min(count, start + block), resolution, channels)
            let output = Tape.paused { classifier([images], [weights])[0] }
            let number = min(block, count - start)
            sight.features += output.features.array.prefix(number * shape.dimension)
            sight.logits += output.logits.array.prefix(number * shape.classes)
        }
        return sight
    }

    /// The feature maps on the way, [N, h, w, C] each, through which gradients reach the images.
    ///
    /// - Parameter images: [N, H, W, C] in [-1, 1], as for ``look(at:count:resolution:channels:)``.
    func maps(of images: Tensor) -> [Tensor] {
        precondition(
            problem(resolution: images.shape[1], channels: images.shape[3]) == nil,
            "feature network: images \(images.shape)")
        var x = images
        while x.shape[1] > shape.resolution { x = x.boxDownsampled() }
        if x.shape[3] < shape.imageChannels {
            x = .concatenated(Array(repeating: x, count: shape.imageChannels), axis: 3)
        }
        let weights = parameters.weights(differentiable: false)
        return classifier.maps([x], [weights]).map { $0[0] }
    }
}
