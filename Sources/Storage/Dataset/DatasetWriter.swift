import Glibc

/// Writes a dataset: rows are appended one by one, ``finish()`` makes the shards.
///
/// Rows wait in a nameless file, because shards state how many rows there are in all and what their hash is. Then every
/// shard is written whole under a temporary name, and only when all are on the disk are they renamed. A process that
/// dies leaves no shard that could be mistaken for a dataset.
public final class DatasetWriter {
    public let folder: String
    public private(set) var description: DatasetDescription
    /// Rows appended so far.
    public private(set) var count = 0
    private let shards: Int?
    private let images: SpoolFile
    private let semantic: SpoolFile?
    private var labels: [Int32] = []
    private var identity = DatasetFormat.Identity()
    /// Of the maps so far.
    private var largestSemantic: UInt8 = 0

    /// - Parameters:
    ///   - folder: made if missing; must not hold shards yet.
    ///   - shards: how many files to make, or nil for one for each 128 MB.
    /// - Throws: ``DatasetError``: 64 when the description is impossible, 73 when the folder holds a dataset or cannot
    ///   be written.
    public init(folder: String, description: DatasetDescription, shards: Int? = nil) throws {
        guard DatasetFormat.isPowerOfTwo(description.resolution), description.resolution >= 4 else {
            throw DatasetError.usage(
                "resolution \(description.resolution) is not a power of two from 4 up: 4, 8, 16, 32, 64, …")
        }
        guard description.channels == 1 || description.channels == 3 else {
            throw DatasetError.usage("\(description.channels) channels: images have 1 (grey) or 3 (colour)")
        }
        guard description.resolution <= DatasetFormat.largestResolution else {
            throw DatasetError.usage(
                "resolution \(description.resolution): expected at most \(DatasetFormat.largestResolution)")
        }
        guard shards.map(DatasetFormat.shardCounts.contains) ?? true else {
            throw DatasetError.usage("\(shards ?? 0) shards: expected 1 to \(DatasetFormat.shardCounts.upperBound)")
        }
        self.folder = folder
        self.description = description
        self.shards = shards
        try Self.checkIsFree(folder)
        try Files.makeFolder(folder)
        PartialName.removeLeftovers(in: folder)
        images = try SpoolFile(in: folder)
        semantic = description.semanticClasses > 0 ? try SpoolFile(in: folder) : nil
    }

    /// Throws when `folder` holds shards already, so that a long import need not find out at its end.
    static func checkIsFree(_ folder: String) throws {
        guard Files.exists(folder) else { return }
        guard Files.isFolder(folder) else {
            throw DatasetError.cannotWrite("\(folder) is a file, expected the name of a folder")
        }
        if let name = try Files.names(in: folder).first(where: DatasetFormat.isShardName) {
            throw DatasetError.cannotWrite(
                "\(folder) holds \(name) already. Remove the dataset, or choose another folder")
        }
    }

    /// Adds one row.
    ///
    /// - Parameters:
    ///   - image: uint8 [resolution, resolution, channels].
    ///   - label: the class, given exactly when the description has classes.
    ///   - semantic: uint8 [resolution, resolution], given exactly when the description has semantic classes.
    public func append(image: [UInt8], label: Int32? = nil, semantic map: [UInt8]? = nil) throws {
        precondition(image.count == description.imageBytes, "DatasetWriter: an image of \(image.count) bytes")
        precondition((label != nil) == (description.classes > 0), "DatasetWriter: label and classes disagree")
        precondition((map != nil) == (semantic != nil), "DatasetWriter: semantic map and classes disagree")
        if let label {
            guard label >= 0, label < description.classes else {
                throw DatasetError.badData(
                    "image \(count) has label \(label), expected 0 to \(description.classes - 1)")
            }
            labels.append(label)
        }
        if let map, let semantic {
            precondition(map.count * description.channels == description.imageBytes, "DatasetWriter: map's size")
            if let value = map.max(), value >= description.semanticClasses {
                throw DatasetError.badData(
                    "the semantic map of image \(count) holds \(value), "
                        + "expected 0 to \(description.semanticClasses - 1)")
            }
            try semantic.append(map)
            largestSemantic = max(largestSemantic, map.max() ?? 0)
        }
        try images.append(image)
        identity.add(image: image[...], label: label, semantic: map?[...])
        count += 1
    }

