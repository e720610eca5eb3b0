import Evaluation
import Failure
import Storage

/// `--features` and what goes with it: whose features metrics look at.
public struct FeaturesOption: Sendable {
    /// A features file; nil for ``name`` in the data folder, where there is one.
    private let file: String?
    private let resize: InceptionResize
    /// Whether features that were learned from another data set will do.
    private let any: Bool

    /// Whether a file was named.
    var isNamed: Bool { file != nil }

    /// The name of a features file in a data folder.
    public static let name = "features.h5"

    public static var resizes: [String] { InceptionResize.allCases.map(\.rawValue) }

    /// - Throws: ``UsageError``.
    public init(file: String?, resize: String, any: Bool) throws(UsageError) {
        guard let resize = InceptionResize(rawValue: resize) else {
            throw UsageError("--resize: found '\(resize)', expected \(Self.resizes.joined(separator: " or "))")
        }
        (self.file, self.resize, self.any) = (file, resize, any)
    }

    /// The features file of an evaluation on this data set; nil where there is none.
    func path(data: String) -> String? {
        if let file { return file }
        let path = data + (data.hasSuffix("/") ? "" : "/") + Self.name
        return FileKind(at: path) == nil ? nil : path
    }

    /// The extractor that a file holds, with what the user should know of it.
    ///
    /// - Throws: errors that name the file and what is wrong with it.
    ///
    /// - Parameter flag: by which features of another data set are allowed.
    func extractor(
        _ path: String, data: String, datasetID: String, flag: String = "--any-features"
    ) throws -> (any FeatureExtractor, notes: [String]) {
        let extractor = try FeatureFile.extractor(path, resize: resize)
        guard let learned = extractor as? LearnedFeatures, learned.datasetID != datasetID else {
            return (extractor, [])
        }
        let found =
            "\(path): its features were learned from data set \(learned.datasetID), but \(data) is \(datasetID)"
        guard any else {
            throw FeatureFileError(
                path: path,
                reason: "its features were learned from data set \(learned.datasetID), but \(data) is \(datasetID): "
                    + "distances in them say less of other images. Make its own with `ganglion features train`, or allow "
                    + "these with \(flag)")
        }
        return (extractor, [found])
    }
}

/// Fewer images than a metric is defined for.
public struct TooFewImages: ExitCoded, CustomStringConvertible {
    public let description: String
    public let exitCode = ExitCode.badData
}

/// Features that are asked for, where there are none.
public struct MissingFeatures: ExitCoded, CustomStringConvertible {
    public let description: String
    public let exitCode = ExitCode.missingInput

    init(metrics: [String], data: String) {
        self.init(asked: "--metrics \(metrics.joined(separator: ",")): found no --features", data: data)
    }

    /// - Parameter asked: what needs features, and where none were named.
    init(asked: String, data: String) {
        description =
            "\(asked), and no \(FeaturesOption.name) in \(data); "
            + "expected a features file: `ganglion features train --data \(data)` makes one of the data set's own, "
            + "cluster/convert-inception one of Inception-v3's published weights"
    }
}
