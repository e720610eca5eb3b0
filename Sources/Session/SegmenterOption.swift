import Evaluation
import Failure
import Reporting
import Storage

/// `--segmenter`: what tells the classes of images' pixels, for ``MeanIntersection``.
public struct SegmenterOption: Sendable {
    /// A file of `ganglion features train --maps`; nil for ``name`` in the data folder, where there is one.
    private let file: String?

    /// The name of a segmenter's file in a data folder.
    public static let name = "segmenter.h5"

    public init(file: String?) { self.file = file }

    /// Whether a file was named.
    var isNamed: Bool { file != nil }

    /// The file for an evaluation on this data set; nil where there is none.
    func path(data: String) -> String? {
        if let file { return file }
        let path = data + (data.hasSuffix("/") ? "" : "/") + Self.name
        return FileKind(at: path) == nil ? nil : path
    }

    /// What is known of a segmenter, in a line.
    static func title(_ file: LearnedFeaturesFile) -> String {
        "segmenter of \(file.shape.classes) classes\(file.ignoredClass.map { ", of which \($0) does not count" } ?? ""), trained on data set \(file.datasetID), mIoU "
            + "\(NumberText.fixed(file.heldOutIntersection ?? 0, 3)) on held-out images; looks at "
            + "\(file.shape.resolution)×\(file.shape.resolution), larger images are reduced by means of their pixels"
    }
}

/// A segmenter's file, opened.
struct OpenedSegmenter {
    let network: SegmenterNetwork
    let path: String
    /// A hash of all weights, and of what it has not learned.
    let identity: String
    /// What the user should know.
    let notes: [String]

    /// - Parameter classes: of the data set's label maps.
    /// - Throws: errors that name the file and what is wrong with it: 65 where it was not made for such images and maps.
    init(_ path: String, data: String, datasetID: String, sets: EvaluatedSets, classes: Int) throws {
        let (file, network, hash) = try LearnedFeaturesFile.readSegmenter(path)
        guard file.shape.classes == classes else {
            throw FeatureFileError(
                path: path,
                reason:
                    "tells \(file.shape.classes) classes, but the label maps of \(data) have \(classes); expected a "
                    + "segmenter of this data set: `ganglion features train --maps --data \(data)` makes one")
        }
        if let problem = network.problem(resolution: sets.resolution, channels: sets.channels) {
            throw FeatureFileError(path: path, reason: "the segmenter \(problem)")
        }
        (self.network, self.path) = (network, path)
        identity = file.ignoredClass.map { "\(hash) without \($0)" } ?? hash
        notes =
            ["segmenter: \(SegmenterOption.title(file)) (\(path))"]
            + (file.datasetID == datasetID
                ? []
                : ["\(path): was trained on data set \(file.datasetID), but \(data) is \(datasetID)"])
            + [try Self.difference(file, path, sets)].compactMap { $0 }
    }

    /// What is said where the run and the segmenter do not have the same classes; nil where they do, and of a run that has
    /// none.
    private static func difference(_ file: LearnedFeaturesFile, _ path: String, _ sets: EvaluatedSets) throws -> String?
    {
        guard sets.file.conditionClasses > 0, try sets.file.ignoredClass != file.ignoredClass else { return nil }
        let name = MeanIntersection.name
        return file.ignoredClass == nil
            ? "\(path): has learned class 0 as a class, which it is not in the run of \(sets.file.path) (data.dont_care=true): "
                + "\(name) leaves it out; `ganglion features train --maps --dont-care` makes a segmenter that never learned it"
            : "\(path): has not learned class 0 (--dont-care), which is a class in the run of \(sets.file.path) "
                + "(data.dont_care=false): \(name) leaves it out; `ganglion features train --maps` makes a segmenter that "
                + "knows it"
    }
}

/// mIoU that is asked for, where there is nothing to find it with.
struct MissingSegmenter: ExitCoded, CustomStringConvertible {
    let description: String
    let exitCode = ExitCode.missingInput

    init(data: String) {
        description =
            "--metrics \(MeanIntersection.name): found no --segmenter, and no \(SegmenterOption.name) in \(data); expected a "
            + "segmenter: `ganglion features train --maps --data \(data)` makes one"
    }
}
