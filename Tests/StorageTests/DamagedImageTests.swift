import CTurboJPEG
import CZlib
import Failure
import Foundation
import Storage
import Testing

/// Images that are damaged, or that claim more than they hold.
@Suite struct DamagedImageTests {
    private func refuse(
        _ bytes: [UInt8], _ parts: String..., location: SourceLocation = #_sourceLocation
    ) {
        guard let error = caught({ _ = try ImageFile.decode(bytes, name: "a.image") }) else {
            Issue.record("was decoded, expected \(parts)", sourceLocation: location)
            return
        }
        #expect(error.exitCode == ExitCode.badData, sourceLocation: location)
        for part in ["a.image: a "] + parts {
            #expect(error.message.contains(part), "\(error.message)", sourceLocation: location)
        }
    }

    /// A chunk with its length and its CRC-32.
    private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return word(data.count) + body + word(Int(CZlib.crc32(0, body, UInt32(body.count))))
    }

    private func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    /// A PNG of grey pixels, whatever its pixels are.
    private func png(_ width: Int, _ height: Int, depth: UInt8 = 8, color: UInt8 = 0, pixels: [UInt8]) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", word(width) + word(height) + [depth, color, 0, 0, 0]) + chunk("tEXt", Array("a\0b".utf8))
            + chunk("IDAT", pixels) + chunk("IEND", [])
    }

    private func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var size = compressBound(UInt(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        #expect(compress2(&packed, &size, bytes, UInt(bytes.count), 9) == Z_OK)
        return Array(packed.prefix(Int(size)))
    }

    @Test func everyByteOfAPNGCounts() throws {
        let rows = (0..<16).flatMap { row -> [UInt8] in [0] + (0..<16).map { UInt8(16 * row + $0) } }
        let bytes = png(16, 16, pixels: deflated(rows))
        #expect(try ImageFile.decode(bytes, name: "a.png").pixels == (0..<256).map { UInt8($0) })
        for place in bytes.indices {
            for bit in 0..<8 {
                var wrong = bytes
                wrong[place] ^= 1 << UInt8(bit)
                let error = caught { _ = try ImageFile.decode(wrong, name: "a.png") }
                #expect(error?.exitCode == ExitCode.badData, "byte \(place), bit \(bit)")
            }
        }
        for length in 1..<bytes.count {
            #expect(throws: (any Error).self) { try ImageFile.decode(Array(bytes[..<length]), name: "a.png") }
        }
    }

    @Test func whatFollowsTheEndOfAPNG() {
        let bytes = png(16, 1, pixels: deflated([UInt8](repeating: 7, count: 17)))
        refuse(bytes + [0], "PNG of 16x1", "1 bytes follow its end")
        refuse(Array(bytes.dropLast(12)), "it ends before the chunk IEND")
        refuse(Array(bytes.dropLast(13)), "chunk 'IDAT' at byte", "states")
    }

    @Test func pngsThatClaimTooMuch() {
        let few = deflated([0, 0])
        refuse(png(1 << 30, 1 << 30, pixels: few), "PNG of 1073741824x1073741824", "expected 1 to 268435456 pixels")
        refuse(png(0, 8, pixels: few), "expected 1 to 268435456 pixels")
        refuse(png(16_384, 16_384, pixels: few), "16384x16384", "bytes of pixels cannot hold so many")
        refuse(png(8, 8, depth: 3, pixels: few), "colour type 0 of 3 bits")
        refuse(png(8, 8, color: 5, pixels: few), "colour type 5 of 8 bits")
    }

    @Test func whatCompressesWellIsRead() throws {
        let side = 4000
        let bytes = png(side, side, depth: 1, pixels: deflated([UInt8](repeating: 0, count: side * (side / 8 + 1))))
        #expect(bytes.count < 3000)
        #expect(try ImageFile.decode(bytes, name: "a.png") == RasterImage(height: side, width: side, channels: 1))
    }

    @Test func sparseFilesAreNotRead() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.png")
        try AtomicFile.write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], to: path)
        #expect(truncate(path, 40 << 30) == 0)
        expectError(ExitCode.badData, path, "holds 42.9 GB", "at most 536.9 MB") { _ = try ImageFile.read(path) }
        try AtomicFile.write("nothing of the kind", to: path)
        #expect(truncate(path, 40 << 30) == 0)
        expectError(ExitCode.badData, path, "6E 6F 74 68") { _ = try ImageFile.read(path) }
    }

    /// Smooth, so that it compresses as photographs do.
    private func photograph(progressive: Bool = false) throws -> [UInt8] {
        let pixels = (0..<64 * 64 * 3).map { (index: Int) -> UInt8 in
            let (pixel, channel) = (index / 3, index % 3)
            let value: Int = pixel % 64 * 2 + pixel / 64 + channel * 30
            return UInt8(value)
        }
        let encoder = try #require(tjInitCompress())
        defer { tjDestroy(encoder) }
        var memory: UnsafeMutablePointer<UInt8>?
        var size: UInt = 0
        #expect(
            tjCompress2(
                encoder, pixels, 64, 0, 64, Int32(TJPF_RGB.rawValue), &memory, &size, Int32(TJSAMP_420.rawValue), 90,
                progressive ? TJFLAG_PROGRESSIVE : 0) == 0)
        defer { tjFree(memory) }
        return Array(UnsafeBufferPointer(start: memory, count: Int(size)))
    }

    private func place(of marker: UInt8, in bytes: [UInt8]) throws -> Int {
        try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == marker })
    }

    @Test(arguments: [false, true]) func jpegsThatAreCutShort(progressive: Bool) throws {
        let bytes = try photograph(progressive: progressive)
        _ = try ImageFile.decode(bytes, name: "a.jpg")
        for length in 3..<bytes.count {
            let error = caught { _ = try ImageFile.decode(Array(bytes[..<length]), name: "a.jpg") }
            #expect(error?.exitCode == ExitCode.badData, "\(length) of \(bytes.count) bytes")
        }
        refuse(Array(bytes.dropLast(2)), "JPEG of 64x64", "without an end of image")
    }

    /// What a damaged scan leaves over is no padding, and what it lacks is no part of a picture. Some bytes at its end the
    /// decoder has read ahead, and says nothing.
    @Test func bytesTooManyOrTooFewInAScan() throws {
        let bytes = try photograph()
        var longer = bytes
        longer.insert(contentsOf: [UInt8](repeating: 0x55, count: 64), at: bytes.count - 2)
        refuse(longer, "JPEG of 64x64", "extraneous bytes")
        let middle = (try place(of: 0xDA, in: bytes) + bytes.count) / 2
        var shorter = bytes
        shorter.removeSubrange(middle..<middle + 64)
        refuse(shorter, "JPEG of 64x64", "premature end of data")
    }

    @Test func whatStandsBetweenAndBehindSegments() throws {
        let bytes = try photograph()
        let image = try ImageFile.decode(bytes, name: "a.jpg")
        let scan = try place(of: 0xDA, in: bytes)
        for padding: [UInt8] in [[0, 0, 0], [0xFF, 0xFF]] {
            var padded = bytes
            padded.insert(contentsOf: padding, at: scan)
            #expect(try ImageFile.decode(padded, name: "a.jpg") == image)
        }
        #expect(try ImageFile.decode(bytes + Array("more pictures".utf8), name: "a.jpg") == image)
        var wrong = bytes
        wrong.insert(contentsOf: [1, 2, 3], at: scan)
        refuse(wrong, "byte \(scan) is 1, but a marker (255) belongs there")
    }

    @Test func jpegsThatClaimTooMuch() throws {
        let bytes = try photograph()
        let frame = try place(of: 0xC0, in: bytes)
        func stating(_ width: Int, _ height: Int) -> [UInt8] {
            var wrong = bytes
            wrong.replaceSubrange(frame + 5..<frame + 9, with: word(height << 16 | width))
            return wrong
        }
        refuse(stating(65_500, 65_500), "JPEG of 65500x65500", "expected 1 to 268435456 pixels")
        refuse(stating(16_000, 16_000), "JPEG of 16000x16000", "cannot hold so many pixels")
        refuse(stating(0, 64), "expected 1 to 268435456 pixels")
        // More rows than there are in the scan.
        refuse(stating(64, 512), "JPEG of 64x512")
    }

    @Test func scansWithoutEnd() throws {
        let bytes = try photograph(progressive: true)
        let scan = try place(of: 0xDA, in: bytes)
        let header = Array(bytes[scan..<scan + 2 + Int(bytes[scan + 2]) << 8 + Int(bytes[scan + 3])])
        var many = Array(bytes[..<scan])
        for _ in 0...(1 << 20) { many += header }
        refuse(many + [0xFF, 0xD9], "it has 1048577 scans")
    }
}
