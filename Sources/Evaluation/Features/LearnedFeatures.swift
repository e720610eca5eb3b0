import Autodiff

/// Features of one's own: those of a small classifier that `ganglion features train` has trained.
///
/// Images larger than the network's own are reduced by means of their pixels; smaller ones are refused. The features are the
/// means of the last feature maps, before the dense layer.
public final class LearnedFeatures: FeatureExtractor {
    public let name: String
    public let identity: String
    public let dimension: Int
    /// Those of the data set; 0 where it has learned by rotation: how an image lies is no class of images.
    public let classes: Int
    /// Of the data set that it was trained on: distances of other images say less.
    public let datasetID: String
    /// All that the file says.
    public let file: LearnedFeaturesFile
    private let path: String
    private let network: FeatureNetwork

    /// - Throws: an ``ExitCoded`` error that names the file, what was found and what was expected.
    public init(path: String) throws {
        let read = try LearnedFeaturesFile.read(path)
        self.path = path
        (file, network) = (read.file, read.network)
        name = file.task.rawValue
        // The rule by which images come to the network's size stands behind the weights.
        identity = "\(name)-\(read.hash)-means"
        dimension = file.shape.dimension
        classes = file.task == .classifier ? file.shape.classes : 0
        datasetID = file.datasetID
    }

    public var title: String {
        let learned =
            switch file.task {
            case .classifier: "classifier of \(file.shape.classes) classes"
            case .rotation: "network that tells quarter turns"
            case .segmenter: "segmenter of \(file.shape.classes) classes"
            }
        let right = (file.accuracy * 1000).rounded() / 10
        return
            "\(learned), trained on data set \(datasetID), \(right) % of \(file.heldOut) held-out images right; looks at "
            + "\(file.shape.resolution)×\(file.shape.resolution), larger images are reduced by means of their pixels"
    }

    public func check(resolution: Int, channels: Int) throws {
        if let problem = network.problem(resolution: resolution, channels: channels) {
            throw EvaluationError("\(path): the network \(problem)")
        }
    }

    public func features(of pixels: [Float], count: Int, resolution: Int, channels: Int) throws -> ExtractedFeatures {
        try check(resolution: resolution, channels: channels)
        let sight = network.look(at: pixels, count: count, resolution: resolution, channels: channels)
        return ExtractedFeatures(
            features: sight.features, probabilities: classes == 0 ? [] : Self.softmax(sight.logits, classes))
    }

    /// The feature maps on the way, [N, h, w, C] each, through which gradients reach the images.
    ///
    /// - Parameter images: [N, H, W, C] in [-1, 1], of a size and channels that ``check(resolution:channels:)`` allows.
    public func maps(of images: Tensor) -> [Tensor] { network.maps(of: images) }

    /// - Parameter logits: [N, classes]
    private static func softmax(_ logits: [Float], _ classes: Int) -> [Float] {
        guard !logits.isEmpty else { return [] }
        var shifted = logits
        for start in stride(from: 0, to: logits.count, by: classes) {
            let largest = logits[start..<start + classes].max() ?? 0
            for i in start..<start + classes { shifted[i] -= largest }
        }
        var powers = Tape.paused { Tensor(shifted, shape: [shifted.count]).exponential().array }
        for start in stride(from: 0, to: logits.count, by: classes) {
            let sum = powers[start..<start + classes].reduce(0, +)
            for i in start..<start + classes { powers[i] /= sum }
        }
        return powers
    }
}
