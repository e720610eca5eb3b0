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

    /// Images that go through the network together, however many are asked for: kernels choose their ways by that number,
    /// and an image must have the same bits whichever images are beside it.
    private var block: Int { max(4, min(32, (1 << 17) / (shape.resolution * shape.resolution))) }

    /// What is wrong with images of this size; nil where the network can look at them.
    ///
    /// Larger images are reduced by the means of whole blocks of pixels. A network for colours looks at grey images as
    /// three equal channels.
    public func problem(resolution: Int, channels: Int) -> String? {
        let own = "\(shape.resolution)×\(shape.resolution)"
        guard resolution >= shape.resolution, resolution % shape.resolution == 0,
            resolution & (resolution - 1) == 0
        else {
            return "looks at images of \(own), found \(resolution)×\(resolution), expected \(own) or a larger power of "
                + "two, which is reduced"
        }
        guard channels == shape.imageChannels || channels == 1 && shape.imageChannels == 3 else {
            return "looks at images of \(Self.text(shape.imageChannels)), found \(Self.text(channels))"
        }
        return nil
    }

    private static func text(_ channels: Int) -> String { "\(channels) channel\(channels == 1 ? "" : "s")" }

    /// Looks at images that ``problem(resolution:channels:)`` has nothing against.
    ///
    /// - Parameter pixels: [N, H, W, C], values of 0…255.
    public func look(at pixels: [Float], count: Int, resolution: Int, channels: Int) -> Sight {
        precondition(
            problem(resolution: resolution, channels: channels) == nil
                && pixels.count == count * resolution * resolution * channels,
            "feature network: \(pixels.count) pixels for \(count) images of \(resolution)×\(resolution)×\(channels)")
        var sight = Sight()
        sight.features.reserveCapacity(count * shape.dimension)
        sight.logits.reserveCapacity(count * shape.classes)
        let weights = parameters.weights(differentiable: false)
        for start in stride(from: 0, to: count, by: block) {
            let images = input(pixels, start..<min(count, start + block), resolution, channels)
            let output = Tape.paused { classifier([images], [weights])[0] }
            let number = min(block, count - start)
            sight.features += output.features.array.prefix(number * shape.dimension)
            sight.logits += output.logits.array.prefix(number * shape.classes)
        }
        return sight
    }

    /// Images of the network's own size in [-1, 1]; zeros behind them up to a whole block.
    private func input(_ pixels: [Float], _ images: Range<Int>, _ resolution: Int, _ channels: Int) -> Tensor {
        let (side, own) = (shape.resolution, shape.imageChannels)
        let factor = resolution / side
        let scale = 1 / (127.5 * Float(factor * factor))
        let view = BufferView(count: block * side * side * own)
        Elementwise.fill(view, with: 0)
        pixels.withUnsafeBufferPointer { pixels in
            view.withUnsafeElements { target in
                Workers.forEach(images.count) { n in
                    let source = (images.lowerBound + n) * resolution * resolution * channels
                    for y in 0..<side {
                        for x in 0..<side {
                            for c in 0..<own {
                                var sum: Float = 0
                                for dy in 0..<factor {
                                    let row = source + ((y * factor + dy) * resolution + x * factor) * channels
                                    for dx in 0..<factor { sum += pixels[row + dx * channels + min(c, channels - 1)] }
                                }
                                target[((n * side + y) * side + x) * own + c] = sum * scale - 1
                            }
                        }
                    }
                }
            }
        }
        return Tensor(view, shape: [block, side, side, own])
    }
}
