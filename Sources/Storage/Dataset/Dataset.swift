import Failure
import Randomness

/// A dataset on disk, all its shards open.
public final class Dataset: Sendable {
    public let folder: String
    /// Images in all shards.
    public let count: Int
    /// The hash that all shards carry.
    public let id: String
    public let description: DatasetDescription
    /// Number of shards.
    public var shardCount: Int { shards.count }
    /// Files of the shards, in order.
    var shardPaths: [String] { shards.map(\.path) }
    /// The class of each row, or nil.
    public let labels: [Int32]?
    let shards: [DatasetShard]

    /// Opens every shard in `folder` and checks that they make one dataset.
    ///
    /// - Throws: ``DatasetError`` naming the file, what was found and what was expected: 66 when the folder or all
    ///   shards are missing; 65 when a shard is missing, is there twice, belongs to another dataset, or is damaged.
    public init(_ folder: String) throws {
        guard Files.isFolder(folder) else {
            throw DatasetError.missingInput(
                "\(folder): no such folder. Make a dataset with `ganglion dataset import` or `… synthesize`")
        }
        let names = try Files.names(in: folder).filter(DatasetFormat.isShardName)
        guard !names.isEmpty else {
            throw DatasetError.missingInput(
                "\(folder): holds no \(DatasetFormat.shardName(0)). Make a dataset with `ganglion dataset import` "
                    + "or `… synthesize`")
        }
        // All at once: each time takes a process.
        try HDF5Surveyor.survey(names.map { folder + "/" + $0 })
        var found: [DatasetShard] = []
        for name in names { found.append(try DatasetShard(folder + "/" + name)) }
        shards = try Self.ordered(found, in: folder)
        let first = shards[0]
        self.folder = folder
        id = first.id
        description = first.description
        count = first.countTotal
        let rows = shards.map(\.count).checkedSum()
        guard rows == count else {
            throw DatasetError.badData(
                "\(folder): the shards hold \(rows.map { "\($0)" } ?? "too many") images, expected \(count)")
        }
        labels = description.classes > 0 ? shards.flatMap { $0.labels ?? [] } : nil
    }

    /// The shards in a folder, if there are any.
    public static func shardPaths(in folder: String) -> [String] {
        ((try? Files.names(in: folder)) ?? []).filter(DatasetFormat.isShardName).map { folder + "/" + $0 }
    }

    /// Shards in order, after checking that each is there once and that they belong together.
    private static func ordered(_ found: [DatasetShard], in folder: String) throws -> [DatasetShard] {
        let first = found[0]
        var ordered = [DatasetShard?](repeating: nil, count: first.shards)
        for shard in found {
            guard shard.id == first.id else {
                throw DatasetError.badData(
                    "\(shard.path): belongs to dataset \(shard.id), expected \(first.id) as in \(first.path). "
                        + "Shards of two datasets lie in one folder")
            }
            guard shard.description == first.description, shard.countTotal == first.countTotal,
                shard.shards == first.shards
            else {
                throw DatasetError.badData(
                    "\(shard.path): \(shard.summary), expected \(first.summary) as in \(first.path)")
            }
            if let other = ordered[shard.index] {
                throw DatasetError.badData(
                    "\(shard.path): is shard \(shard.index), and so is \(other.path). Expected each shard once")
            }
            ordered[shard.index] = shard
        }
        return try ordered.enumerated().map { index, shard in
            guard let shard else {
                throw DatasetError.badData(
                    "\(folder)/\(DatasetFormat.shardName(index)): shard \(index) of \(ordered.count) is missing")
            }
            return shard
        }
    }

    /// Reads `rows` in the order given; any row may stand anywhere.
    ///
    /// - Parameters:
    ///   - withMaps: whether semantic maps are read, too, where there are any.
    ///   - withConditions: whether the images beside the samples are, where there are any.
    /// - Returns: pictures as bytes, all other samples and what is beside them in physical units.
    /// - Throws: ``DatasetError`` naming the shard and the row when a chunk does not match its checksum: 65, or 70 in a
    ///   staged copy, which the next start mends; 65 when a value is not finite, or its transform is not defined for it.
    public func read(rows: [Int], withMaps: Bool = true, withConditions: Bool = true) throws -> DatasetRows {
        let isPicture = description.isPicture
        return DatasetRows(
            images: isPicture ? try stored(.samples, rows) : [],
            fields: isPicture ? [] : try physical(.samples, rows),
            labels: labels(of: rows), semantic: withMaps ? try maps(of: rows) : nil,
            vectors: physicalVectors(of: rows),
            imageConditions: withConditions && description.imageCondition != nil ? try physical(.conditions, rows) : nil
        )
    }

