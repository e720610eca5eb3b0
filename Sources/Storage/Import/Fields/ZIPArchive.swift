import Failure

/// The table of contents of a ZIP file, as numpy's `.npz` are (PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3).
final class ZIPArchive {
    struct Member {
        let name: String
        let isDeflated: Bool
        let checksum: UInt32
        /// Bytes as they stand in the file.
        let packed: Int
        /// Bytes unpacked.
        let size: Int
        /// Where its own head stands.
        fileprivate let head: Int
    }

    let path: String
    let reader: FileReader
    private(set) var members: [Member] = []
    /// Where the table begins: members lie before it.
    private var table = 0

    /// Of the table; a thousand arrays take a tenth of it.
    private static let largestTable = 1 << 24
    private static let mostMembers = 1 << 16
    /// No bytes of deflate hold more than 1032 times as many.
    private static let mostPacked = 1032

    /// - Throws: ``DatasetError`` (65) for what is no ZIP file, is damaged, or holds what is not read.
    init(_ path: String) throws {
        self.path = path
        try Files.requireRegular(path)
        reader = try FileReader(path)
        try readTable(size: try reader.size)
    }

    private func bad(_ text: String) -> DatasetError { .badData("\(path): \(text)") }

    private func readTable(size: Int) throws {
        let tail = min(size, 22 + 65_535)
        let end = LittleEndian(try reader.read(tail, at: size - tail))
        guard tail >= 22, let place = (0...tail - 22).reversed().first(where: { end.u32($0) == 0x0605_4B50 }) else {
            throw bad("has no end of a ZIP file: it is cut short, or is none")
        }
        var (count, length, start) = (end.u16(place + 10), end.u32(place + 12), end.u32(place + 16))
        var border = size - tail + place
        if count == 0xFFFF || length == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
            guard border >= 20 else { throw bad("its end is damaged") }
            let locator = LittleEndian(try reader.read(20, at: border - 20))
            guard locator.u32(0) == 0x0706_4B50, let place = locator.u64(8), place <= border - 20 - 56 else {
                throw bad("its 64-bit end is damaged")
            }
            let record = LittleEndian(try reader.read(56, at: place))
            guard record.u32(0) == 0x0606_4B50, let number = record.u64(32), let bytes = record.u64(40),
                let offset = record.u64(48)
            else { throw bad("its 64-bit end is damaged") }
            (count, length, start, border) = (number, bytes, offset, place)
        }
        guard length <= Self.largestTable, count <= Self.mostMembers, start <= border, length <= border - start else {
            throw bad("states a table of \(length) bytes at \(start) for \(count) members: it is damaged or forged")
        }
        table = start
        let bytes = LittleEndian(try reader.read(length, at: start))
        var at = 0
        for _ in 0..<count {
            at = try readEntry(bytes, at: at, length: length)
        }
        let names = Set(members.map(\.name))
        guard names.count == members.count else { throw bad("has two members of one name") }
    }

    /// One entry of the table; returns where the next one stands.
    private func readEntry(_ bytes: LittleEndian, at: Int, length: Int) throws -> Int {
        guard length - at >= 46, bytes.u32(at) == 0x0201_4B50 else { throw self.bad("its table of members is damaged") }
        let (flags, method, checksum) = (bytes.u16(at + 8), bytes.u16(at + 10), bytes.u32(at + 16))
        var (packed, size, head) = (bytes.u32(at + 20), bytes.u32(at + 24), bytes.u32(at + 42))
        let (nameBytes, extraBytes, commentBytes) = (bytes.u16(at + 28), bytes.u16(at + 30), bytes.u16(at + 32))
        let next = at + 46 + nameBytes + extraBytes + commentBytes
        guard next <= length else { throw self.bad("its table of members is damaged") }
        guard let name = String(validating: bytes.bytes[at + 46..<at + 46 + nameBytes], as: UTF8.self), !name.isEmpty
        else { throw self.bad("a member's name is no text") }
        func bad(_ text: String) -> DatasetError { .badData("\(path): \(name.visible()): \(text)") }
        // What does not fit into 32 bits stands in an extra field of its own (section 4.5.3).
        var extra = at + 46 + nameBytes
        let extraEnd = extra + extraBytes
        while extraEnd - extra >= 4 {
            let (kind, count) = (bytes.u16(extra), bytes.u16(extra + 2))
            guard count <= extraEnd - extra - 4 else { throw bad("its entry is damaged") }
            if kind == 1 {
                var field = extra + 4
                func take(_ value: inout Int) throws {
                    guard value == 0xFFFF_FFFF else { return }
                    guard field + 8 <= extra + 4 + count, let wide = bytes.u64(field) else {
                        throw bad("its entry is damaged")
                    }
                    value = wide
                    field += 8
                }
                try take(&size)
                try take(&packed)
                try take(&head)
            }
            extra += 4 + count
        }
        guard flags & 1 == 0 else { throw bad("is encrypted, which is not read") }
        guard method == 0 || method == 8 else {
            throw bad("is packed with method \(method), expected 0 (stored) or 8 (deflated)")
        }
        guard packed <= table, head <= table - packed, method == 8 || packed == size,
            let most = [packed, Self.mostPacked].checkedProduct(), method == 0 || size <= most
        else { throw bad("states \(size) bytes in \(packed) at \(head): it is damaged or forged") }
        members.append(
            Member(
                name: name, isDeflated: method == 8, checksum: UInt32(checksum), packed: packed, size: size, head: head)
        )
        return next
    }

    /// Where a member's packed bytes begin.
    func start(of member: Member) throws -> Int {
        let head = LittleEndian(try reader.read(30, at: member.head))
        let start = member.head + 30 + head.u16(26) + head.u16(28)
        guard head.u32(0) == 0x0403_4B50, start <= table, member.packed <= table - start else {
            throw bad("the head of \(member.name.visible()) is damaged")
        }
        return start
    }
}

/// Numbers in bytes; zeros beyond their end, which whoever asks has made sure of.
private struct LittleEndian {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func u16(_ at: Int) -> Int { number(at, 2) }
    func u32(_ at: Int) -> Int { number(at, 4) }

    /// nil where it does not fit an `Int`.
    func u64(_ at: Int) -> Int? {
        let high = number(at + 4, 4)
        return high < 1 << 31 ? high << 32 | number(at, 4) : nil
    }

    private func number(_ at: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | (at + $1 < bytes.count ? Int(bytes[at + $1]) << (8 * $1) : 0) }
    }
}
