import Autodiff
import Kernels
import Models

/// Pixels as a network of one size sees them, in blocks of one size.
struct PixelBlocks {
    let shape: FeatureClassifierShape

    init(_ shape: FeatureClassifierShape) { self.shape = shape }

    /// Images that go through the network together, however many are asked for: kernels choose their ways by that number,
    /// and an image must have the same bits whichever images are beside it.
    var block: Int { max(4, min(32, (1 << 17) / (shape.resolution * shape.resolution))) }

    /// What is wrong with images of this size; nil where the network can look at them.
    func problem(resolution: Int, channels: Int) -> String? {
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

    /// Images of the network's own size in [-1, 1]; zeros behind them up to a whole block.
    func input(_ pixels: [Float], _ images: Range<Int>, _ resolution: Int, _ channels: Int) -> Tensor {
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
