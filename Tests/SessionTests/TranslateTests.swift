import Evaluation
import Failure
import Recipes
import Session
import Storage
import TestSupport
import Testing

/// `ganglion translate`, from checkpoint and files to files.
@Suite(.serialized) struct TranslateTests {
    // MARK: What is made

    /// Each by itself, of its own size, under its own name.
    @Test func everyMapBecomesItsImage() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            try scene.write(TranslationScene.map(0), "in/a.png")
            try scene.write(TranslationScene.map(1), "in/deep/b.png")
            try scene.write(TranslationScene.map(2, height: 32, width: 48), "in/c.PNG", height: 32, width: 48)
            let said = try scene.translate(checkpoint) { $0.seed = 3 }
            #expect(said == ["3 images in \(scene("out"))"])
            let file = try GeneratorFile(checkpoint)
            #expect(file.conditionClasses == TranslationScene.classes && file.conditionFormat == nil)
            for (name, number, height, width) in [("a", 0, 16, 16), ("deep/b", 1, 16, 16), ("c", 2, 32, 48)] {
                let map = TranslationScene.map(number, height: height, width: width)
                let expected = try file.translated(
                    .maps(map, height: height, width: width), seeds: [3])
                let found = try ImageFile.read(scene("out/\(name).png"))
                #expect(found == RasterImage(height: height, width: width, channels: 3, pixels: expected), "\(name)")
                #expect(Set(expected).count > 20, "flat images tell little")
            }
        }
    }

    @Test func aFileAloneIsTheSame() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            for number in 0..<3 { try scene.write(TranslationScene.map(number), "in/\(number).png") }
            _ = try scene.translate(checkpoint)
            let among = try ImageFile.read(scene("out/1.png"))
            _ = try scene.translate(checkpoint, "in/1.png") { $0.out = scene("alone") }
            #expect(try ImageFile.read(scene("alone/1.png")) == among)
            _ = try scene.translate(checkpoint, "in/1.png") {
                $0.out = scene("other")
                $0.seed = 1
            }
            #expect(try ImageFile.read(scene("other/1.png")) != among)
        }
    }

    /// With a palette of colours, pixels are colours.
    @Test func coloursAreClasses() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            let map = TranslationScene.map(0)
            try scene.write(map, "grey/a.png")
            let colors: [[UInt8]] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]
            try Files.makeFolder(scene("in"))
            try ImageFile.write(
                RasterImage(height: 16, width: 16, channels: 3, pixels: map.flatMap { colors[Int($0)] }),
                to: scene("in/a.png"))
            let entries = colors.enumerated().map { "{\"name\": \"c\($0.offset)\", \"color\": \($0.element)}" }
            try AtomicFile.write("[\(entries.joined(separator: ", "))]", to: scene("in/palette.json"))
            _ = try scene.translate(checkpoint)
            _ = try scene.translate(checkpoint, "grey") { $0.out = scene("expected") }
            let expected = try ImageFile.read(scene("expected/a.png"))
            #expect(try ImageFile.read(scene("out/a.png")) == expected)
        }
    }

    @Test func imagesBecomeImages() throws {
        try withTranslation { scene in
            let checkpoint = try scene.pix2pix()
            try scene.write(TranslationScene.grey(0), "in/a.png")
            _ = try scene.translate(checkpoint) { $0.seed = 9 }
            let file = try GeneratorFile(checkpoint)
            let format = try #require(file.conditionFormat)
            #expect(file.conditionClasses == 0 && format.channels.count == 1)
            let pixels = PixelConditions.images(
                format.normalized(TranslationScene.grey(0).map { Float($0) }), height: 16, width: 16)
            let expected = try file.translated(pixels, seeds: [9])
            let found = try ImageFile.read(scene("out/a.png"))
            #expect(found == RasterImage(height: 16, width: 16, channels: 3, pixels: expected))
            #expect(Set(expected).count > 20, "flat images tell little")
        }
    }

    /// What one class shows changes; where the map has none of it, nothing does.
    @Test func noiseOfAClass() throws {
        try withTranslation { scene in
            let file = try GeneratorFile(scene.oasis())
            let map = PixelConditions.maps(TranslationScene.map(0), height: 16, width: 16)
            func made(_ seed: Int, _ noise: TranslationNoise) throws -> [UInt8] {
                try file.translated(map, seeds: [seed], noise: noise)
            }
            let (first, whole) = (try made(0, .global), try made(5, .global))
            let ofOne = try made(5, .ofClass(1, others: 0))
            #expect(first != whole && ofOne != first && ofOne != whole)
            #expect(try made(5, .ofClass(TranslationScene.classes - 1, others: 0)) == first)
        }
    }

    @Test func sheetsShowConditionGeneratedAndReal() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            for number in 0..<2 {
                try scene.write(TranslationScene.map(number), "in/\(number).png")
                try scene.write(TranslationScene.grey(number), "real/\(number).png")
            }
            let said = try scene.translate(checkpoint) {
                $0.sheet = scene("sheet.png")
                $0.real = scene("real")
            }
            #expect(said.last == "2 of them in \(scene("sheet.png")): condition, generated, real")
            let sheet = try ImageFile.read(scene("sheet.png"))
            #expect([sheet.height, sheet.width, sheet.channels] == [34, 52, 3])
            for number in 0..<2 {
                func cell(_ column: Int) -> RasterImage {
                    sheet.cropped(top: 18 * number, left: 18 * column, height: 16, width: 16)
                }
                #expect(cell(0).pixels == ImageGrid.colors(ofSemantic: TranslationScene.map(number)))
                let made = try ImageFile.read(scene("out/\(number).png"))
                #expect(cell(1) == made)
                #expect(cell(2).pixels == TranslationScene.grey(number).flatMap { [$0, $0, $0] })
            }
        }
    }

    // MARK: What cannot be done

    @Test func filesThatDoNotFitAreNamed() throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            var wrong = TranslationScene.map(0)
            wrong[2 * 16 + 5] = 200
            try scene.write(wrong, "unknown/a.png")
            var found = try scene.refusal(checkpoint, "unknown")
            #expect(found.code == 65)
            #expect(
                found.text.contains("unknown/a.png: holds 200 at row 2, column 5, expected 0 to 3 (\(checkpoint))"),
                "\(found)")

            try scene.write(TranslationScene.map(0, height: 16, width: 20), "odd/a.png", height: 16, width: 20)
            found = try scene.refusal(checkpoint, "odd")
            #expect(found.code == 65)
            #expect(
                found.text.contains("odd/a.png: is 16×20") && found.text.contains("expected multiples of"), "\(found)")

            found = try scene.refusal(checkpoint, "nowhere")
            #expect(found.code == 66 && found.text.contains("nowhere: no such file or folder"))
            try Files.makeFolder(scene("empty"))
            found = try scene.refusal(checkpoint, "empty")
            #expect(found.code == 65 && found.text.contains("empty: 0 images"))

            try scene.write(TranslationScene.map(0), "twins/a.png")
            try scene.write(TranslationScene.map(0), "twins/a.PNG")
            found = try scene.refusal(checkpoint, "twins")
            #expect(found.code == 65 && found.text.contains("both would become \(scene("out"))/a.png"), "\(found)")

            try AtomicFile.write([0xFF, 0xD8, 0xFF], to: scene("odd/b.jpg"))
            found = try scene.refusal(checkpoint, "odd/b.jpg")
            #expect(found.code == 65 && found.text.contains("b.jpg: a JPEG, expected a PNG"))
        }
    }

    /// A U-Net of depth four takes sides that are multiples of 16.
    @Test func sidesMustBeHalvedByTheUNet() throws {
        try withTranslation { scene in
            let checkpoint = try scene.pix2pix()
            try scene.write(TranslationScene.grey(0, height: 24, width: 16), "in/a.png", height: 24, width: 16)
            let found = try scene.refusal(checkpoint)
            #expect(found.code == 65)
            #expect(found.text.contains("a.png: is 24×16") && found.text.contains("multiples of 16"), "\(found)")
        }
    }

    @Test func checkpointsOfAnotherKindAreNamed() throws {
        try withPictures { pictures in
            let scene = TranslationScene(path: pictures.path)
            let other = try pictures.checkpoint("c.h5")
            try scene.write(TranslationScene.map(0), "in/a.png")
            let found = try scene.refusal(other)
            #expect(found.code == 64)
            #expect(
                found.text.contains("makes images of latents") && found.text.contains("ganglion sample"), "\(found)")
        }
    }

    @Test func optionsThatDoNotApplyAreRefused() throws {
        try withTranslation { scene in
            let (maps, images) = (try scene.oasis(), try scene.pix2pix())
            try scene.write(TranslationScene.map(0), "in/a.png")
            var found = try scene.refusal(maps) { $0.noise = "class:4" }
            #expect(found.code == 64 && found.text.contains("has the classes 0 … 3") == false)
            #expect(found.text.contains("have the classes 0 … 3"), "\(found)")
            found = try scene.refusal(images) { $0.noise = "class:0" }
            #expect(found.code == 64 && found.text.contains("--noise class:0"))
            found = try scene.refusal(images) { $0.palette = scene("p.json") }
            #expect(found.code == 64 && found.text.contains("is conditioned on images, not on label maps"))
            for noise in ["local", "class:", "class:-1", "class:x"] {
                #expect(throws: UsageError.self, "\(noise)") {
                    var options = TranslateSession.Options(checkpoint: maps, input: "in", out: "out")
                    options.noise = noise
                    _ = try TranslateSession(options)
                }
            }
            #expect(throws: UsageError.self) {
                var options = TranslateSession.Options(checkpoint: maps, input: "in", out: "out")
                options.real = "real"
                _ = try TranslateSession(options)
            }
        }
    }

    /// What makes images of latents says where these are made.
    @Test func otherCommandsNameTranslate() throws {
        try withTranslation { scene in
            for checkpoint in [try scene.oasis(), try scene.pix2pix()] {
                let sample = try #require(
                    thrown(DatasetError.self) {
                        try SampleSession(
                            checkpoint: checkpoint, out: scene("s"), count: 1, seeds: nil, truncation: 1, label: nil,
                            grid: nil
                        ).run()
                    })
                #expect(sample.exitCode == 64 && "\(sample)".contains("sample: \(checkpoint) makes images of"))
                #expect("\(sample)".contains("ganglion translate"))
            }
        }
    }
}