    /// Classes of rows; nil without labels.
    func labels(of rows: [Int]) -> [Int32]? { labels.map { labels in rows.map { labels[$0] } } }

    /// Semantic maps of rows; nil where there are none.
    package func maps(of rows: [Int]) throws -> [UInt8]? {
        description.semanticClasses > 0 ? try stored(.semantic, rows) : nil
    }

    /// Compares rows' semantic maps with the number of values that the dataset states.
    ///
    /// - Parameters:
    ///   - maps: as ``read(rows:withMaps:withConditions:)`` gave them for `rows`; nil passes.
    /// - Throws: ``DatasetError`` (65) naming the shard, the row and the value.
    package func checkMaps(_ maps: [UInt8]?, of rows: [Int]) throws {
        let classes = description.semanticClasses
        guard let maps, let place = maps.firstIndex(where: { $0 >= classes }) else { return }
        let (shard, row) = locate(rows[place / description.pixels])
        throw DatasetError.badData(
            "\(shard.path): the semantic map of row \(row) of this shard holds \(maps[place]), expected 0 to "
                + "\(classes - 1), as its attribute semantic_classes says. Import the data again")
    }

    /// The first rows of a permutation, for studies of small data: those of a lower limit are among those of a higher.
    ///
    /// - Parameter limit: from 1 to `count`.
    public func rows(limit: Int, seed: UInt64) -> [Int] {
        precondition((1...count).contains(limit), "Dataset.rows: \(limit) of \(count)")
        // Not the permutation of a run's first epoch.
        let permutation = EpochPermutation(count: count, seed: seed, epoch: .max)
        return (0..<limit).map { permutation[$0] }
    }

    /// Reads a run of rows.
    public func read(rows: Range<Int>) throws -> DatasetRows { try read(rows: Array(rows)) }

    /// What shards have of rows, as stored: little-endian elements.
    func stored(_ part: DatasetShard.Part, _ rows: [Int]) throws -> [UInt8] { try gather(part, rows) }

    /// The same of float32 elements.
    func storedFloats(_ part: DatasetShard.Part, _ rows: [Int]) throws -> [Float] {
        var values: [Float] = try gather(part, rows)
        values.withUnsafeMutableBufferPointer { StoredValues.fromFile($0) }
        return values
    }

    /// Bytes that a row has of a part.
    private func rowBytes(_ part: DatasetShard.Part) -> Int {
        switch part {
        case .samples: description.imageBytes
        case .semantic: description.pixels
        case .conditions: description.imageCondition?.bytes ?? 0
        }
    }

    /// Collects rows from their shards, neighbours in one go.
    private func gather<Value: BitwiseCopyable>(_ part: DatasetShard.Part, _ rows: [Int]) throws -> [Value] {
        let rowBytes = rowBytes(part)
        let capacity = rows.count * rowBytes / MemoryLayout<Value>.stride
        return try [Value](unsafeUninitializedCapacity: capacity) { values, done in
            let buffer = UnsafeMutableRawBufferPointer(values).bindMemory(to: UInt8.self)
            var at = 0
            while at < rows.count {
                precondition(rows[at] >= 0 && rows[at] < count, "Dataset.read: row \(rows[at]) of \(count)")
                let (shard, first) = locate(rows[at])
                var length = 1
                while at + length < rows.count, rows[at + length] == rows[at] + length, first + length < shard.count {
                    length += 1
                }
                let target = UnsafeMutableBufferPointer(rebasing: buffer[at * rowBytes..<(at + length) * rowBytes])
                do {
                    try shard.read(part, first..<first + length, into: target)
                } catch let error as DatasetError where StagedCopy.doubt(folder) {
                    throw DatasetError(
                        message: "\(error). It is a staged copy: the next start compares all of it with its checksums, "
                            + "and copies anew what differs",
                        // A restart cures it, unlike bad data.
                        exitCode: ExitCode.internalError)
                }
                at += length
            }
            done = capacity
        }
    }

    /// The shard of a row, and the row's place in it.
    func locate(_ row: Int) -> (shard: DatasetShard, row: Int) {
        var rest = row
        for shard in shards {
            if rest < shard.count { return (shard, rest) }
            rest -= shard.count
        }
        preconditionFailure("Dataset: row \(row) of \(count)")
    }
}
