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

/// A number, or several, that tell of generated images. **A new metric is a file that conforms, and a line in**
/// ``Metrics/all``.
///
/// Its values have the same bits on any number of ranks and threads.
public protocol Metric: Sendable {
    /// As in `snapshot.metrics`, `--metrics` and the files that hold its values.
    static var name: String { get }
    /// Side of the smallest images that it is defined for.
    static var smallest: Int { get }

    /// - Parameters:
    ///   - seed: of all that it draws.
    ///   - memory: bytes that a rank may keep, where they suffice.
    init(seed: UInt64, memory: Int)

    /// Collective. What it says of generated images.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike where the images have no such number.
    func values(of generated: ImageSource, real: ImageSource, communicator: any Communicator) throws -> [MetricValue]
    /// Collective. What it says of real images, and how many of what it took for that.
    func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue]
    /// What ``values(ofReal:communicator:)`` counts, as in JSON, and the images of a set that each number is of.
    func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int)
    /// In a line of a log.
    static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)?
}

/// All metrics, by name.
public enum Metrics {
    public static let all: [any Metric.Type] = [SlicedWasserstein.self, MultiScaleSimilarity.self]

    public static var names: [String] { all.map { $0.name } }

    public static func named(_ name: String) -> (any Metric.Type)? { all.first { $0.name == name } }

    /// `swd/16`
    public static func key(_ metric: String, _ value: MetricValue) -> String {
        value.part.map { "\(metric)/\($0)" } ?? metric
    }
}

extension SlicedWasserstein: Metric {
    public static let name = "swd"

    public func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        Self.values(try distance(real: real, fake: generated, communicator: communicator))
    }

    /// The floor: real images from real ones.
    public func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        Self.values(try distance(real: real.halves.0, fake: real.halves.1, communicator: communicator))
    }

    public func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        ("real_images", real.halves.0.count, real.halves.0.count)
    }

    private static func values(_ result: SlicedWassersteinResult) -> [MetricValue] {
        result.levels.map {
            MetricValue(part: "\($0.side)", label: "SWD ×10³, \($0.side)", value: $0.distance, decimals: 3)
        } + [MetricValue(part: average, label: "SWD ×10³, average", value: result.average, decimals: 3)]
    }

    private static let average = "average"

    public static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first { $0.part == average }.map { ("SWD", $0.value, 2) }
    }
}

extension MultiScaleSimilarity: Metric {
    public static let name = "msssim"

    /// - Parameter memory: it keeps a chunk of images, whatever their number.
    public init(seed: UInt64, memory: Int) { self.init(seed: seed) }

    public func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        try values(generated, communicator)
    }

    public func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        try values(real.all, communicator)
    }

    public func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        ("pairs", real.all.count / 2, real.all.count)
    }

    private func values(_ source: ImageSource, _ communicator: any Communicator) throws -> [MetricValue] {
        [MetricValue(label: "MS-SSIM", value: try mean(of: source, communicator: communicator), decimals: 4)]
    }

    public static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ("MS-SSIM", $0.value, 4) }
    }
}
