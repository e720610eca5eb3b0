import CZlib
import Failure
import Foundation
import Storage
import Testing

/// Files of numpy: as it writes them, and as nobody should.
@Suite struct NumpyFileTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }

    private func write(_ bytes: [UInt8], _ name: String = "source.npy") throws -> String {
        let path = files.temporary.file(name)
        try AtomicFile.write(bytes, to: path)
        return path
    }

    // MARK: As numpy writes them

    @Test func arraysInFortransOrder() throws {
        let path = goldenFolder + "/fields/fortran.npy"
        #expect(FieldImport.isMeant([path], FieldOptions()))
        try files.run([path])
        #expect(try files.fields([0, 1, 2]) == channelsLast(placed([3, 2, 8, 12]), [3, 2, 8, 12]))
        #expect(try Dataset(files.out).description.format.channels.map(\.name) == ["fortran 0", "fortran 1"])
    }

    @Test func bigEndianNumbers() throws {
        try files.run([goldenFolder + "/fields/big_endian.npy"])
        #expect(try files.fields([0, 1, 2]) == placed([3, 8, 12]))
    }

    @Test(arguments: ["stored.npz", "deflated.npz"]) func archives(name: String) throws {
        let path = goldenFolder + "/fields/" + name
        #expect(FieldImport.isMeant([path], FieldOptions()))
        for key in ["maps", "half"] {
            let out = files.temporary.file(key)
            try files.run([path], to: out) { fields, _ in
                fields.keys = [key]
                fields.conditions = ["count"]
                fields.labelKey = "count"
            }
            #expect(try files.fields([2, 0], of: out) == Array(placed([3, 8, 12])[192...]) + placed([1, 8, 12]))
            let dataset = try Dataset(out)
            #expect(dataset.labels == [0, 1, 2])
            #expect(try dataset.read(rows: [0, 1, 2]).vectors == [0, 1, 2])
        }
        expectError(ExitCode.usage, path, "2 arrays", "half: float16 [3, 8, 12]", "count: int64 [3]") {
            try files.run([path])
        }
    }

    /// Deflate takes few bits for many equal bytes: the packed bytes are all taken long before the last row is given.
    @Test func equalValuesUnpackToTheLast() throws {
        let count = 8193
        let member = FieldFiles.npy(
            header: FieldFiles.header("|u1", [count, 8, 8]), [UInt8](repeating: 0, count: 64 * count))
        try files.run([try write(deflated(member, "maps.npy"), "source.npz")])
        let dataset = try Dataset(files.out)
        #expect(dataset.count == count)
        #expect(try dataset.read(rows: [0, count - 1]).images == [UInt8](repeating: 0, count: 128))
        // What states one byte more than its packed bytes give is still found.
        let short = try write(deflated(Array(member.dropLast()), "maps.npy", size: member.count), "short.npz")
        expectError(ExitCode.badData, short, "maps", "fewer bytes than it states") {
            try files.run([short], to: files.temporary.file("short"))
        }
    }

    /// An archive of one member.
    private func deflated(_ member: [UInt8], _ name: String, size: Int? = nil) throws -> [UInt8] {
        var length = compressBound(UInt(member.count))
        var packed = [UInt8](repeating: 0, count: Int(length))
        try #require(compress(&packed, &length, member, UInt(member.count)) == Z_OK)
        // Without zlib's own head and checksum it is what a ZIP file holds.
        let content = Array(packed[2..<Int(length) - 4])
        let checksum = UInt64(crc32(0, member, UInt32(member.count)))
        var facts: [UInt8] = FieldFiles.bytes(20, 2) + FieldFiles.bytes(0, 2) + FieldFiles.bytes(8, 2)
        facts += FieldFiles.bytes(0, 4) + FieldFiles.bytes(checksum, 4) + FieldFiles.bytes(UInt64(content.count), 4)
        facts += FieldFiles.bytes(UInt64(size ?? member.count), 4) + FieldFiles.bytes(UInt64(name.utf8.count), 2)
        facts += FieldFiles.bytes(0, 2)
        var bytes: [UInt8] = [0x50, 0x4B, 3, 4] + facts + Array(name.utf8) + content
        let start = bytes.count
        bytes += [0x50, 0x4B, 1, 2] + FieldFiles.bytes(20, 2) + facts
        bytes += [UInt8](repeating: 0, count: 14) + Array(name.utf8)
        let table = bytes.count - start
        bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + FieldFiles.bytes(UInt64(table), 4)
        return bytes + FieldFiles.bytes(UInt64(start), 4) + [0, 0]
    }

    @Test(arguments: ["|u1", "<u2", "<u4", "<u8", "|i1", "<i2", "<i4", "<i8", ">i2", ">u4", "<f8", ">f4", "<f2"])
    func everyType(type: String) throws {
        let wanted = (0..<128).map { Float($0 % 100) }
        let size = Int(type.suffix(1)) ?? 0
        let content = wanted.flatMap { value -> [UInt8] in
            let bits: UInt64
            switch type.dropFirst() {
            case "f8": bits = Double(value).bitPattern
            case "f4": bits = UInt64(value.bitPattern)
            case "f2":
                // Small whole numbers: exponent and leading fraction of the single.
                let single = value.bitPattern
                bits = value == 0 ? 0 : UInt64((single >> 23 - 112) << 10 | single >> 13 & 1023)
            default: bits = UInt64(value)
            }
            let bytes = FieldFiles.bytes(bits, size)
            return type.hasPrefix(">") ? bytes.reversed() : bytes
        }
        let path = try write(FieldFiles.npy(header: FieldFiles.header(type, [2, 8, 8]), content))
        try files.run([path]) { fields, _ in fields.element = .float32 }
        #expect(try files.fields([0, 1]) == wanted)
    }

    @Test func negativeNumbers() throws {
        let values = (0..<128).map { Float($0 - 64) }
        let content = values.flatMap { FieldFiles.bytes(UInt64(bitPattern: Int64($0)), 2) }
        try files.run([try write(FieldFiles.npy(header: FieldFiles.header("<i2", [2, 8, 8]), content))])
        #expect(try files.fields([0, 1]) == values)
    }

    @Test(arguments: [1, 2, 3] as [UInt8]) func versions(version: UInt8) throws {
        let content = placed([2, 8, 8]).flatMap { FieldFiles.bytes(UInt64($0.bitPattern), 4) }
        try files.run([
            try write(FieldFiles.npy(header: FieldFiles.header("<f4", [2, 8, 8]), version: version, content))
        ])
        #expect(try files.fields([0, 1]) == placed([2, 8, 8]))
    }

    // MARK: As nobody should

    @Test func headsThatAreWrong() throws {
        let content = [UInt8](repeating: 1, count: 512)
        func refuse(_ header: String, _ parts: String...) throws {
            let path = try write(FieldFiles.npy(header: header, content))
            let error = caught { try files.run([path]) }
            #expect(error?.exitCode == ExitCode.badData, "\(header): \(error?.message ?? "none")")
            for part in [path] + parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
        }
        try refuse("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 8, 8), }", "several fields")
        try refuse(FieldFiles.header("<c8", [2, 8, 8]), "'<c8'", "expected integers or floats")
        try refuse(FieldFiles.header("|O", [2, 8, 8]), "'|O'")
        try refuse(FieldFiles.header("<U4", [2, 8, 8]), "'<U4'")
        try refuse(FieldFiles.header("<f4", [2, 8, 9]), "512 bytes follow its head, expected 576")
        try refuse(FieldFiles.header("<f4", [2, 8, 7]), "512 bytes follow its head, expected 448")
        try refuse(FieldFiles.header("<f4", [1 << 40, 1 << 40]), "absurd")
        try refuse(FieldFiles.header("<f4", [Int.max]), "absurd")
        try refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 8, 8), }", "damaged")
        try refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 8, 8), }", "damaged")
        try refuse("{'descr': '<f4', 'fortran_order': False, }", "damaged")
        try refuse("{'descr': '<f4', 'descr': '<f4', 'shape': (2, 8, 8), }", "damaged")
        try refuse("{'descr': '<f4', 'fortran_order': __import__('os'), 'shape': (2, 8, 8), }", "damaged")
        try refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 8, 8), 'more': (1,), }", "damaged")
        try refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 8, 8), } + more", "damaged")
        try refuse("", "damaged")
        #expect(!files.hasShards())
    }

    @Test func filesThatAreCutShort() throws {
        let whole = FieldFiles.npy([2, 8, 8], placed([2, 8, 8]))
        for count in [6, 7, 9, 10, 40, whole.count - 513, whole.count - 1] {
            let path = try write(Array(whole.prefix(count)))
            expectError(ExitCode.badData, path) { try files.run([path]) }
        }
        let other = try write([0x93] + Array("NUMPY".utf8) + [4, 0] + whole.dropFirst(8))
        expectError(ExitCode.badData, other, "version 4.0") { try files.run([other]) }
        let long = try write([0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0x7F] + whole.dropFirst(10))
        expectError(ExitCode.badData, long, "2147483647 bytes") { try files.run([long]) }
        #expect(!files.hasShards())
    }

    // MARK: Archives as nobody should write them

    private func archive(_ name: String) throws -> [UInt8] {
        Array(try #require(FileManager.default.contents(atPath: goldenFolder + "/fields/" + name)))
    }

    private func refuse(_ bytes: [UInt8], _ parts: String..., location: SourceLocation = #_sourceLocation) throws {
        let path = try write(bytes, "source.npz")
        let error = caught { try files.run([path]) { fields, _ in fields.keys = ["maps"] } }
        #expect(error?.exitCode == ExitCode.badData, "\(error?.message ?? "no error")", sourceLocation: location)
        for part in [path] + parts {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")", sourceLocation: location)
        }
        #expect(!files.hasShards(), sourceLocation: location)
    }

    /// Where the table's first entry stands.
    private func table(_ bytes: [UInt8]) throws -> Int {
        try #require((0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] })
    }

    @Test(arguments: ["stored.npz", "deflated.npz"]) func everyChangedByteOfValuesIsFound(name: String) throws {
        let whole = try archive(name)
        let start = try #require((0..<whole.count).first { whole[$0...].starts(with: Array("maps.npy".utf8)) }) + 8
        for place in stride(from: start + 150, to: start + 330, by: 20) {
            var bytes = whole
            bytes[place] ^= 0x10
            let path = try write(bytes, "source.npz")
            expectError(ExitCode.badData, path) { try files.run([path]) { fields, _ in fields.keys = ["maps"] } }
            #expect(!files.hasShards())
        }
    }

    @Test func tablesThatAreWrong() throws {
        let whole = try archive("deflated.npz")
        let entry = try table(whole)
        func changed(_ offset: Int, _ bytes: [UInt8]) -> [UInt8] {
            var result = whole
            result.replaceSubrange(entry + offset..<entry + offset + bytes.count, with: bytes)
            return result
        }
        try refuse(changed(8, [1]), "maps", "encrypted")
        try refuse(changed(10, [12]), "method 12")
        try refuse(changed(16, [1, 2, 3, 4]), "CRC-32")
        // Sizes: packed, unpacked, where it stands.
        try refuse(changed(20, [0xFF, 0xFF, 0xFF, 0x7F]), "damaged or forged")
        try refuse(changed(24, [0xFF, 0xFF, 0xFF, 0x7F]), "damaged or forged")
        try refuse(changed(24, [1, 0, 0, 0]))
        try refuse(changed(42, [0xFF, 0xFF, 0, 0]), "damaged or forged")
        try refuse(changed(42, [7, 0, 0, 0]), "head of maps.npy is damaged")
        try refuse(changed(0, [0]), "table of members is damaged")
        try refuse(changed(28, [0xFF, 0xFF]), "table of members is damaged")
        try refuse(Array(whole.dropLast(8)), "cut short")
        try refuse(Array(whole.prefix(40)), "cut short")
        // Two of one name.
        var twice = whole
        let second = try #require(
            (entry + 50..<whole.count).first { whole[$0...].starts(with: Array("half.npy".utf8)) })
        twice.replaceSubrange(second..<second + 8, with: Array("maps.npy".utf8))
        try refuse(twice, "two members of one name")
        // A table that states itself elsewhere, and more members than there are.
        let end = whole.count - 22
        var bytes = whole
        bytes.replaceSubrange(end + 16..<end + 20, with: [0xFF, 0xFF, 0xFF, 0x7F])
        try refuse(bytes, "damaged or forged")
        bytes = whole
        bytes.replaceSubrange(end + 10..<end + 12, with: [0xFE, 0xFF])
        try refuse(bytes, "table of members is damaged")
        bytes = whole
        bytes.replaceSubrange(end + 10..<end + 12, with: [0xFF, 0xFF])
        try refuse(bytes, "64-bit end is damaged")
    }
}
