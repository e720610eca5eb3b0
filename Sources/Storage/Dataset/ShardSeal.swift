/// The last bytes of a shard: a hash of every chunk, and one over all that is not image data.
///
/// HDF5 1.10 can hang or crash on damaged structures, so these are checked before HDF5 sees them, without reading the
/// images: the seal lists where the chunks lie. Chunks are checked when they are read, see ``SealedChunks``. HDF5 ignores
/// what follows its own end of file. Shards without a seal, written by other programs, are taken as they are.
///
/// Behind the content stand, as little-endian words of eight bytes, the chunks of the samples, then those of the semantic
/// maps and, from version 3 on, of the condition images, each with start, end and XXH3; then the foot: for each of these
/// lists the rows in a chunk and the number of chunks, the length of the content, and the XXH3 of the lists, of the words of
/// the foot so far and of the content outside the chunks; then the mark.
struct ShardSeal {
    /// The format's version.
    let version: Int
    /// What the seal says of the chunks: of samples, maps and condition images (empty before version 3); nil in version 1.
    let chunks: (images: ChunkList, semantic: ChunkList, conditions: ChunkList)?
    /// The shard, open.
    let reader: FileReader

    private static let markSize = 16
    /// More than the smallest chunks make of the largest shard.
    private static let mostChunks = 1 << 20

    /// A version of the seal.
    private struct Layout {
        let version: Int
        let lists: Int
        var mark: [UInt8] { Array("GANGLION-SHARD-\(version)".utf8) }
        /// Two for each list, the length and the hash.
        var footWords: Int { 2 * lists + 2 }
        var footSize: Int { 8 * footWords + markSize }

        static let all = [Layout(version: 2, lists: 2), Layout(version: 3, lists: 3)]
    }

    /// The seal for `content`.
    ///
    /// - Parameter lists: of samples, semantic maps and, where the shard is of version 3, condition images: where their chunks
    ///   lie, in order of their rows, and the rows in each; no chunks where there are none.
    static func make(for content: UnsafeRawBufferPointer, _ lists: [(rows: Int, extents: [Range<Int>])]) -> [UInt8] {
        guard let layout = Layout.all.first(where: { $0.lists == lists.count }) else {
            preconditionFailure("ShardSeal: \(lists.count) lists")
        }
        let extents = lists.flatMap(\.extents)
        var seal = extents.flatMap { extent in
            word(extent.lowerBound) + word(extent.upperBound)
                + word(Int(truncatingIfNeeded: FastHash.of(UnsafeRawBufferPointer(rebasing: content[extent]))))
        }
        let sizes = lists.flatMap { [$0.rows, $0.extents.count] } + [content.count]
        seal += sizes.flatMap(word)
        var hash = FastHash()
        hash.add(seal)
        let sorted = extents.sorted { $0.lowerBound < $1.lowerBound }
        for range in ExtentGaps.between(sorted, upTo: content.count) {
            hash.add(UnsafeRawBufferPointer(rebasing: content[range]))
        }
        return seal + word(Int(truncatingIfNeeded: hash.value)) + layout.mark
    }

    /// Whether a shard has a seal; not whether it matches.
    static func isSealed(_ path: String) throws -> Bool { try foot(of: path) != nil }

    /// The last bytes of a sealed shard, nil for others. Equal ones, of version 2 or later, mean equal shards.
    static func foot(of path: String) throws -> [UInt8]? { try open(path)?.foot }

    /// A shard, its size and its last bytes, if they are those of a seal.
    private static func open(_ path: String) throws -> (reader: FileReader, size: Int, foot: [UInt8], Layout?)? {
        let reader = try FileReader(path)
        let size = try reader.size
        let largest = Layout.all.map(\.footSize).max() ?? 0
        let end = try reader.read(min(size, largest), at: max(0, size - largest))
        for layout in Layout.all where end.count >= layout.footSize && end.suffix(markSize).elementsEqual(layout.mark) {
            return (reader, size, end.suffix(layout.footSize), layout)
        }
        return ShardSealOne.isFoot(end) ? (reader, size, end.suffix(ShardSealOne.footSize), nil) : nil
    }

    /// Compares a shard with its seal, if it has one; from version 2 on all but the chunks themselves.
    ///
    /// - Returns: what the seal says, nil when there is none.
    /// - Throws: ``DatasetError`` (65) when the shard is not what was sealed.
    @discardableResult static func check(_ path: String) throws -> ShardSeal? {
        guard let (reader, size, foot, layout) = try open(path) else { return nil }
        let damage = DatasetError.badData(
            "\(path): its structure does not match its checksum: it was altered or cut short. "
                + "Import the dataset again, or copy this shard anew")
        guard let layout else {
            guard try ShardSealOne.matches(reader, size: size, foot: foot) else { throw damage }
            return ShardSeal(version: 1, chunks: nil, reader: reader)
        }
        let counts = (0..<layout.lists).map { number(foot, 2 * $0 + 1) }
        let length = number(foot, 2 * layout.lists)
        guard counts.allSatisfy({ (0...mostChunks).contains($0) }) else { throw damage }
        let total = counts.reduce(0, +)
        guard length > 0, length == size - layout.footSize - 24 * total else { throw damage }
        let list = try reader.read(24 * total, at: length)
        let chunks = (0..<total).map { index in
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
        hash.add(list + foot.prefix(8 * (layout.footWords - 1)))
        for range in ExtentGaps.between(sorted.map { $0.start..<$0.end }, upTo: length) {
            try reader.read(range) { hash.add($0) }
        }
        guard hash.value == UInt64(truncatingIfNeeded: number(foot, layout.footWords - 1)) else { throw damage }
        func part(_ index: Int) -> ChunkList {
            guard index < layout.lists else { return ChunkList(rows: 1, chunks: []) }
            let first = counts[..<index].reduce(0, +)
            return ChunkList(rows: number(foot, 2 * index), chunks: Array(chunks[first..<first + counts[index]]))
        }
        return ShardSeal(version: layout.version, chunks: (part(0), part(1), part(2)), reader: reader)
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
