/// Where the checksums of an HDF5 file's own structures lie, found in a sound file, so that they can be made right again
/// after a change: damage then gets past the library's first line.
package struct HDF5Map: Sendable {
    /// Metadata with a checksum behind it: the four letters it begins with, and its length.
    private var blocks: [(start: Int, mark: [UInt8], length: Int)] = []
    /// A fractal heap's blocks hold their checksum inside: where it lies from their start.
    private var heapBlocks: [(start: Int, length: Int, field: Int)] = []
    /// Chunks with a Fletcher-32 at their end.
    private var chunks: [Range<Int>] = []
    /// Where structures lie: signatures and what follows them.
    package private(set) var focus: [Range<Int>] = []

    private static let marks = [
        "OHDR", "OCHK", "FRHP", "FHIB", "BTHD", "BTIN", "BTLF", "FSHD", "FSSE", "SMTB", "SMLI", "FAHD", "FADB", "EAHD",
        "EAIB", "EASB", "EADB",
    ].map { Array($0.utf8) }
    private static let plainMarks = ["TREE", "SNOD", "HEAP", "GCOL"].map { Array($0.utf8) }
    private static let heapMark = Array("FHDB".utf8)
    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    package init(_ file: [UInt8]) {
        if file.starts(with: Self.signature), file.count > 48 {
            focus.append(0..<96)
            if file[8] >= 2, Self.word(file, 44) == lookup3(file[0..<44]) { blocks.append((0, Self.signature, 44)) }
        }
        var at = 0
        while at + 8 <= file.count {
            let mark = Array(file[at..<at + 4])
            defer { at += 1 }
            // Every mark is four capitals.
            guard mark.allSatisfy({ (0x41...0x5A).contains($0) }) else { continue }
            if Self.marks.contains(mark) {
                guard let length = Self.length(file, at) else { continue }
                blocks.append((at, mark, length))
                focus.append(at..<at + length)
            } else if mark == Self.heapMark {
                if let (length, field) = Self.heapBlock(file, at) { heapBlocks.append((at, length, field)) }
                focus.append(at..<min(file.count, at + 512))
            } else if Self.plainMarks.contains(mark) {
                focus.append(at..<min(file.count, at + 256))
                chunks += Self.chunks(file, at)
            }
        }
    }

    package var isEmpty: Bool { blocks.isEmpty }

    /// Makes checksums right again.
    ///
    /// Where bytes were inserted or removed, structures are looked for by their marks, in the order they had.
    package func forge(_ file: inout [UInt8], chunks forgesChunks: Bool = true) {
        var moved = 0
        for block in blocks {
            var start = block.start + moved
            if !Self.has(block.mark, file, at: start) {
                guard let found = Self.find(block.mark, in: file, from: block.start) else { continue }
                moved += found - start
                start = found
            }
            let length = block.mark == Self.marks[0] ? Self.headerLength(file, start) ?? block.length : block.length
            guard start + length + 4 <= file.count else { continue }
            Self.set(lookup3(file[start..<start + length]), &file, at: start + length)
        }
        for block in heapBlocks where block.start + block.length <= file.count {
            Self.set(0, &file, at: block.start + block.field)
            Self.set(lookup3(file[block.start..<block.start + block.length]), &file, at: block.start + block.field)
        }
        guard forgesChunks else { return }
        for chunk in chunks where chunk.upperBound <= file.count {
            let end = chunk.upperBound - 4
            Self.set(fletcher32(file[chunk.lowerBound..<end]), &file, at: end)
        }
    }

    /// The length of what a checksum guards, tried out.
    private static func length(_ file: [UInt8], _ start: Int) -> Int? {
        if has(marks[0], file, at: start), let length = headerLength(file, start), start + length + 4 <= file.count,
            lookup3(file[start..<start + length]) == word(file, start + length)
        {
            return length
        }
        for length in 8...max(8, min(4096, file.count - start - 4)) where start + length + 4 <= file.count {
            if lookup3(file[start..<start + length]) == word(file, start + length) { return length }
        }
        return nil
    }

    /// An object header's first chunk, as its own fields say.
    private static func headerLength(_ file: [UInt8], _ start: Int) -> Int? {
        guard start + 6 <= file.count else { return nil }
        let flags = Int(file[start + 5])
        let width = 1 << (flags & 3)
        let at = start + 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
        guard at + width <= file.count else { return nil }
        let size = (0..<width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(file[at + $1]) }
        return size < UInt64(file.count) ? at + width - start + Int(size) : nil
    }

    private static func heapBlock(_ file: [UInt8], _ start: Int) -> (length: Int, field: Int)? {
        for power in 8...16 where start + 1 << power <= file.count {
            for field in 15...21 {
                var block = Array(file[start..<start + 1 << power])
                let stated = word(block, field)
                set(0, &block, at: field)
                if lookup3(block[...]) == stated { return (1 << power, field) }
            }
        }
        return nil
    }

    /// The chunks that a leaf of an old B-tree points to, those of them whose Fletcher-32 is right.
    private static func chunks(_ file: [UInt8], _ start: Int) -> [Range<Int>] {
        guard has(plainMarks[0], file, at: start), file[start + 4] == 1, file[start + 5] == 0 else { return [] }
        let entries = Int(file[start + 6]) | Int(file[start + 7]) << 8
        for rank in 2...6 {
            let stride = 8 + 8 * rank + 8
            guard start + 24 + entries * stride <= file.count else { continue }
            let found = (0..<entries).compactMap { index -> Range<Int>? in
                let key = start + 24 + index * stride
                let size = Int(word(file, key))
                let address = Int(word(file, key + stride - 8))
                guard size > 4, address > 0, address + size <= file.count else { return nil }
                let end = address + size - 4
                return fletcher32(file[address..<end]) == word(file, end) ? address..<end + 4 : nil
            }
            if !found.isEmpty { return found }
        }
        return []
    }

    private static func has(_ mark: [UInt8], _ file: [UInt8], at start: Int) -> Bool {
        start >= 0 && start + mark.count <= file.count && file[start..<start + mark.count].elementsEqual(mark)
    }

    private static func find(_ mark: [UInt8], in file: [UInt8], from start: Int) -> Int? {
        for distance in 0..<8192 {
            if has(mark, file, at: start + distance) { return start + distance }
            if has(mark, file, at: start - distance) { return start - distance }
        }
        return nil
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
    }

    private static func set(_ value: UInt32, _ bytes: inout [UInt8], at: Int) {
        for index in 0..<4 { bytes[at + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    }
}
