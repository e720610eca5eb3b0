extension Configuration {
    /// What is measured of the averaged generator while it trains, and what follows from it.
    public struct MetricChoice: Equatable, Sendable {
        /// By name; none for no measuring.
        public var names: [String] = []
        /// Samples, and images of the data set, that the metrics compare.
        public var images = 2048
        /// Thousands of images from one measuring to the next; nil for one with each sheet of samples.
        public var everyKimg: Double?
        /// The value by which the best checkpoint is told, such as `swd` or `pr/classifier/precision`; nil for none.
        public var best: String?
        /// Thousands of images without a better value after which a run ends; nil for never.
        public var patienceKimg: Double?
        /// Path of the network in whose features metrics look at images; auto for the one in the folder of the data set.
        public var features: Auto<String> = .auto
        /// Whether features that were learned from another data set will do.
        public var anyFeatures = false
        /// How Inception-v3 resizes and scales images.
        public var resize = ResizeChoice.pytorch

        public init() {}
    }

    static let metricKeys: [Key] = [
        Key(
            "metrics.names", \.metrics.names, .names(of: "metrics"),
            "what is measured of the averaged generator, such as swd, msssim, fid"),
        Key(
            "metrics.images", \.metrics.images, .integer(2...10_000_000),
            "samples, and images of the data set, that the metrics take"),
        Key(
            "metrics.every_kimg", \.metrics.everyKimg, .optional(.kimg),
            "thousands of images between measurings; none for one with each sheet of samples"),
        Key(
            "metrics.best", \.metrics.best, .optional(.metricKey),
            "the value by which checkpoints/best is told, as metrics.jsonl names it, or a metric for the one that the log tells"
        ),
        Key(
            "metrics.patience_kimg", \.metrics.patienceKimg, .optional(.kimg),
            "thousands of images without a better value of metrics.best after which the run ends"),
        Key(
            "metrics.features", \.metrics.features, .auto(.path),
            "file of the network in whose features fid and its kin compare; auto for features.h5 in the data folder"),
        Key("metrics.any_features", \.metrics.anyFeatures, .flag, "take features of another data set, too"),
        Key("metrics.resize", \.metrics.resize, .choice, "whose resize and scaling Inception-v3 takes"),
    ]
}

extension Configuration {
    /// Thousands of images between measurings.
    public var measuringKimg: Double { metrics.everyKimg ?? snapshot.everyKimg }
}

/// How images become the input of Inception-v3: the features differ, and distances with them.
public enum ResizeChoice: String, Choice {
    /// As the published FIDs of PyTorch codes.
    case pytorch
    /// As the original graph, and the StyleGAN papers.
    case tensorflow
}

extension Domain where Value == String {
    /// The name of a metric or of one of its values.
    static let metricKey = Domain(
        type: "word", allowed: "a value of metrics.jsonl such as swd/average, or a metric of metrics.names",
        parse: { text throws(ValueProblem) in
            // Parts of fields' metrics are their channels' names, which may be of any letters and 200 bytes long.
            let name = text.prefix { $0 != "/" }
            let isName = name.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("0"..."9").contains($0) || "_-".unicodeScalars.contains($0)
            }
            let isPart = text.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0.value >= 32 && $0.value != 127
            }
            guard isName, isPart, !name.isEmpty, text.utf8.count <= 300 else { throw .outOfRange }
            return text
        },
        write: { $0 })

    /// Any text but an empty one.
    static let path = Domain(
        type: "text", allowed: "a path",
        parse: { text throws(ValueProblem) in
            guard !text.isEmpty else { throw .outOfRange }
            return text
        },
        write: { $0 })
}
