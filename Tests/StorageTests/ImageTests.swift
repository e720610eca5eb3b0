import CTurboJPEG
import Failure
import Foundation
import Storage
import Testing

/// An image in which every pixel differs from its neighbours.
func testImage(_ height: Int, _ width: Int, _ channels: Int, seed: Int = 0) -> RasterImage {
    RasterImage(
        height: height, width: width, channels: channels,
        pixels: (0..<height * width * channels).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ seed &* 11 &+ $0 / 7) })
}

/// The bytes of a JPEG file of high quality.
func encodeJPEG(_ image: RasterImage) throws -> [UInt8] {
    let encoder = try #require(tjInitCompress())
    defer { tjDestroy(encoder) }
    var memory: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let (format, sampling) = image.channels == 1 ? (TJPF_GRAY, TJSAMP_GRAY) : (TJPF_RGB, TJSAMP_444)
    let status = tjCompress2(
        encoder, image.pixels, Int32(image.width), 0, Int32(image.height), Int32(format.rawValue), &memory, &size,
        Int32(sampling.rawValue), 97, 0)
    defer { tjFree(memory) }
    #expect(status == 0)
    return Array(UnsafeBufferPointer(start: memory, count: Int(size)))
}

@Suite struct ImageTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [1, 3], [1, 2, 17, 64]) func pngComesBack(channels: Int, side: Int) throws {
        let image = testImage(side, side + 3, channels)
        let path = folder.file("a.png")
        try ImageFile.write(image, to: path)
        #expect(try ImageFile.read(path) == image)
        #expect(try ImageFile.read(path, channels: 3) == image.converted(toChannels: 3))
    }

    @Test(arguments: [1, 3]) func jpegIsRead(channels: Int) throws {
        let ramp = (0..<32 * 48 * channels).map { UInt8($0 / channels % 48 * 5) }
        let image = RasterImage(height: 32, width: 48, channels: channels, pixels: ramp)
        let path = folder.file("a.jpg")
        try AtomicFile.write(encodeJPEG(image), to: path)
        let read = try ImageFile.read(path)
        #expect(read.height == 32 && read.width == 48 && read.channels == channels)
        let largest = zip(read.pixels, ramp).map { abs(Int($0) - Int($1)) }.max()
        #expect(try #require(largest) < 8)
    }

    @Test func damagedFilesAreNamed() throws {
        let path = folder.file("a.png")
        let bytes = try ImageFile.encodePNG(testImage(32, 32, 3))
        for length in [9, 20, 40, bytes.count / 2, bytes.count - 20] {
            try AtomicFile.write(Array(bytes.prefix(length)), to: path)
            expectError(ExitCode.badData, path, "PNG", "\(length) bytes", "cut short") { _ = try ImageFile.read(path) }
        }
        try AtomicFile.write("GIF89a, say", to: path)
        expectError(ExitCode.badData, path, "47 49 46 38", "expected a PNG or JPEG") { _ = try ImageFile.read(path) }
        try AtomicFile.write("", to: path)
        expectError(ExitCode.badData, path, "empty") { _ = try ImageFile.read(path) }
        try AtomicFile.write([0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3], to: path)
        expectError(ExitCode.badData, path, "JPEG", "7 bytes") { _ = try ImageFile.read(path) }
        let jpeg = try encodeJPEG(testImage(64, 64, 3))
        for length in [30, 300, jpeg.count / 2, jpeg.count - 40] {
            try AtomicFile.write(Array(jpeg.prefix(length)), to: path)
            expectError(ExitCode.badData, path, "JPEG", "\(length) bytes", "cut short") {
                _ = try ImageFile.read(path)
            }
        }
        expectError(ExitCode.missingInput, "none.png", "no such") { _ = try ImageFile.read(folder.file("none.png")) }
    }

    @Test func greyUsesTheWeightsOfRec601() {
        let image = RasterImage(height: 1, width: 2, channels: 3, pixels: [255, 0, 0, 10, 200, 30])
        #expect(image.converted(toChannels: 1).pixels == [76, 124])
    }

    @Test func cropAndPadKeepTheMiddle() {
        let image = testImage(4, 6, 1)
        let square = image.centerSquare()
        let expected = (0..<4).flatMap { row in Array(image.pixels[row * 6 + 1..<row * 6 + 5]) }
        #expect(square.pixels == expected)
        let padded = square.padded(toHeight: 8, width: 8)
        #expect(padded.cropped(top: 2, left: 2, height: 4, width: 4) == square)
        func sum(_ image: RasterImage) -> Int { image.pixels.reduce(0) { $0 + Int($1) } }
        #expect(sum(padded) == sum(square))
    }

    @Test func boxAveragesAreas() {
        let image = RasterImage(height: 2, width: 4, channels: 1, pixels: [0, 10, 20, 30, 40, 50, 60, 70])
        let small = Resampler(fromHeight: 2, width: 4, toHeight: 1, width: 2, filter: .box)(image)
        #expect(small.pixels == [25, 45])
        let large = Resampler(fromHeight: 1, width: 2, toHeight: 2, width: 4, filter: .box)(small)
        #expect(large.pixels == [25, 25, 45, 45, 25, 25, 45, 45])
    }

    @Test(arguments: ResamplingFilter.allCases) func constantsStayAndSizesFit(filter: ResamplingFilter) {
        for (from, to) in [(28, 32), (100, 16), (7, 64), (1, 4), (33, 32)] {
            let image = RasterImage(height: from, width: from, channels: 3, filledWith: 200)
            let result = Resampler(fromHeight: from, width: from, toHeight: to, width: to, filter: filter)(image)
            #expect(result == RasterImage(height: to, width: to, channels: 3, filledWith: 200))
        }
        let image = testImage(32, 32, 3)
        #expect(Resampler(fromHeight: 32, width: 32, toHeight: 32, width: 32, filter: filter)(image) == image)
    }

    @Test func lanczosKeepsASmoothWave() {
        func wave(_ x: Int, of count: Int) -> UInt8 {
            let angle = 2 * Float.pi * (Float(x) + 0.5) / Float(count)
            return UInt8((127 + 100 * cosf(angle)).rounded())
        }
        let image = RasterImage(height: 1, width: 64, channels: 1, pixels: (0..<64).map { wave($0, of: 64) })
        let small = Resampler(fromHeight: 1, width: 64, toHeight: 1, width: 16, filter: .lanczos)(image)
        for x in 2..<14 { #expect(abs(Int(small.pixels[x]) - Int(wave(x, of: 16))) <= 2) }
    }

    @Test func gridPlacesImages() {
        let images = (0..<5).flatMap { [UInt8](repeating: UInt8($0 + 1), count: 4) }
        let grid = ImageGrid.make(images, count: 5, height: 2, width: 2, channels: 1, columns: 3, margin: 1)
        #expect(grid.height == 5)
        #expect(grid.width == 8)
        #expect(Array(grid.pixels[0..<8]) == [1, 1, 0, 2, 2, 0, 3, 3])
        #expect(Array(grid.pixels[24..<32]) == [4, 4, 0, 5, 5, 0, 0, 0])
        #expect(ImageGrid.colors(ofSemantic: [0, 0]) == [0, 0, 0, 0, 0, 0])
        #expect(Set((0..<12).map { ImageGrid.colors(ofSemantic: [UInt8($0)]) }).count == 12)
    }
}
