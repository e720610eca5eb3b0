import Autodiff
import Kernels
import Layers
import Models

/// A segmenter at work: the class of every pixel, each image by itself.
public final class SegmenterNetwork {
    public let segmenter: Segmenter
    public let parameters: Parameters
    public var shape: FeatureClassifierShape { segmenter.shape }
    /// A class of label maps that it has not learned, as it is no class of any; nil where it knows all.
    public let ignored: Int?

    /// - Parameters:
    ///   - parameters: those of the segmenter.
    ///   - ignored: see ``ignored``.
    public init(_ segmenter: Segmenter, _ parameters: Parameters, ignored: Int? = nil) {
        self.segmenter = segmenter
        self.parameters = parameters
        self.ignored = ignored
    }

    private var pixels: PixelBlocks { PixelBlocks(shape) }

    /// What is wrong with images of this size; nil where the network can look at them: of its own size, or larger powers of
    /// two, which are reduced by the means of whole blocks of pixels.
    public func problem(resolution: Int, channels: Int) -> String? {
        pixels.problem(resolution: resolution, channels: channels)
    }

    /// Looks at images that ``problem(resolution:channels:)`` has nothing against.
    ///
    /// - Parameters:
    ///   - values: [N, H, W, C], pixels of 0…255.
    ///   - leavingOut: a class that is never told, as it is no class of any; nil for the one that it has not learned.
    /// - Returns: the class of the highest score, the first of equal ones, at each pixel of the network's own size: uint8
    ///   [N, side, side].
    public func classes(of values: [Float], count: Int, resolution: Int, channels: Int, leavingOut: Int? = nil)
        -> [UInt8]
    {
        precondition(
            problem(resolution: resolution, channels: channels) == nil
                && values.count == count * resolution * resolution * channels,
            "segmenter: \(values.count) pixels for \(count) images of \(resolution)×\(resolution)×\(channels)")
        let (classes, area, block) = (shape.classes, shape.resolution * shape.resolution, pixels.block)
        var found = [UInt8](repeating: 0, count: count * area)
        let weights = parameters.weights(differentiable: false)
        for start in stride(from: 0, to: count, by: block) {
            let images = pixels.input(values, start..<min(count, start + block), resolution, channels)
            let scores = Tape.paused { segmenter([images], [weights])[0].array }
            for pixel in 0..<min(block, count - start) * area {
                let own = scores[pixel * classes..<(pixel + 1) * classes]
                found[start * area + pixel] = UInt8(Self.best(own, ignored: leavingOut ?? ignored))
            }
        }
        return found
    }

    /// The class of the highest of a pixel's scores, the first of equal ones.
    ///
    /// - Parameter ignored: a class that is never told.
    package static func best(_ scores: ArraySlice<Float>, ignored: Int?) -> Int {
        var best = ignored == 0 && scores.count > 1 ? 1 : 0
        let first = scores.startIndex
        for own in 0..<scores.count where own != ignored && scores[first + own] > scores[first + best] { best = own }
        return best
    }
}
