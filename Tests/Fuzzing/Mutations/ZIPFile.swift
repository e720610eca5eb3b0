import CZlib

/// ZIP files of stored members, as numpy's `savez` writes them, with right checksums whatever the members are.
enum ZIPFile {
    static func stored(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var (file, table): ([UInt8], [UInt8]) = ([], [])
        for member in members {
            let name = Array(member.name.utf8)
            let sum = Int(crc32(0, member.bytes, UInt32(member.bytes.count)))
            let sizes = little(sum, 4) + little(member.bytes.count, 4) + little(member.bytes.count, 4)
            let common = little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + sizes + little(name.count, 2)
            table += little(0x0201_4B50, 4) + little(20, 2) + common + little(0, 10 + 2)
            table += little(file.count, 4) + name
            file += little(0x0403_4B50, 4) + common + little(0, 2) + name + member.bytes
        }
        let (start, count) = (file.count, members.count)
        return file + table + little(0x0605_4B50, 4) + little(0, 4) + little(count, 2) + little(count, 2)
            + little(table.count, 4) + little(start, 4) + little(0, 2)
    }
}
