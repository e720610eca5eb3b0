import Cluster

/// What a metric has to be given besides images.
public struct MetricNeeds: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// An extractor of features.
    public static let features = MetricNeeds(rawValue: 1)
    /// One that tells probabilities of classes.
    public static let probabilities = MetricNeeds(rawValue: 2)
    /// Images of latents that lie near each other: generated ones have them, real ones none.
    public static let latentPaths = MetricNeeds(rawValue: 4)
    /// A network that tells the class of every pixel.
    public static let segmenter = MetricNeeds(rawValue: 8)
    /// Label maps of both generated and real images.
    public static let labelMaps = MetricNeeds(rawValue: 16)
}

/// What the metrics of one evaluation share.
public struct MetricContext {
    /// Of all that they draw.
    public let seed: UInt64
    /// Bytes that a metric may keep on a rank, where they suffice.
    public let memory: Int
    /// Nil where no metric needs features.
    public let extractor: (any FeatureExtractor)?
    /// Nil where no metric needs one.
    public let segmenter: SegmenterNetwork?
    /// Seconds that it took, so far.
    public let time = EvaluationTime()
    private let features: FeatureStore?

    /// - Parameters:
    ///   - needs: of all its metrics: what none needs is not kept.
    ///   - cacheFolder: where features of real images are kept from one evaluation to the next; nil for nowhere.
    ///   - note: takes what the user should know, on rank 0.
    public init(
        seed: UInt64, memory: Int, extractor: (any FeatureExtractor)? = nil, segmenter: SegmenterNetwork? = nil,
        needs: MetricNeeds = [.features, .probabilities], cacheFolder: String? = nil,
        note: @escaping (String) -> Void = { _ in }
    ) {
        self.seed = seed
        self.memory = memory
        self.extractor = extractor
        self.segmenter = segmenter
        let time = time
        features = extractor.map { extractor in
            FeatureStore(
                extractor, seed: seed, keepsProbabilities: needs.contains(.probabilities),
                cache: cacheFolder.map { FeatureCache(folder: $0, note: note) }, time: time)
        }
    }

    /// Collective. Finds the features of real images of which other sets are parts: then those have not to be found by
    /// themselves.
    ///
    /// - Throws: as a metric that looks at them.
    public func prepare(_ pool: ImageSource, _ communicator: any Communicator) throws {
        _ = try features?.features(of: pool, communicator)
    }

    /// Gives back the memory of what was kept of generated images, which will not be looked at again.
    public func forgetGenerated() { features?.forgetGenerated() }

    /// What a metric looks at.
    ///
    /// - Throws: ``EvaluationError`` where there is no extractor, or it does not tell what the metric needs.
    func store(for metric: any Metric.Type) throws -> FeatureStore {
        guard let features else {
            throw EvaluationError("\(metric.name): needs features of images, but no features file was given")
        }
        if metric.needs.contains(.probabilities), features.extractor.classes == 0 {
            throw EvaluationError(
                "\(metric.name): needs probabilities of classes, but \(features.extractor.title) tells none; leave it out, "
                    + "or take a features file of classes or of Inception-v3")
        }
        return features
    }
}
