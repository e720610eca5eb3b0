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
    let compression: DatasetCompression
    let samples: SpoolFile
    let semantic: SpoolFile?
    let vectors: SpoolFile?
    let conditions: SpoolFile?
    private(set) var labels: [Int32] = []
    private let shards: Int?
    private var identity = DatasetFormat.Identity()
    /// Of the maps so far.
    private var largestSemantic: UInt8 = 0
    private var ranges: ValueRanges
    private var vectorRanges: ValueRanges
    private var conditionRanges: ValueRanges

    /// - Parameters:
    ///   - folder: made if missing; must not hold shards yet.
    ///   - description: the transforms may be told later, see ``setTransforms(_:vector:imageCondition:)``.
    ///   - shards: how many files to make, or nil for one for each 128 MB.
    /// - Throws: ``DatasetError``: 64 when the description is impossible, 73 when the folder holds a dataset or cannot
    ///   be written.
    public init(
        folder: String, description: DatasetDescription, shards: Int? = nil, compression: DatasetCompression = .none
    ) throws {
        try Self.check(description)
        guard shards.map(DatasetFormat.shardCounts.contains) ?? true else {
            throw DatasetError.usage("\(shards ?? 0) shards: expected 1 to \(DatasetFormat.shardCounts.upperBound)")
        }
        self.folder = folder
        self.description = description
        self.shards = shards
        self.compression = compression
        ranges = ValueRanges(channels: description.channels)
        vectorRanges = ValueRanges(channels: description.vector?.count ?? 0)
        conditionRanges = ValueRanges(channels: description.imageCondition?.channels.count ?? 0)
        try Self.checkIsFree(folder)
        try Files.makeFolder(folder)
        PartialName.removeLeftovers(in: folder)
        samples = try SpoolFile(in: folder)
        semantic = description.semanticClasses > 0 ? try SpoolFile(in: folder) : nil
        vectors = description.vector != nil ? try SpoolFile(in: folder) : nil
        conditions = description.imageCondition != nil ? try SpoolFile(in: folder) : nil
    }

    private static func check(_ description: DatasetDescription) throws {
        let format = description.format
        // Whoever describes pictures gets what pictures need.
        if format == .picture(resolution: format.height, channels: description.channels),
            description.channels == 1 || description.channels == 3
        {
            guard DatasetFormat.isPowerOfTwo(format.height), format.height >= 4 else {
                throw DatasetError.usage(
                    "resolution \(format.height) is not a power of two from 4 up: 4, 8, 16, 32, 64, …")
            }
            guard format.height <= DatasetFormat.largestResolution else {
                throw DatasetError.usage(
                    "resolution \(format.height): expected at most \(DatasetFormat.largestResolution)")
            }
        }
        if let problem = format.problem { throw DatasetError.usage("the format of the samples \(problem)") }
        if let problem = description.vector?.problem {
            throw DatasetError.usage("the format of the numbers beside the samples \(problem)")
        }
        if let condition = description.imageCondition {
            if let problem = condition.problem {
                throw DatasetError.usage("the format of the images beside the samples \(problem)")
            }
            guard condition.height == format.height, condition.width == format.width else {
                throw DatasetError.usage(
                    "the images beside the samples are \(condition.sizeText), expected \(format.sizeText) as the samples"
                )
            }
        }
        guard description.rowBytes <= DatasetFormat.largestShard else {
            throw DatasetError.usage(
                "a sample and what is beside it take \(Files.text(bytes: description.rowBytes)), expected at most "
                    + "\(Files.text(bytes: DatasetFormat.largestShard))")
        }
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

    /// Adds one row of bytes.
    ///
    /// - Parameters:
    ///   - image: uint8 [height, width, channels]; the samples' elements are uint8.
    ///   - label: the class, given exactly when the description has classes.
    ///   - semantic: uint8 [height, width], given exactly when the description has semantic classes.
    ///   - vector: the numbers beside it in physical units, given exactly when the description has a vector.
    ///   - imageCondition: the image beside it in physical units, [height, width, channels of the condition], given
    ///     exactly when the description has one.
    /// - Throws: ``DatasetError`` (65) naming the row and the value that cannot be; ``FileError`` (73).
    public func append(
        image: [UInt8], label: Int32? = nil, semantic map: [UInt8]? = nil, vector: [Float]? = nil,
        imageCondition: [Float]? = nil
    ) throws {
        precondition(image.count == description.imageBytes, "DatasetWriter: an image of \(image.count) bytes")
        precondition(description.format.element == .uint8, "DatasetWriter: bytes of \(description.format.element)")
        try append(sample: image, label, map, vector, imageCondition)
    }

    /// Adds one row in physical units.
    ///
    /// - Parameters:
    ///   - field: [height, width, channels], finite; whole numbers in the range of the element where it is an integer.
    ///   - label: and all others as in ``append(image:label:semantic:vector:imageCondition:)``.
    /// - Throws: ``DatasetError`` (65) naming the row, the channel and the value that cannot be; ``FileError`` (73).
    public func append(
        field: [Float], label: Int32? = nil, semantic map: [UInt8]? = nil, vector: [Float]? = nil,
        imageCondition: [Float]? = nil
    ) throws {
        let bytes = try StoredValues.bytes(of: field, description.format, "sample \(count)")
        try append(sample: bytes, label, map, vector, imageCondition)
        if description.format.element == .float32 { ranges.add(field) }
    }

    private func append(
        sample: [UInt8], _ label: Int32?, _ map: [UInt8]?, _ vector: [Float]?, _ condition: [Float]?
    ) throws {
        precondition((label != nil) == (description.classes > 0), "DatasetWriter: label and classes disagree")
        precondition((map != nil) == (semantic != nil), "DatasetWriter: semantic map and classes disagree")
        precondition((vector != nil) == (vectors != nil), "DatasetWriter: numbers and their description disagree")
        precondition((condition != nil) == (conditions != nil), "DatasetWriter: image beside and description disagree")
        if let label {
            guard label >= 0, label < description.classes else {
                throw DatasetError.badData(
                    "\(description.noun) \(count) has label \(label), expected 0 to \(description.classes - 1)")
            }
        }
        if let map {
            precondition(map.count == description.pixels, "DatasetWriter: map's size")
            if let value = map.max(), value >= description.semanticClasses {
                throw DatasetError.badData(
                    "the semantic map of \(description.noun) \(count) holds \(value), "
                        + "expected 0 to \(description.semanticClasses - 1)")
            }
        }
        var vectorBytes: [UInt8]?
        if let vector, let format = description.vector {
            vectorBytes = try StoredValues.bytes(of: vector, format, "the numbers beside sample \(count)")
        }
        var conditionBytes: [UInt8]?
        if let condition, let format = description.imageCondition {
            conditionBytes = try StoredValues.bytes(of: condition, format, "the image beside sample \(count)")
        }
        // Nothing is kept of a row that is refused.
        if let label { labels.append(label) }
        if let map {
            try semantic?.append(map)
            largestSemantic = max(largestSemantic, map.max() ?? 0)
        }
        if let vector, let vectorBytes {
            try vectors?.append(vectorBytes)
            vectorRanges.add(vector)
        }
        if let condition, let conditionBytes {
            try conditions?.append(conditionBytes)
            if description.imageCondition?.element == .float32 { conditionRanges.add(condition) }
        }
        try samples.append(sample)
        identity.add(
            image: sample[...], label: label, semantic: map?[...], vector: vectorBytes?[...],
            condition: conditionBytes?[...])
        count += 1
    }

    /// States as many semantic classes as the maps so far have values, counted from 0 on.
    func countSemanticClasses() {
        if semantic != nil { description.semanticClasses = Int(largestSemantic) + 1 }
    }

    /// States how values become what networks see, once it is known; at any time before ``finish()``.
    ///
    /// - Parameters:
    ///   - channels: one for each channel of the samples.
    ///   - vector: one for each number beside them; nil leaves those of the description.
    ///   - imageCondition: one for each channel of the images beside them; nil leaves those of the description.
    /// - Throws: ``DatasetError`` (64) naming the channel whose transform has a number that cannot be.
    public func setTransforms(
        _ channels: [ChannelTransform], vector: [ChannelTransform]? = nil, imageCondition: [ChannelTransform]? = nil
    ) throws {
        var changed = description
        func set(_ transforms: [ChannelTransform], in channels: inout [SampleFormat.Channel]) {
            precondition(
                transforms.count == channels.count,
                "DatasetWriter: \(transforms.count) transforms for \(channels.count) channels")
            for (index, transform) in transforms.enumerated() { channels[index].transform = transform }
        }
        set(channels, in: &changed.format.channels)
        if let vector {
            guard var format = changed.vector else { preconditionFailure("DatasetWriter: there are no numbers") }
            set(vector, in: &format.components)
            changed.vector = format
        }
        if let imageCondition {
            guard var format = changed.imageCondition else { preconditionFailure("DatasetWriter: there are no images") }
            set(imageCondition, in: &format.channels)
            changed.imageCondition = format
        }
        try Self.check(changed)
        description = changed
    }

    /// Writes the shards and returns the dataset's identity.
    ///
    /// - Throws: ``DatasetError`` when there are no rows, or a transform is not defined for a value (65); ``FileError`` (73)
    ///   when the disk is full. No shard has been made then.
    public func finish() throws -> String {
        guard count > 0 else {
            throw DatasetError.badData("0 \(description.noun)s: there is nothing to make a dataset of")
        }
        if let problem = rangeProblem { throw DatasetError.badData(problem) }
        let rowBytes = description.rowBytes
        let fewest = (count * rowBytes + DatasetFormat.largestShard - 1) / DatasetFormat.largestShard
        if let shards, shards < fewest || shards > count {
            throw DatasetError.usage(
                "\(shards) shards for \(count) \(description.noun)s of \(rowBytes) bytes: expected \(fewest) to "
                    + "\(min(count, 99_999))")
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

    /// A transform that is not defined for a value that was written.
    private var rangeProblem: String? {
        func problem(_ format: SampleFormat, _ ranges: ValueRanges, _ what: String) -> String? {
            format.element == .float32 ? ranges.problem(format.channels, what) : ValueRanges.problem(format, what)
        }
        if let found = problem(description.format, ranges, "channel") { return found }
        if let vector = description.vector, let found = vectorRanges.problem(vector.components, "number") {
            return found
        }
        return description.imageCondition.flatMap { problem($0, conditionRanges, "the condition's channel") }
    }
}
