import Failure
import Storage

/// The weights of Inception-v3 in HDF5, as `cluster/convert-inception` makes them of the published file.
///
/// Root attributes `format` ("ganglion-features"), `version` (1), `kind` ("inception-v3"), `source` and `source_sha256`; a
/// dataset of float32 for each of ``InceptionParameters``, named as in the state dict, dots and all, in PyTorch's layout,
/// with its CRC-32 in an attribute `crc32`. What the file ends with, behind HDF5's end, is the seal of checkpoints.
package final class InceptionFile {
    package static let kind = "inception-v3"
    /// Where the weights are published.
    static let published =
        "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth"

    /// Of the file that was converted, and its SHA-256.
    package let source: String
    private let path: String
    private let file: HDF5File
    private let shapes: [String: [Int]]
    private var digest = ArraysDigest()

    /// Opens a file, and checks its seal, and that it has all arrays and no others, in their shapes.
    ///
    /// - Parameter shapes: the arrays to expect.
    /// - Throws: an ``ExitCoded`` error that names the file, what was found and what was expected: 66 where it is missing,
    ///   65 where it is damaged or no such file.
    package init(_ path: String, shapes: [(name: String, shape: [Int])] = InceptionParameters.shapes) throws {
        self.path = path
        guard FileKind(at: path) != nil else {
            throw InceptionFileError(
                path: path,
                reason: "no such file; it would hold the weights of Inception-v3, which do not come with ganglion. "
                    + "Fetch \(Self.published) once, and make it of that: "
                    + "cluster/convert-inception \(Self.published.split(separator: "/").last ?? "") \(path)",
                exitCode: ExitCode.missingInput)
        }
        try FileSeal.check(path)
        file = try HDF5File(reading: path)
        self.shapes = Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0.shape) })
        for (name, expected) in [("format", "ganglion-features"), ("kind", Self.kind)] {
            let found = try file.attribute(name)?.stringValue
            guard found == expected else {
                throw InceptionFileError(
                    path: path,
                    reason: "attribute \(name) is \(found.map { "\"\($0)\"" } ?? "missing"), expected \"\(expected)\"")
            }
        }
        let version = try file.attribute("version")
        guard version?.intValue == 1 else {
            throw InceptionFileError(
                path: path, reason: "format version is \(version.map { "\($0)" } ?? "missing"), expected 1")
        }
        let origin = try file.attribute("source")?.stringValue ?? "unknown source"
        let hash = try file.attribute("source_sha256")?.stringValue
        source = origin + (hash.map { ", sha256 \($0.prefix(8))…" } ?? "")
        let found = try file.datasetPaths()
        if let extra = found.first(where: { self.shapes[$0] == nil }) {
            throw InceptionFileError(path: path, reason: "holds \(extra), which is no array of Inception-v3's")
        }
        let present = Set(found)
        for (name, expected) in shapes {
            guard present.contains(name) else {
                throw InceptionFileError(path: path, reason: "\(name) is missing, expected shape \(expected)")
            }
            let shape = try file.dataset(name).shape
            guard shape == expected else {
                throw InceptionFileError(path: path, reason: "\(name) has shape \(shape), expected \(expected)")
            }
        }
    }

    /// The array of a name.
    ///
    /// - Throws: an ``ExitCoded`` error with code 65 where its checksum does not fit or its numbers cannot be used.
    package func values(_ name: String) throws -> [Float] {
        let shape = shapes[name] ?? []
        let (values, checksum) = try file.checkedFloats(name, shape: shape)
        if let complaint = FiniteNumbers.complaint(of: values) {
            throw InceptionFileError(path: path, reason: "\(name) \(complaint)")
        }
        if name.hasSuffix("running_var"), let negative = values.first(where: { $0 < 0 }) {
            throw InceptionFileError(path: path, reason: "\(name) holds \(negative), expected variances")
        }
        digest.add(path: name, shape: shape, checksum: checksum)
        return values
    }

    /// A hash of all arrays that were asked for.
    package var hash: String { digest.text }
}

/// A file of Inception-v3's weights that is missing or cannot be used.
public struct InceptionFileError: ExitCoded, CustomStringConvertible {
    public let path: String
    /// What was found, and what was expected.
    public let reason: String
    public let exitCode: Int32

    init(path: String, reason: String, exitCode: Int32 = ExitCode.badData) {
        (self.path, self.reason, self.exitCode) = (path, reason, exitCode)
    }

    public var description: String { "\(path): \(reason)" }
}
