/// The last bytes of a shard: a hash of every chunk, and one over all that is not image data.
///
/// HDF5 1.10 can hang or crash on damaged structures, so these are checked before HDF5 sees them, without reading the
/// images: the seal lists where the chunks lie. Chunks are checked when they are read, see ``SealedChunks``. HDF5 ignores
/// what follows its own end of file. Shards without a seal, written by other programs, are taken as they are.
///
/// Behind the content stand, as little-endian words of eight bytes, the chunks of the images and then those of the
/// semantic maps, each with start, end and XXH3; then the foot: for images and maps each the rows in a chunk and the
/// number of chunks, the length of the content, and the XXH3 of the list, of these five words and of the content outside
/// the chunks; then the mark.
struct ShardSeal {
    /// The format's version.
    let version: Int
    /// What the seal says of the images' and the maps' chunks; nil in version 1.
    let chunks: (images: ChunkList, semantic: ChunkList)?
    /// The shard, open.
    let reader: FileReader

    private static let mark = Array("GANGLION-SHARD-2".utf8)
    private static let footWords = 6
    private static let footSize = 8 * footWords + mark.count
    /// More than the smallest chunks make of the largest shard.
    private static let mostChunks = 1 << 20

    /// The seal for `content`.
    ///
    /// - Parameters:
    ///   - images: where the chunks of the images lie, in order of their rows, and the rows in each.
    ///   - semantic: the same of the semantic maps; no chunks where there are none.
    static func make(
        for content: UnsafeRawBufferPointer, images: (rows: Int, extents: [Range<Int>]),
        semantic: (rows: Int, extents: [Range<Int>])
    ) -> [UInt8] {
        let extents = images.extents + semantic.extents
        var seal = extents.flatMap { extent in
            word(extent.lowerBound) + word(extent.upperBound)
                + word(Int(truncatingIfNeeded: FastHash.of(UnsafeRawBufferPointer(rebasing: content[extent]))))
        }
        let sizes = [images.rows, images.extents.count, semantic.rows, semantic.extents.count, content.count]
        seal += sizes.flatMap(word)
        var hash = FastHash()
        hash.add(seal)
        let sorted = extents.sorted { $0.lowerBound < $1.lowerBound }
        for range in ExtentGaps.between(sorted, upTo: content.count) {
            hash.add(UnsafeRawBufferPointer(rebasing: content[range]))
        }
        return seal + word(Int(truncatingIfNeeded: hash.value)) + mark
    }

    /// Whether a shard has a seal; not whether it matches.
    static func isSealed(_ path: String) throws -> Bool { try foot(of: path) != nil }

    /// The last bytes of a sealed shard, nil for others. Equal ones, of version 2, mean equal shards.
    static func foot(of path: String) throws -> [UInt8]? { try open(path)?.foot }

    /// A shard, its size and its last bytes, if they are those of a seal.
    private static func open(_ path: String) throws -> (reader: FileReader, size: Int, foot: [UInt8])? {
        let reader = try FileReader(path)
        let size = try reader.size
        let foot = try reader.read(min(size, footSize), at: max(0, size - footSize))
        if foot.count == footSize, foot.suffix(mark.count).elementsEqual(mark) { return (reader, size, foot) }
        return ShardSealOne.isFoot(foot) ? (reader, size, foot.suffix(ShardSealOne.footSize)) : nil
    }

    /// Compares a shard with its seal, if it has one; of version 2 all but the chunks themselves.
    ///
    /// - Returns: what the seal says, nil when there is none.
    /// - Throws: ``DatasetError`` (65) when the shard is not what was sealed.
    @discardableResult static func check(_ path: String) throws -> ShardSeal? {
        guard let (reader, size, foot) = try open(path) else { return nil }
        let damage = DatasetError.badData(
            "\(path): its structure does not match its checksum: it was altered or cut short. "
                + "Import the dataset again, or copy this shard anew")
        guard foot.count == footSize else {
            guard try ShardSealOne.matches(reader, size: size, foot: foot) else { throw damage }
            return ShardSeal(version: 1, chunks: nil, reader: reader)
        }
        let (imageCount, semanticCount, length) = (number(foot, 1), number(foot, 3), number(foot, 4))
        guard imageCount >= 0, semanticCount >= 0, imageCount <= mostChunks, semanticCount <= mostChunks,
            length > 0, length == size - footSize - 24 * (imageCount + semanticCount)
        else { throw damage }
        let list = try reader.read(24 * (imageCount + semanticCount), at: length)
        let chunks = (0..<imageCount + semanticCount).map { index in
            ChunkList.Chunk(
                start: number(list, 3 * index), end: number(list, 3 * index + 1),
                hash: UInt64(truncatingIfNeeded: number(list, 3 * index + 2)))
        }
        let sorted = chunks.sorted { $0.start < $1.start }
        var last = 0
        for chunk in sorted {
            guard chunk.start >= last, chunk.end > chunk.start, chunk.end <= length else { throw damage }
            last = chunk.end
        }
        var hash = FastHash()
        hash.add(list + foot.prefix(8 * (footWords - 1)))
        for range in ExtentGaps.between(sorted.map { $0.start..<$0.end }, upTo: length) {
            try reader.read(range) { hash.add($0) }
        }
        guard hash.value == UInt64(truncatingIfNeeded: number(foot, footWords - 1)) else { throw damage }
        return ShardSeal(
            version: 2,
            chunks: (
                ChunkList(rows: number(foot, 0), chunks: Array(chunks.prefix(imageCount))),
                ChunkList(rows: number(foot, 2), chunks: Array(chunks.dropFirst(imageCount)))
            ), reader: reader)
    }

    static func word(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    static func number(_ bytes: [UInt8], _ index: Int) -> Int {
        bytes.withUnsafeBytes { Int(littleEndian: $0.loadUnaligned(fromByteOffset: 8 * index, as: Int.self)) }
    }
}

/// The chunks of one data set of a shard, as its seal lists them.
struct ChunkList {
    struct Chunk {
        /// Where it lies in the file.
        let start: Int
        let end: Int
        /// ``FastHash`` of these bytes.
        let hash: UInt64
    }

    /// Rows in a chunk; the last one may hold fewer.
    let rows: Int
    /// In order of their rows.
    let chunks: [Chunk]
}

/// What lies between the chunks of a shard.
enum ExtentGaps {
    /// The places outside `extents`, which ascend and do not overlap.
    static func between(_ extents: [Range<Int>], upTo end: Int) -> [Range<Int>] {
        let starts = [0] + extents.map(\.upperBound)
        let ends = extents.map(\.lowerBound) + [end]
        return zip(starts, ends).map { $0..<$1 }.filter { !$0.isEmpty }
    }
}
