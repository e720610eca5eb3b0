import Foundation
import Reporting
import Storage

/// What a dataset holds, printed, and checked where that is asked for.
public struct DatasetInfoSession: Sendable {
    private let folder: String
    private let preview: String?
    private let verify: Bool

    /// - Parameters:
    ///   - folder: of the shards.
    ///   - preview: PNG file for 64 of the images.
    ///   - verify: read everything and compare it with its checksums.
    public init(folder: String, preview: String?, verify: Bool) {
        self.folder = folder
        self.preview = preview
        self.verify = verify
    }

    /// Prints it.
    ///
    /// - Throws: ``DatasetError``, among others where checksums are wrong.
    public func run() throws {
        let dataset = try Dataset(folder)
        let description = dataset.description
        let side = description.resolution
        var table = [
            ("folder", folder), ("dataset", dataset.id), ("images", "\(dataset.count)"),
            ("size", "\(side)x\(side), \(description.channels == 1 ? "grey" : "colour")"),
            ("shards", "\(dataset.shardCount)"),
            ("labels", description.classes > 0 ? "\(description.classes) classes" : "none"),
            ("semantic", description.semanticClasses > 0 ? "\(description.semanticClasses) values" : "none"),
        ]
        let names = description.classNames
        if let labels = dataset.labels, description.classes <= (names.isEmpty ? 20 : 100) {
            var counts = [Int](repeating: 0, count: description.classes)
            for label in labels { counts[Int(label)] += 1 }
            table.append(
                names.isEmpty
                    ? ("per class", counts.map { "\($0)" }.joined(separator: " "))
                    : ("per class", zip(names, counts).map { "\($0) \($1)" }.joined(separator: ", ")))
        }
        for (name, value) in table {
            printLine(name.padding(toLength: 11, withPad: " ", startingAt: 0) + value)
        }
        if let preview {
            try writePreview(of: dataset, to: preview)
            printLine("preview".padding(toLength: 11, withPad: " ", startingAt: 0) + preview)
        }
        if verify { try check(dataset) }
    }

    /// Rows from all over the dataset; their semantic maps stand in a second grid to the right.
    private func writePreview(of dataset: Dataset, to path: String) throws {
        let description = dataset.description
        let side = description.resolution
        let count = min(64, dataset.count)
        let rows = try dataset.read(rows: (0..<count).map { $0 * dataset.count / count })
        let images = ImageGrid.make(
            rows.images, count: count, height: side, width: side, channels: description.channels, columns: 8)
        guard let maps = rows.semantic else { return try ImageFile.write(images, to: path) }
        let colors = ImageGrid.make(
            ImageGrid.colors(ofSemantic: maps), count: count, height: side, width: side, channels: 3, columns: 8)
        var both = RasterImage(
            height: images.height, width: 2 * images.width + side / 4, channels: 3, filledWith: 255)
        both.paste(images.converted(toChannels: 3), top: 0, left: 0)
        both.paste(colors, top: 0, left: images.width + side / 4)
        try ImageFile.write(both, to: path)
    }

    private func check(_ dataset: Dataset) throws {
        let start = Date()
        var line = CountingLine("verifying", total: dataset.count)
        let faults = dataset.verify { line.show($0) }
        line.clear()
        guard faults.isEmpty else {
            throw DatasetError.badData(
                "\(folder): \(faults.count) faults", details: faults.prefix(50).map { "\($0)" })
        }
        printLine(
            "verify".padding(toLength: 11, withPad: " ", startingAt: 0)
                + "every checksum is right (\(secondsText(since: start)))")
    }
}
