import Failure
import Foundation
import Storage
import Testing

/// PNG files that are no maps.
extension MapImportTests {
    @Test func filesThatAreNoMapsAreNamed() throws {
        try writeImage("images/a.png")
        let right = HandmadePNG.image(Self.values)
        func refused(_ bytes: [UInt8], _ says: String) throws {
            try write(bytes, to: "annotations/a.png")
            refuse(ExitCode.badData, "annotations/a.png", says)
        }
        try refused(HandmadePNG.image(Self.values, depth: 16), "16 bits a value")
        try refused(HandmadePNG.image(Self.values.flatMap { [$0, 254] }, color: 4), "not opaque")
        try refused(Array(right.dropLast(3)), "damaged or cut short")
        try refused([1, 2, 3], "expected a PNG")
        try refused(HandmadePNG.image(Self.values, filter: 5), "filter 5")
        // Pixels for seven rows of eight.
        let few = HandmadePNG.file([UInt8](repeating: 0, count: 63), height: 8, width: 8, color: 0, depth: 8)
        try refused(few, "do not unpack to the 72 bytes")
        try FileManager.default.removeItem(atPath: source + "/annotations/a.png")
        try write([0xFF, 0xD8, 0xFF], to: "annotations/a.jpg")
        refuse(ExitCode.badData, "annotations/a.jpg", "JPEG changes values")
    }

    /// Pixels are not unpacked before their number is known to be right: a map of a megabyte may hold a gigabyte.
    @Test func sizesAreComparedBeforePixelsAreUnpacked() throws {
        try writeImage("images/a.png")
        let side = 1 << 14
        let junk = [UInt8](repeating: 0xA5, count: side * side * 4 / 1032 + 1)
        let bytes = HandmadePNG.file(packed: junk, height: side, width: side, color: 6, depth: 8)
        try write(bytes, to: "annotations/a.png")
        refuse(ExitCode.badData, "annotations/a.png is 16384x16384", "images/a.png is 8x8")
    }

    struct Transparent: CustomTestStringConvertible, Sendable {
        let color: UInt8
        var depth = 8
        let chunk: [UInt8]
        let isUsed: Bool
        var testDescription: String { "colour type \(color), \(depth) bits, tRNS \(chunk)" }
    }

    /// The maps' values are 0 to 2.
    static let transparent: [Transparent] = [
        Transparent(color: 3, chunk: [255, 254], isUsed: true),
        Transparent(color: 3, depth: 2, chunk: [255, 255, 0], isUsed: true),
        Transparent(color: 3, chunk: [255, 255, 255, 0], isUsed: false),
        Transparent(color: 3, chunk: [255], isUsed: false),
        Transparent(color: 0, chunk: [0, 2], isUsed: true),
        Transparent(color: 0, depth: 4, chunk: [0, 1], isUsed: true),
        Transparent(color: 0, chunk: [0, 3], isUsed: false),
        Transparent(color: 2, chunk: [0, 1, 0, 2, 0, 1], isUsed: true),
        Transparent(color: 2, chunk: [0, 2, 0, 2, 0, 1], isUsed: false),
    ]

    /// By index, or by one colour, which counts where it is used.
    @Test(arguments: transparent) func transparencyOfAChunk(_ kind: Transparent) throws {
        try writeImage("images/a.png")
        let values = kind.color == 2 ? Self.values.flatMap { [$0, (2 * $0) % 3, 1] } : Self.values
        if kind.color == 2 {
            let names = #"[{"name": "x", "color": [0, 0, 1]}, {"name": "y", "color": [1, 2, 1]}, "#
            try write(Array((names + #"{"name": "z", "color": [2, 1, 1]}]"#).utf8), to: "palette.json")
        }
        let bytes = HandmadePNG.image(
            values, color: kind.color, depth: kind.depth, palette: kind.color == 3 ? (0..<12).map { $0 * 20 } : [],
            transparency: kind.chunk)
        try write(bytes, to: "annotations/a.png")
        if kind.isUsed {
            refuse(ExitCode.badData, "annotations/a.png", "not opaque")
        } else {
            try run()
            #expect(try maps() == Self.values)
        }
    }

    static let strange: [(UInt8, Int)] = [
        (2, 1), (2, 2), (2, 4), (3, 16), (4, 1), (4, 2), (4, 4), (6, 1), (6, 2), (6, 4),
    ]

    /// What libpng refuses of images is refused of maps.
    @Test(arguments: strange) func formsThatPNGHasNot(_ color: UInt8, _ depth: Int) throws {
        try writeImage("images/a.png")
        let count: Int = [2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1
        let bytes = HandmadePNG.image(
            [UInt8](repeating: 1, count: 64 * count), color: color, depth: depth,
            palette: color == 3 ? [UInt8](repeating: 9, count: 12) : [])
        try write(bytes, to: "annotations/a.png")
        refuse(ExitCode.badData, "annotations/a.png", "colour type \(color) of \(depth) bits, which PNG has not")
    }

    @Test func headersAndPalettesThatPNGHasNot() throws {
        try writeImage("images/a.png")
        func refused(_ methods: [UInt8] = [0, 0, 0], color: UInt8 = 0, palette: [UInt8] = [], _ says: String) throws {
            let data = [UInt8](repeating: 0, count: 72)
            let bytes = HandmadePNG.file(
                data, height: 8, width: 8, color: color, depth: 8, methods: methods, palette: palette)
            try write(bytes, to: "annotations/a.png")
            refuse(ExitCode.badData, "annotations/a.png", says)
        }
        try refused([1, 0, 0], "compression method 1")
        try refused([0, 1, 0], "filter method 1")
        try refused([0, 0, 2], "interlace method 2")
        try refused(color: 3, "its pixels come before its palette")
        try refused(color: 3, palette: [UInt8](repeating: 0, count: 7), "its palette has 7 bytes")
        try refused(color: 3, palette: [UInt8](repeating: 0, count: 771), "its palette has 771 bytes")
        for (color, chunk, says) in [(0, 1, "expected 2"), (2, 2, "expected 6"), (3, 4, "expected at most 3")] {
            let count = color == 2 ? 192 : 64
            let bytes = HandmadePNG.image(
                [UInt8](repeating: 0, count: count), color: UInt8(color),
                palette: color == 3 ? [UInt8](repeating: 9, count: 9) : [],
                transparency: [UInt8](repeating: 255, count: chunk))
            try write(bytes, to: "annotations/a.png")
            refuse(ExitCode.badData, "annotations/a.png", "its chunk tRNS has \(chunk) bytes", says)
        }
    }
}
