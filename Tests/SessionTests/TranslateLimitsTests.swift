import Evaluation
import Kernels
import Layers
import Models
import Recipes
import Session
import Storage
import TestSupport
import Testing

/// What `ganglion translate` makes of checkpoints and files that it cannot use, and how large files may be.
@Suite(.serialized) struct TranslateLimitsTests {
    // MARK: Checkpoints

    /// A CC-FPSE generator that starts from z, as the authors' other models do: a file built from weights.
    private func latent(_ scene: TranslationScene) throws -> String {
        let generator = CCFPSEGenerator(
            CCFPSEShape(
                grid: NetworkGrid(resolution: 32), semantics: TranslationScene.classes, start: .latent(6),
                generatorWidth: 2, discriminatorWidth: 2, hidden: 3))
        let parameters = Parameters(generator.declarations)
        parameters.initialize(seed: 1, network: 0)
        let arrays = (parameters.trained + parameters.untrained).map { entry in
            let layout = entry.declaration.layout
            return (
                path: "generator/\(entry.name)", shape: layout.referenceShape,
                values: layout.toReference(parameters.view(entry).array)
            )
        }
        let contents = CheckpointContents(
            arrays: arrays, attributes: [("resolution", .int(32)), ("map_classes", .int(TranslationScene.classes))])
        try CheckpointFile.write(contents, to: scene("latent.h5"))
        return scene("latent.h5")
    }

    @Test func noiseOfAClassNeedsNoiseOfPixels() throws {
        try withTranslation { scene in
            let checkpoint = try latent(scene)
            try scene.write(TranslationScene.map(0, height: 32, width: 32), "in/a.png", height: 32, width: 32)
            #expect(try scene.translate(checkpoint) == ["1 image in \(scene("out"))"])
            let found = try scene.refusal(checkpoint) { $0.noise = "class:1" }
            #expect(found.code == 64)
            #expect(found.text.contains("latent.h5 has one noise for all pixels of an image"), "\(found)")
            // It has a size of its own.
            try scene.write(TranslationScene.map(0, height: 64, width: 64), "in/b.png", height: 64, width: 64)
            let other = try scene.refusal(checkpoint)
            #expect(other.code == 65 && other.text.contains("b.png: is 64×64, but"), "\(other)")
        }
    }

    @Test func otherChannelsThanPicturesHaveAreNamed() throws {
        try withTranslation { scene in
            try scene.write(TranslationScene.map(0), "in/a.png")
            let two = try scene.checkpoint("two.h5", TranslationScene.oasis, TranslationScene.ofMaps, scale: 1) {
                contents in
                for place in contents.arrays.indices where contents.arrays[place].path.contains("/conv_img.") {
                    guard contents.arrays[place].shape.first == 3 else { continue }
                    contents.arrays[place].shape[0] = 2
                    let values = contents.arrays[place].values
                    contents.arrays[place].values = Array(values.prefix(values.count / 3 * 2))
                }
            }
            #expect(try GeneratorFile(two).generator.imageChannels == 2)
            let found = try scene.refusal(two)
            #expect(found.code == 65)
            #expect(found.text.contains("two.h5: its images have 2 channels, expected 1 or 3"), "\(found)")
        }
    }

    @Test func fieldsAreNoPictures() throws {
        try withTranslation { scene in
            try scene.write(TranslationScene.map(0), "in/a.png")
            let format = SampleFormat(
                element: .float32, height: 16, width: 16,
                channels: ["u", "v", "w"].map { SampleFormat.Channel(name: $0) })
            let fields = try scene.checkpoint(
                "fields.h5", TranslationScene.oasis, TranslationScene.ofMaps, DatasetDescription(format: format),
                scale: 1)
            let found = try scene.refusal(fields)
            #expect(found.code == 64)
            #expect(found.text.contains("fields.h5 makes fields of 16×16 with 3 channels"), "\(found)")
        }
    }

    // MARK: Memory

    /// The same limit for what is read as a map and for what is read as an image, in the file's name.
    @Test func imagesThatMemoryDoesNotHoldAreRefused() throws {
        try withTranslation { scene in
            for checkpoint in [try scene.oasis(), try scene.pix2pix()] {
                let file = try GeneratorFile(checkpoint)
                let floats = file.generator.floatsPerPixel + 2 * file.generator.imageChannels
                let most = 2 * 16 * 16 * (4 * floats + 8)
                let isMap = file.conditionClasses > 0
                func values(_ height: Int, _ width: Int) -> [UInt8] {
                    isMap
                        ? TranslationScene.map(0, height: height, width: width)
                        : TranslationScene.grey(0, height: height, width: width)
                }
                try scene.write(values(16, 16), "in/a.png")
                #expect(try scene.translate(checkpoint, available: most).count == 1)
                try scene.write(values(48, 16), "large/b.png", height: 48, width: 16)
                let found = try scene.refusal(checkpoint, "large", available: most)
                #expect(found.code == 65)
                #expect(found.text.contains("large/b.png: is 48×16: an image of it would take"), "\(found)")
                #expect(found.text.contains("expected at most 16×16 pixels"), "\(found)")
                #expect(try scene.translate(checkpoint, "large", available: 2 * most).count == 1)
            }
        }
    }

