/// Names and limits of the format.
enum DatasetFormat {
    static let format = "ganglion-dataset"
    /// Of what is written of plain pictures. Version 2 has a hash for each chunk in the seal, see ``ShardSeal``.
    static let pictureVersion = 2
    /// Of all else: samples of any format, with numbers and images beside them, or packed.
    static let version = 3
    /// What is read.
    static let versions = 1...3

    static let formatAttribute = "sample_format"
    static let vectorAttribute = "vector_format"
    static let conditionAttribute = "condition_format"

    /// A row read at random costs a chunk, so chunks are small: about 64 KB.
    static func chunkRows(rowBytes: Int) -> Int { max(1, min(64, 65_536 / max(1, rowBytes))) }

    /// An image of it, in colour, fits into a shard.
    static let largestResolution = 8192
    static let shardCounts = 1...99_999

    /// Shards are built in memory.
    static let largestShard = 1 << 29
    static let usualShard = 1 << 27

    static func shardName(_ index: Int) -> String {
        let digits = String(index)
        return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".h5"
    }

    /// Bounds of what a shard may state of its dataset, so that no product of these numbers is too large.
    static let resolutions = 4...1 << 14
    static let mostClasses = 1 << 16
    static let mostSemanticClasses = 256
    /// Samples are dealt by permutations of numbers of 32 bits, in which a row may stand twice.
    static let mostRows = 1 << 31 - 1

    /// What a shard of pictures states of their size.
    ///
    /// - Throws: ``DatasetError`` (65) naming the shard and the number that cannot be.
    static func checkPicture(side: Int, channels: Int, _ path: String) throws {
        try expect(
            isPowerOfTwo(side) && resolutions.contains(side), "resolution \(side)",
            "a power of two from \(resolutions.lowerBound) to \(resolutions.upperBound)", path)
        try expect(channels == 1 || channels == 3, "\(channels) channels", "1 or 3", path)
    }

    /// - Throws: ``DatasetError`` (65) naming the shard and the number that cannot be.
    static func check(
        _ description: DatasetDescription, countTotal: Int, index: Int, shards: Int, _ path: String
    ) throws {
        try expect(
            (0...mostClasses).contains(description.classes), "\(description.classes) classes", "0 to \(mostClasses)",
            path)
        try expect(
            (0...mostSemanticClasses).contains(description.semanticClasses),
            "\(description.semanticClasses) semantic classes", "0 to \(mostSemanticClasses)", path)
        try expect((1...99_999).contains(shards), "\(shards) shards", "1 to 99999", path)
        try expect((0..<shards).contains(index), "that it is shard \(index)", "0 to \(shards - 1)", path)
        try expect((1...mostRows).contains(countTotal), "\(countTotal) images in all", "1 to \(mostRows)", path)
    }

    static func expect(_ holds: Bool, _ found: String, _ expected: String, _ path: String) throws {
        if holds { return }
        throw DatasetError.badData(
            "\(path): states \(found), expected \(expected): it is damaged or forged. Import the data again")
    }

    static func isShardName(_ name: String) -> Bool { name.hasPrefix("shard-") && name.hasSuffix(".h5") }

    static func isPowerOfTwo(_ value: Int) -> Bool { value > 0 && value & (value - 1) == 0 }

    /// The identity of a dataset: its description and its rows in order, whatever the version of the format.
    struct Identity {
        private var hash = ContentHash()

        /// - Parameters:
        ///   - image: the sample, as stored.
        ///   - vector: the numbers beside it, float32 little-endian.
        ///   - condition: the image beside it, as stored.
        mutating func add(
            image: ArraySlice<UInt8>, label: Int32?, semantic: ArraySlice<UInt8>?, vector: ArraySlice<UInt8>? = nil,
            condition: ArraySlice<UInt8>? = nil
        ) {
            image.withUnsafeBytes { hash.add($0) }
            if var label = label?.littleEndian { withUnsafeBytes(of: &label) { hash.add($0) } }
            semantic?.withUnsafeBytes { hash.add($0) }
            vector?.withUnsafeBytes { hash.add($0) }
            condition?.withUnsafeBytes { hash.add($0) }
        }

        /// Of plain pictures as it was in version 1 of the format, so that a run goes on with shards of a later one.
        func text(_ description: DatasetDescription, count: Int) -> String {
            var final = hash
            final.add(
                description.isPlain
                    ? "\(format) 1 \(count) \(description.resolution) \(description.channels) "
                        + "\(description.classes) \(description.semanticClasses)"
                    : "\(format) 3 \(count) \(description.classes) \(description.semanticClasses) "
                        + "\(description.format.json) \(description.vector?.json ?? "-") "
                        + (description.imageCondition?.json ?? "-"))
            return final.text
        }
    }
}
