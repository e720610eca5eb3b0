/// One file of a dataset.
final class DatasetShard: Sendable {
    let path: String
    let id: String
    let index: Int
    let shards: Int
    let countTotal: Int
    let description: DatasetDescription
    let count: Int
    let labels: [Int32]?
    private let images: Rows
    private let semantic: Rows?

    /// Where rows come from.
    private enum Rows {
        case dataset(HDF5Dataset)
        case chunks(SealedChunks)
    }

    init(_ path: String) throws {
        self.path = path
        let seal = try ShardSeal.check(path)
        let file = try HDF5File(reading: path)
        let format = try file.attribute("format")?.stringValue
        guard format == DatasetFormat.format else {
            throw DatasetError.badData(
                "\(path): attribute format is \(format.map { "\"\($0)\"" } ?? "missing"), "
                    + "expected \"\(DatasetFormat.format)\"")
        }
        func number(_ name: String) throws -> Int {
            guard let value = try file.attribute(name)?.intValue else {
                throw DatasetError.badData("\(path): attribute \(name) is missing or no integer")
            }
            return value
        }
        let version = try number("version")
        guard DatasetFormat.versions.contains(version) else {
            throw DatasetError.badData(
                "\(path): format version \(version), expected \(DatasetFormat.versions.lowerBound) or "
                    + "\(DatasetFormat.versions.upperBound). Import the data again with this program")
        }
        guard seal?.version == version || seal == nil && version == 1 else {
            throw DatasetError.badData(
                "\(path): format version \(version), but its seal is \(seal.map { "of \($0.version)" } ?? "missing"): it was "
                    + "cut short, or rewritten by another program. Import the dataset again, or copy this shard anew")
        }
        guard let id = try file.attribute("dataset_id")?.stringValue, !id.isEmpty else {
            throw DatasetError.badData("\(path): attribute dataset_id is missing")
        }
        self.id = id
        index = try number("shard")
        shards = try number("shards")
        countTotal = try number("count_total")
        let classes = try number("classes")
        let semanticClasses = try number("semantic_classes")
        description = DatasetDescription(
            resolution: try number("resolution"), channels: try number("channels"), classes: classes,
            semanticClasses: semanticClasses,
            classNames: try ClassNames.read(from: file, classes: classes, path),
            semanticNames: try ClassNames.read(
                ClassNames.semanticAttribute, from: file, classes: semanticClasses, path))
        try DatasetFormat.check(description, countTotal: countTotal, index: index, shards: shards, path)

        let side = description.resolution
        func open(_ name: String, _ kind: HDF5Kind, _ rest: [Int], rows: Int?) throws -> HDF5Dataset {
            let dataset = try file.dataset(name)
            guard dataset.kind == kind, dataset.shape.count == rest.count + 1, Array(dataset.shape.dropFirst()) == rest,
                rows == nil || rows == dataset.shape[0]
            else {
                let expected = [rows.map { "\($0)" } ?? "n"] + rest.map { "\($0)" }
                throw DatasetError.badData(
                    "\(path): \(name) is \(dataset.kind) \(dataset.shape), "
                        + "expected \(kind) [\(expected.joined(separator: ", "))]")
            }
            return dataset
        }
        let images = try open("images", .uint8, [side, side, description.channels], rows: nil)
        count = images.shape[0]
        let semantic =
            description.semanticClasses > 0 ? try open("semantic", .uint8, [side, side], rows: count) : nil
        self.images = try Self.rows(images, seal, seal?.chunks?.images)
        self.semantic = try semantic.map { try Self.rows($0, seal, seal?.chunks?.semantic) }
        if description.classes > 0 {
            let values: [Int32] = try open("labels", .integer, [], rows: count).values()
            if let row = values.firstIndex(where: { $0 < 0 || $0 >= classes }) {
                throw DatasetError.badData(
                    "\(path): row \(row) has label \(values[row]), expected 0 to \(classes - 1)")
            }
            labels = values
        } else {
            labels = nil
        }
    }

    /// What has to agree between shards.
    var summary: String {
        "\(countTotal) images in \(shards) shards, \(description.resolution)x\(description.resolution)x"
            + "\(description.channels), \(description.classes) classes\(Self.text(description.classNames)), "
            + "\(description.semanticClasses) semantic classes\(Self.text(description.semanticNames))"
    }

    private static func text(_ names: [String]) -> String {
        names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
    }

    func readImages(_ rows: Range<Int>, into target: UnsafeMutableBufferPointer<UInt8>) throws {
        try read(images, rows, target)
    }

    func readSemantic(_ rows: Range<Int>, into target: UnsafeMutableBufferPointer<UInt8>) throws {
        guard let semantic else { preconditionFailure("DatasetShard: \(path) has no semantic maps") }
        try read(semantic, rows, target)
    }

    private static func rows(_ dataset: HDF5Dataset, _ seal: ShardSeal?, _ list: ChunkList?) throws -> Rows {
        guard let seal, let list else { return .dataset(dataset) }
        return .chunks(try SealedChunks(list, of: dataset, in: seal.reader))
    }

    private func read(_ source: Rows, _ rows: Range<Int>, _ target: UnsafeMutableBufferPointer<UInt8>) throws {
        switch source {
        case .chunks(let chunks): try chunks.read(rows, into: target)
        case .dataset(let dataset): try read(dataset, rows, target)
        }
    }

    private func read(
        _ dataset: HDF5Dataset, _ rows: Range<Int>, _ target: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        do {
            try dataset.read(rows: rows, into: target)
        } catch {
            // A run of rows is read again one by one, to tell which of them is damaged.
            let size = target.count / rows.count
            guard rows.count > 1 else { throw damage(dataset, rows.lowerBound, error) }
            for row in rows {
                do {
                    let start = (row - rows.lowerBound) * size
                    try dataset.read(
                        rows: row..<row + 1, into: UnsafeMutableBufferPointer(rebasing: target[start..<start + size]))
                } catch { throw damage(dataset, row, error) }
            }
        }
    }

    private func damage(_ dataset: HDF5Dataset, _ row: Int, _ error: any Error) -> DatasetError {
        let reason = (error as? HDF5Error)?.message ?? "\(error)"
        return .badData(
            "\(path): \(dataset.path), row \(row) of this shard is damaged (\(reason)). "
                + "Import the dataset again, or copy this shard anew")
    }
}