    /// What a file states is enough: its pixels, which are junk, are not unpacked.
    @Test func sizesAreCheckedBeforePixelsAreRead() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            try Files.makeFolder(scene("in"))
            try AtomicFile.write(Self.png(side: 8192, junk: 40_000), to: scene("in/a.png"))
            let found = try scene.refusal(checkpoint, available: 1 << 24)
            #expect(
                found.code == 65 && found.text.contains("a.png: is 8192×8192: an image of it would take"), "\(found)")
            let enough = try scene.refusal(checkpoint)
            #expect(enough.code == 65 && enough.text.contains("do not unpack"), "\(enough)")
        }
    }

    /// A PNG of one bit a pixel whose pixels are junk.
    private static func png(side: UInt32, junk: Int) -> [UInt8] {
        func bytes(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }
        func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
            var sum = UInt32.max
            for byte in Array(name.utf8) + data {
                sum ^= UInt32(byte)
                for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
            }
            return bytes(UInt32(data.count)) + Array(name.utf8) + data + bytes(~sum)
        }
        let header = chunk("IHDR", bytes(side) + bytes(side) + [1, 0, 0, 0, 0])
        let pixels = chunk("IDAT", [UInt8](repeating: 7, count: junk))
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + header + pixels + chunk("IEND", [])
    }

    @Test func sheetsThatMemoryDoesNotHoldAreRefused() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            for number in 10..<26 {
                try scene.write(TranslationScene.map(number), "in/\(number).png")
                try scene.write(
                    TranslationScene.grey(number, height: 64, width: 64), "real/\(number).png", height: 64, width: 64)
            }
            // 16 rows of three images with their margins, four times.
            let sheet = (16 * 66 - 2) * (18 + 18 + 64) * 12
            func show(_ options: inout TranslateSession.Options) {
                (options.sheet, options.real) = (scene("s.png"), scene("real"))
            }
            let found = try scene.refusal(checkpoint, available: sheet - 1, show)
            #expect(found.code == 64 && found.text.contains("s.png: would be 1054×100 pixels"), "\(found)")
            #expect(scene.isMissing("out"), "refused before anything was made")
            #expect(try scene.translate(checkpoint, available: sheet, show).count == 2)
        }
    }

    // MARK: Files

    @Test func damagedMapsAreNamed() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            try scene.write(TranslationScene.map(0), "in/a.png")
            try scene.write(TranslationScene.map(1), "in/b.png")
            let whole = try ImageFile.encodePNG(
                RasterImage(height: 16, width: 16, channels: 1, pixels: TranslationScene.map(1)))
            try AtomicFile.write(Array(whole.prefix(whole.count / 2)), to: scene("in/b.png"))
            let found = try scene.refusal(checkpoint)
            #expect(found.code == 65)
            #expect(found.text.contains("in/b.png: a PNG") && found.text.contains("damaged or cut short"), "\(found)")
            try AtomicFile.write("text", to: scene("in/b.png"))
            let text = try scene.refusal(checkpoint)
            #expect(text.code == 65 && text.text.contains("in/b.png: begins with bytes"), "\(text)")
        }
    }

    /// What a file is, is told by its content.
    @Test func namesDoNotTellKinds() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            try scene.write(TranslationScene.map(0), "in/a.jpg")
            #expect(try scene.translate(checkpoint) == ["1 image in \(scene("out"))"])
            try scene.write(TranslationScene.map(0), "same/a.png")
            _ = try scene.translate(checkpoint, "same") { $0.out = scene("expected") }
            let expected = try ImageFile.read(scene("expected/a.png"))
            #expect(try ImageFile.read(scene("out/a.png")) == expected)
        }
    }

    private static func palette(_ colors: [[Int]]) -> String {
        let entries = colors.enumerated().map { "{\"name\": \"c\($0.offset)\", \"color\": \($0.element)}" }
        return "[\(entries.joined(separator: ", "))]"
    }

    @Test func palettesThatDoNotFitAreNamed() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            try scene.write(TranslationScene.map(0), "in/a.png")
            try AtomicFile.write(Self.palette([[0, 0, 0], [1, 1, 1], [2, 2, 2]]), to: scene("three.json"))
            let three = try scene.refusal(checkpoint) { $0.palette = scene("three.json") }
            #expect(three.code == 64)
            #expect(
                three.text.contains("three.json: has 3 classes, but 4 condition the generator of \(checkpoint)"),
                "\(three)")
            let grey = [[0, 0, 0], [1, 1, 1], [9, 9, 9], [3, 3, 3]]
            try AtomicFile.write(Self.palette(grey), to: scene("in/palette.json"))
            let colour = try scene.refusal(checkpoint)
            #expect(colour.code == 65)
            #expect(colour.text.contains("in/a.png: colour 2 2 2 at row 0, column 4"), "\(colour)")
            #expect(colour.text.contains("in/palette.json does not have"), "\(colour)")
            let missing = try scene.refusal(checkpoint) { $0.palette = scene("none.json") }
            #expect(missing.code == 66 && missing.text.contains("none.json: no such file"), "\(missing)")
        }
    }
}