    /// States as many semantic classes as the maps so far have values, counted from 0 on.
    func countSemanticClasses() {
        if semantic != nil { description.semanticClasses = Int(largestSemantic) + 1 }
    }

    /// Writes the shards and returns the dataset's identity.
    ///
    /// - Throws: ``DatasetError`` when there are no rows (65); ``FileError`` (73) when the disk is full. No shard has
    ///   been made then.
    public func finish() throws -> String {
        guard count > 0 else { throw DatasetError.badData("0 images: there is nothing to make a dataset of") }
        let rowBytes = description.imageBytes + (semantic == nil ? 0 : description.resolution * description.resolution)
        let fewest = (count * rowBytes + DatasetFormat.largestShard - 1) / DatasetFormat.largestShard
        if let shards, shards < fewest || shards > count {
            throw DatasetError.usage(
                "\(shards) shards for \(count) images of \(rowBytes) bytes: expected \(fewest) to \(min(count, 99_999))"
            )
        }
        let usual = (count * rowBytes + DatasetFormat.usualShard - 1) / DatasetFormat.usualShard
        let total = min(shards ?? max(1, usual), count)
        let id = identity.text(description, count: count)
        var partials: [String] = []
        do {
            for shard in 0..<total {
                let rows = shard * count / total..<(shard + 1) * count / total
                let path = folder + "/" + DatasetFormat.shardName(shard)
                let partial = AtomicFile.partialPath(for: path)
                try writeShard(shard, of: total, rows: rows, id: id, to: partial)
                partials.append(partial)
            }
        } catch {
            for partial in partials { unlink(partial) }
            throw error
        }
        for (shard, partial) in partials.enumerated() {
            let path = folder + "/" + DatasetFormat.shardName(shard)
            guard rename(partial, path) == 0 else { throw FileError.write(path, "renaming \(partial) to it") }
        }
        try AtomicFile.syncFolder(folder)
        return id
    }

    private func writeShard(_ shard: Int, of total: Int, rows: Range<Int>, id: String, to path: String) throws {
        let side = description.resolution
        let file = try HDF5File(inMemory: path)
        defer { file.close() }
        try file.write(
            images.read(rows.count * description.imageBytes, at: rows.lowerBound * description.imageBytes),
            shape: [rows.count, side, side, description.channels], to: "images",
            chunkRows: DatasetFormat.chunkRows(rowBytes: description.imageBytes), fletcher32: true)
        if description.classes > 0 {
            try file.write(
                Array(labels[rows]), shape: [rows.count], to: "labels", chunkRows: 4096, fletcher32: true)
        }
        if let semantic {
            try file.write(
                semantic.read(rows.count * side * side, at: rows.lowerBound * side * side),
                shape: [rows.count, side, side], to: "semantic",
                chunkRows: DatasetFormat.chunkRows(rowBytes: side * side), fletcher32: true)
        }
        let attributes: [(String, AttributeValue)] = [
            ("format", .string(DatasetFormat.format)), ("version", .int(DatasetFormat.version)),
            ("dataset_id", .string(id)), ("shard", .int(shard)), ("shards", .int(total)), ("count_total", .int(count)),
            ("resolution", .int(side)), ("channels", .int(description.channels)),
            ("classes", .int(description.classes)), ("semantic_classes", .int(description.semanticClasses)),
        ]
        for (name, value) in attributes { try file.setAttribute(name, to: value) }
        let names = ClassNames.storable(description.classNames)
        if !names.isEmpty { try file.setAttribute(ClassNames.attribute, to: .strings(names)) }
        let values = ClassNames.storable(description.semanticNames)
        if !values.isEmpty { try file.setAttribute(ClassNames.semanticAttribute, to: .strings(values)) }
        func chunks(_ name: String, _ rowBytes: Int) throws -> (rows: Int, extents: [Range<Int>]) {
            let extents = file.contains(name) ? try file.chunkExtents(of: name) : []
            return (min(DatasetFormat.chunkRows(rowBytes: rowBytes), rows.count), extents)
        }
        let (imageChunks, mapChunks) = (
            try chunks("images", description.imageBytes), try chunks("semantic", side * side)
        )
        try file.withImage { image in
            try ShardSeal.make(for: image, images: imageChunks, semantic: mapChunks).withUnsafeBytes {
                try AtomicFile.writeAndSync([image, $0], to: path)
            }
        }
    }
}
