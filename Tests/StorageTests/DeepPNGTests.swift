import Failure
import Foundation
import Storage
import Testing

/// PNG files of 16 bits a value.
@Suite struct DeepPNGTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }

    /// Grey of 16 bits, big-endian as PNG has it.
    private func write(_ name: String, height: Int = 8, width: Int = 12, seed: Int) throws -> [Float] {
        let values = (0..<height * width).map { UInt16(truncatingIfNeeded: $0 * 517 + seed * 4001) }
        var raw: [UInt8] = []
        for row in 0..<height {
            raw.append(0)
            for value in values[row * width..<(row + 1) * width] { raw += [UInt8(value >> 8), UInt8(value & 255)] }
        }
        let folder = files.temporary.file("source")
        try FileManager.default.createDirectory(
            atPath: (folder + "/" + name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try AtomicFile.write(
            HandmadePNG.file(raw, height: height, width: width, color: 0, depth: 16), to: folder + "/" + name)
        return values.map { Float($0) }
    }

    @Test func sixteenBitsStay() throws {
        let first = try write("a/1.png", seed: 1)
        let second = try write("b/2.png", seed: 2)
        let folder = files.temporary.file("source")
        #expect(!FieldImport.isMeant([folder], FieldOptions()))
        try files.run([folder]) { fields, options in
            fields.element = .uint16
            options.labels = .folder
        }
        let dataset = try Dataset(files.out)
        #expect(dataset.description.format.element == .uint16)
        #expect(try dataset.read(rows: [0, 1]).fields == first + second)
        #expect(dataset.labels == [0, 1] && dataset.description.classNames == ["a", "b"])
    }

    @Test(arguments: [0, 1, 2, 3, 4] as [UInt8]) func everyFilterIsUndone(filter: UInt8) throws {
        let folder = files.temporary.file("source")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let values = (0..<192).map { UInt8(truncatingIfNeeded: $0 * 37) }
        try AtomicFile.write(
            HandmadePNG.image(values, color: 2, depth: 16, filter: filter), to: folder + "/1.png")
        try files.run([folder]) { fields, _ in fields.element = .uint16 }
        #expect(try files.fields([0]) == values.map { Float(Int($0) << 8) })
        #expect(try Dataset(files.out).description.format.channels.count == 3)
    }

    @Test func transparencyIsRefused() throws {
        let folder = files.temporary.file("source")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try AtomicFile.write(
            HandmadePNG.image([UInt8](repeating: 9, count: 128), color: 4, depth: 16), to: folder + "/1.png")
        expectError(ExitCode.badData, "1.png", "transparency") {
            try files.run([folder]) { fields, _ in fields.element = .uint16 }
        }
    }

    /// By its head: its pixels, which would take gigabytes, are not unpacked.
    @Test func aSampleThatIsTooLargeIsRefused() throws {
        let folder = files.temporary.file("source")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // No zlib would begin so.
        let packed = [UInt8](repeating: 0xFF, count: 1_600_000)
        try AtomicFile.write(
            HandmadePNG.file(packed: packed, height: 16384, width: 16384, color: 2, depth: 16), to: folder + "/1.png")
        expectError(ExitCode.badData, "1.png", "16384×16384×3", "expected at most 134217728 numbers") {
            try files.run([folder]) { fields, _ in fields.element = .uint16 }
        }
    }

    @Test func classesAreThoseOfAllFolders() throws {
        _ = try write("a/1.png", seed: 1)
        _ = try write("b/2.png", seed: 2)
        let folders = ["a", "b"].map { files.temporary.file("source/\($0)") }
        try AtomicFile.write(Array("{\"labels\": [[\"1.png\", 1]]}".utf8), to: folders[0] + "/dataset.json")
        try AtomicFile.write(Array("{\"labels\": [[\"2.png\", 4]]}".utf8), to: folders[1] + "/dataset.json")
        try files.run(folders) { fields, options in
            fields.element = .uint16
            options.labels = .json
        }
        let dataset = try Dataset(files.out)
        #expect(dataset.labels == [1, 4] && dataset.description.classes == 5)
    }

    @Test func othersAreNamed() throws {
        _ = try write("1.png", seed: 1)
        _ = try write("2.png", width: 16, seed: 2)
        let folder = files.temporary.file("source")
        expectError(ExitCode.badData, "2.png is 8×16", "1.png is 8×12") {
            try files.run([folder]) { fields, _ in fields.element = .uint16 }
        }
        #expect(!files.hasShards())
        expectError(ExitCode.usage, "--element uint8", "uint16") {
            try files.run([folder]) { fields, _ in fields.element = .uint8 }
        }
    }
}
