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
}

/// What the metrics of one evaluation share.
public struct MetricContext {
    /// Of all that they draw.
    public let seed: UInt64
    /// Bytes that a metric may keep on a rank, where they suffice.
    public let memory: Int
    /// Nil where no metric needs features.
    public let extractor: (any FeatureExtractor)?
    /// Where features of real images are kept from one evaluation to the next; nil for nowhere.
    public let cacheFolder: String?
    /// Takes what the user should know, on rank 0.
    let note: (String) -> Void

    public init(
        seed: UInt64, memory: Int, extractor: (any FeatureExtractor)? = nil, cacheFolder: String? = nil,
        note: @escaping (String) -> Void = { _ in }
    ) {
        self.seed = seed
        self.memory = memory
        self.extractor = extractor
        self.cacheFolder = cacheFolder
        self.note = note
    }
}
