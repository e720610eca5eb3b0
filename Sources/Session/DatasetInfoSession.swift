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
    ///   - preview: PNG file for 64 of the images; of a dataset with labels for 8 of each class. Samples that are no pictures
    ///     are shown by a colour map, their channels side by side.
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
            ("folder", folder), ("dataset", dataset.id),
            (description.isPicture ? "images" : "samples", "\(dataset.count)"),
        ]
        table += description.isPicture ? [] : DatasetText.samples(description.format)
        if description.isPicture {
            table.append(("size", "\(side)x\(side), \(description.channels == 1 ? "grey" : "colour")"))
        }
        table += [
            ("shards", "\(dataset.shardCount)"),
            ("labels", description.classes > 0 ? "\(description.classes) classes" : "none"),
            (
                "semantic",
                description.semanticClasses > 0
                    ? "\(description.semanticClasses) values" + Self.text(names: description.semanticNames) : "none"
            ),
        ]
        table += DatasetText.beside(description)
        if description.classes > 0 {
            table.append(("per class", Self.text(counts: dataset.classCounts, names: description.classNames)))
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

    private static func text(names: [String]) -> String {
        guard !names.isEmpty else { return "" }
        return " (\(names.prefix(mostCounts).joined(separator: ", "))\(names.count > mostCounts ? ", …" : ""))"
    }

    /// Images of each class: all counts where a line has room for them, else the extremes.
    private static func text(counts: [Int], names: [String]) -> String {
        guard counts.count > mostCounts else {
            return names.isEmpty
                ? counts.map { "\($0)" }.joined(separator: " ")
                : zip(names, counts).map { "\($0) \($1)" }.joined(separator: ", ")
        }
        func first(_ count: Int?) -> String {
            let place = counts.firstIndex { $0 == count } ?? 0
            return "\(counts[place]) (\(names.isEmpty ? "class \(place)" : names[place]))"
        }
        let empty = counts.count { $0 == 0 }
        return "\(first(counts.min())) to \(first(counts.max())), \(counts.reduce(0, +)) in all"
            + (empty == 0 ? "" : "; \(empty) \(empty == 1 ? "class has" : "classes have") none")
    }

    private static let mostCounts = 20

    /// Images from all over the dataset, with labels a class a row; their semantic maps, and what pictures are made from,
    /// stand in further grids to the right.
    private func writePreview(of dataset: Dataset, to path: String) throws {
        let description = dataset.description
        let side = description.resolution
        let classes = dataset.classCounts.enumerated().filter { $0.element > 0 }.map(\.offset)
        let most = description.isPicture ? Int.max - 7 : Self.mostCells(of: description.format)
        let shown = min(classes.count, max(8, min(64, 8192 / description.height)), (most + 7) / 8)
        let few = min(64, most, dataset.count)
        let cells =
            classes.isEmpty
            ? (0..<few).map { $0 * dataset.count / few }
            : dataset.cells(
                ofClasses: (0..<shown).map { classes[$0 * classes.count / shown] }, columns: 8, isSpread: true)
        let count = cells.count
        let images: RasterImage
        // Of all cells, or of those that are filled.
        let semantic: [UInt8]?
        var conditions: RasterImage?
        if description.isPicture, let condition = description.imageCondition {
            let pairs = try PairPreview(of: dataset, condition, cells: cells, columns: 8)
            (images, semantic, conditions) = (pairs.images, pairs.semantic, pairs.conditions)
        } else if description.isPicture {
            let rows = try dataset.read(cells: cells)
            images = ImageGrid.make(
                rows.images, count: count, height: side, width: side, channels: description.channels, columns: 8)
            semantic = rows.semantic
        } else {
            (images, semantic) = try Self.fields(of: dataset, cells: cells)
        }
        let maps = semantic.map { maps in
            ImageGrid.make(
                ImageGrid.colors(
                    ofSemantic: maps.count == count * description.pixels
                        ? maps : ImageGrid.spread(maps, over: cells.map { $0 != nil }, size: description.pixels)),
                count: count, height: description.height, width: description.width, channels: 3, columns: 8)
        }
        let beside = [maps, conditions].compactMap { $0 }
        guard !beside.isEmpty else { return try ImageFile.write(images, to: path) }
        let gap = description.width / 4
        var all = RasterImage(
            height: images.height, width: beside.reduce(images.width) { $0 + gap + $1.width }, channels: 3,
            filledWith: 255)
        var left = 0
        for grid in [images] + beside {
            all.paste(grid.converted(toChannels: 3), top: 0, left: left)
            left += grid.width + gap
        }
        try ImageFile.write(all, to: path)
    }

    /// Fields that a preview has room for: neither the picture, nor the numbers it is made from, take up all memory where
    /// they are large or have many channels.
    package static func mostCells(of format: SampleFormat) -> Int {
        max(1, (1 << 27) / max(FieldPicture(format).cellBytes, 8 * format.count))
    }

    /// The picture of a grid's fields, of which one is read at a time, and the semantic maps of those that are there.
    private static func fields(of dataset: Dataset, cells: [Int?]) throws -> (RasterImage, semantic: [UInt8]?) {
        let format = dataset.description.format
        let picture = FieldPicture(format)
        var images = RasterImage(
            height: (cells.count + 7) / 8 * picture.height, width: 8 * picture.cellWidth, channels: 3)
        var semantic: [UInt8]?
        for (cell, row) in cells.enumerated() {
            guard let row else { continue }
            let rows = try dataset.read(rows: [row], withConditions: false)
            let image = RasterImage(
                height: picture.height, width: picture.cellWidth, channels: 3,
                pixels: picture.cells(format.normalized(rows.fields)))
            images.paste(image, top: cell / 8 * picture.height, left: cell % 8 * picture.cellWidth)
            if let maps = rows.semantic { semantic = (semantic ?? []) + maps }
        }
        return (images, semantic)
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
