import Failure
import Storage

/// A file that holds a network whose features metrics look at. Its root attributes tell of which kind: `format` is
/// "ganglion-features", `version` 1, `kind` one of ``Kind``.
public enum FeatureFile {
    public static let format = "ganglion-features"
    public static let version = 1

    /// Networks that a file may hold.
    public enum Kind: String, CaseIterable, Sendable {
        /// Inception-v3 with published weights.
        case inception = "inception-v3"
        /// Trained by `ganglion features train` on classes.
        case classifier
        /// Trained by `ganglion features train` on rotations.
        case rotation
        /// Trained by `ganglion features train --maps` on label maps.
        case segmenter
    }

    /// The extractor that a file holds.
    ///
    /// - Parameter resize: of Inception; others take images as they are.
    /// - Throws: an ``ExitCoded`` error that names the file: 66 where it is missing, 65 where it is no such file, damaged,
    ///   or of another version.
    public static func extractor(_ path: String, resize: InceptionResize) throws -> any FeatureExtractor {
        switch try kind(of: path) {
        case .inception: try InceptionFeatures(path: path, resize: resize)
        case .classifier, .rotation: try LearnedFeatures(path: path)
        case .segmenter:
            throw FeatureFileError(
                path: path,
                reason:
                    "holds a segmenter, which has no features to compare: it is for miou (--segmenter); expected a file of "
                    + "`ganglion features train` without --maps, or of cluster/convert-inception")
        }
    }

    /// The kind that a file states, once its seal, where it has one, is found sound.
    public static func kind(of path: String) throws -> Kind {
        try FileSeal.check(path)
        let file = try HDF5File(reading: path)
        let found = try file.attribute("format")?.stringValue
        guard found == format else {
            throw FeatureFileError(
                path: path,
                reason: "attribute format is \(found.map { "\"\($0)\"" } ?? "missing"), expected \"\(format)\": "
                    + "a file of `ganglion features train` or of cluster/convert-inception")
        }
        let number = try file.attribute("version")?.intValue
        guard number == version else {
            throw FeatureFileError(
                path: path,
                reason: "is of format version \(number.map { "\($0)" } ?? "missing"), but this ganglion reads only "
                    + "version \(version)")
        }
        let name = try file.attribute("kind")?.stringValue
        guard let kind = name.flatMap(Kind.init(rawValue:)) else {
            let known = Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw FeatureFileError(
                path: path,
                reason: "attribute kind is \(name.map { "\"\($0)\"" } ?? "missing"), expected one of \(known)")
        }
        return kind
    }
}

/// A features file that cannot be used.
public struct FeatureFileError: ExitCoded, CustomStringConvertible {
    public let path: String
    /// What was found, and what was expected.
    public let reason: String
    public let exitCode = ExitCode.badData

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}
