import Cluster

/// What a metric says: one of its numbers.
public struct MetricValue: Sendable, Equatable {
    /// Tells it from the metric's other numbers: `16`, `average`; nil where there is one alone.
    public let part: String?
    /// In tables.
    public let label: String
    public let value: Double
    /// That are worth printing.
    public let decimals: Int

    public init(part: String? = nil, label: String, value: Double, decimals: Int) {
        self.part = part
        self.label = label
        self.value = value
        self.decimals = decimals
    }
}

/// Real images that a metric's numbers are read beside.
public struct RealImages {
    public let all: ImageSource
    /// Two sets without a common image.
    public let halves: (ImageSource, ImageSource)

    public init(all: ImageSource, halves: (ImageSource, ImageSource)) {
        self.all = all
        self.halves = halves
    }
}

/// A number, or several, that tell of generated samples. **A new metric is a file that conforms to** ``PictureMetric``
/// **or** ``FieldMetric``, **and a line in** ``Metrics/all`` **or** ``FieldMetrics/all``.
///
/// Its values have the same bits on any number of ranks and threads.
public protocol Metric {
    /// As in `metrics.names`, `--metrics` and the files that hold its values.
    static var name: String { get }

    /// Samples of a set that it is defined for, at least.
    static var least: Int { get }
    /// What it has to be given besides samples.
    static var needs: MetricNeeds { get }

    /// - Throws: ``EvaluationError`` where the context lacks what it ``needs``, on all ranks alike.
    init(_ context: MetricContext) throws

    /// What whoever reads its numbers should know of sets of so many samples. Nothing by default.
    func remarks(images: Int) -> [String]
    /// In a line of a log.
    static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)?
    /// Whether a smaller value is a better one; nil where neither a small nor a large one is good in itself.
    ///
    /// - Parameter part: of the values; nil for the one that ``brief(_:)`` chooses.
    static func lowerIsBetter(_ part: String?) -> Bool?
}

/// A metric of pictures: bytes of one or three channels, square.
public protocol PictureMetric: Metric {
    /// Side of the smallest images that it is defined for.
    static var smallest: Int { get }

    /// Collective. What it says of generated images.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike where the images have no such number.
    func values(of generated: ImageSource, real: ImageSource, communicator: any Communicator) throws -> [MetricValue]
    /// Collective. What it says of real images, and how many of what it took for that.
    func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue]
    /// What ``values(ofReal:communicator:)`` counts, as in JSON, and the images of a set that each number is of.
    func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int)
}

extension Metric {
    /// As distances.
    public static func lowerIsBetter(_ part: String?) -> Bool? { true }
}

extension Metric {
    public static var least: Int { 2 }

    public static var needs: MetricNeeds { [] }

    public func remarks(images: Int) -> [String] { [] }
}

/// All metrics of pictures, by name; those of fields are ``FieldMetrics``.
public enum Metrics {
    public static var all: [any PictureMetric.Type] {
        [
            SlicedWasserstein.self, MultiScaleSimilarity.self, FrechetDistance.self, KernelInceptionDistance.self,
            InceptionScore.self, PrecisionRecall.self, DensityCoverage.self, PerceptualPathLength.self,
            MeanIntersection.self,
        ]
    }

    public static var names: [String] { all.map { $0.name } }

    public static func named(_ name: String) -> (any PictureMetric.Type)? { all.first { $0.name == name } }

    /// A metric of pictures or of fields.
    public static func ofAny(_ name: String) -> (any Metric.Type)? { named(name) ?? FieldMetrics.named(name) }

    /// `swd/16`
    public static func key(_ metric: String, _ value: MetricValue) -> String {
        value.part.map { "\(metric)/\($0)" } ?? metric
    }
}
