import Cluster
import Storage

/// A metric of fields: any numbers of any channels, in physical units, of any height and width.
public protocol FieldMetric: Metric {
    /// Why it says nothing of such samples; nil where it does.
    static func problem(height: Int, width: Int, channels: Int) -> String?

    /// Collective. What it says of generated fields.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike where the fields have no such number, or hold what is not finite.
    func values(of generated: FieldSource, real: FieldSource, communicator: any Communicator) throws -> [MetricValue]
    /// Collective. What it says of real fields: the floor.
    func values(ofReal real: RealFields, communicator: any Communicator) throws -> [MetricValue]
    /// What ``values(ofReal:communicator:)`` counts, as in JSON, and the samples of a set that each number is of.
    func counts(ofReal real: RealFields) -> (name: String, count: Int, images: Int)
}

extension FieldMetric {
    public static func problem(height: Int, width: Int, channels: Int) -> String? { nil }

    /// The number of two sets without a common sample.
    public func values(ofReal real: RealFields, communicator: any Communicator) throws -> [MetricValue] {
        try values(of: real.halves.1, real: real.halves.0, communicator: communicator)
    }

    public func counts(ofReal real: RealFields) -> (name: String, count: Int, images: Int) {
        ("real_samples", real.halves.0.count, real.halves.0.count)
    }

    /// The value called `average`, where there is one.
    public static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.last { $0.part == FieldParts.average }.map { (name, $0.value, $0.decimals) }
    }

    /// - Throws: ``EvaluationError`` where two sets cannot be compared.
    static func check(_ real: FieldSource, _ generated: FieldSource) throws {
        func text(_ set: FieldSource) -> String { "\(set.count) \(set.name) samples of \(set.sizeText)" }
        guard real.height == generated.height, real.width == generated.width,
            real.channels.count == generated.channels.count
        else {
            throw EvaluationError(
                "\(name): found \(text(real)) and \(text(generated)), expected samples of one size")
        }
        for set in [real, generated] where set.count < least {
            throw EvaluationError("\(name): found \(text(set)), expected \(least) or more of each set")
        }
        if let problem = problem(height: real.height, width: real.width, channels: real.channels.count) {
            throw EvaluationError("\(name): \(problem)")
        }
    }
}

/// All metrics of fields, by name; those of pictures are ``Metrics``.
public enum FieldMetrics {
    public static var all: [any FieldMetric.Type] {
        [
            SpectrumDistance.self, HistogramDistance.self, TwoPointDistance.self, MomentDistance.self,
            CorrelationDistance.self, SeamRatio.self,
        ]
    }

    public static var names: [String] { all.map { $0.name } }

    public static func named(_ name: String) -> (any FieldMetric.Type)? { all.first { $0.name == name } }

    /// Why a metric of pictures is none of fields.
    ///
    /// - Parameter name: of one of ``Metrics/all``.
    public static func reasonAgainst(_ name: String) -> String {
        let metric = Metrics.named(name)
        let reason =
            metric?.needs.contains(.features) == true
            ? "looks at pictures through a network that was trained on pictures, whose features say nothing of physical fields"
            : "is defined by the bytes of pictures (0 to 255, square, a power of two wide)"
        return "\(name) \(reason); of fields there are \(names.joined(separator: ", "))"
    }

    /// Why a metric of fields is none of pictures.
    public static func reasonAgainstPictures(_ name: String) -> String {
        "\(name) is a metric of fields, and these samples are pictures; of pictures there are "
            + Metrics.names.joined(separator: ", ")
    }
}

/// What the parts of a metric's values are called.
enum FieldParts {
    static let average = "average"

    /// A channel's name, where it tells it from the others and from the other parts; else its number.
    static func names(_ channels: [SampleFormat.Channel], reserved: Set<String> = [average]) -> [String] {
        let plain = channels.map { String($0.name.map { $0 == "/" || $0.isWhitespace ? "_" : $0 }) }
        return plain.enumerated().map { index, name in
            let isAlone = plain.count { $0 == name } == 1
            return isAlone && !name.isEmpty && !reserved.contains(name) ? name : "channel_\(index)"
        }
    }

    /// A distance of each channel, and their mean.
    ///
    /// - Parameter others: parts that the metric has besides.
    static func values(
        _ metric: String, _ channels: [SampleFormat.Channel], _ distances: [Double], decimals: Int,
        others: Set<String> = []
    ) -> [MetricValue] {
        zip(names(channels, reserved: others.union([average])), distances).map {
            MetricValue(part: $0, label: "\(metric), \($0)", value: $1, decimals: decimals)
        } + [
            MetricValue(
                part: average, label: "\(metric), \(average)",
                value: distances.reduce(0, +) / Double(max(1, distances.count)), decimals: decimals)
        ]
    }
}
