import Kernels

/// Inception-v3's features, with which FID is defined (arXiv 1706.08500), and its probabilities of 1008 classes, with which
/// the Inception score is (arXiv 1606.03498).
public final class InceptionFeatures: FeatureExtractor {
    public let name: String
    public let title: String
    public let identity: String
    public let dimension = InceptionParameters.features
    public let classes = InceptionParameters.classes

    private let path: String
    private let resize: InceptionResize
    private let network: InceptionNetwork

    /// Images that go through the network together: what they leave in memory between layers is some 10 MB each.
    private static let chunk = 8

    /// Reads the weights, which takes 100 MB of memory.
    ///
    /// - Parameter path: a file that `cluster/convert-inception` made.
    /// - Throws: an ``ExitCoded`` error that names the file, what was found and what was expected: 66 where it is missing,
    ///   with what to fetch, 65 where it is damaged or no such file.
    public init(path: String, resize: InceptionResize) throws {
        let file = try InceptionFile(path)
        network = try InceptionNetwork { try file.values($0) }
        self.path = path
        self.resize = resize
        name = "inception-" + resize.rawValue
        title =
            "Inception-v3 (\(file.source)), images resized as in \(resize == .pytorch ? "pytorch-fid" : "TensorFlow")"
        identity = "\(InceptionFile.kind) \(file.hash) \(resize.rawValue)"
    }

    public func check(resolution: Int, channels: Int) throws {
        guard channels == 1 || channels == 3 else {
            throw EvaluationError("\(path): Inception-v3 takes images of 1 or 3 channels, not of \(channels)")
        }
        guard resolution > 0 else {
            throw EvaluationError("\(path): Inception-v3 takes images of one pixel or more, not of \(resolution)²")
        }
    }

    public func features(
        of pixels: [Float], count: Int, resolution: Int, channels: Int
    ) throws -> ExtractedFeatures {
        try check(resolution: resolution, channels: channels)
        let size = resolution * resolution * channels
        precondition(pixels.count == count * size, "InceptionFeatures: \(pixels.count) values for \(count) images")
        var features: [Float] = []
        var scores: [Float] = []
        features.reserveCapacity(count * dimension)
        scores.reserveCapacity(count * classes)
        for first in stride(from: 0, to: count, by: Self.chunk) {
            let images = min(Self.chunk, count - first)
            let inputs = resize.inputs(
                of: BufferView(Array(pixels[first * size..<(first + images) * size])), count: images,
                height: resolution, width: resolution, channels: channels)
            let output = network.output(of: inputs, count: images)
            features += output.features
            scores += output.scores
        }
        return ExtractedFeatures(features: features, probabilities: InceptionNetwork.probabilities(scores))
    }
}
