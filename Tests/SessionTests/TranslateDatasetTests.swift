import Failure
import Recipes
import Session
import Storage
import TestSupport
import Testing

/// `ganglion translate` of a data set's own conditions, and of drawings of edges.
@Suite(.serialized) struct TranslateDatasetTests {
    private static let rows = 20

    private static func image(_ row: Int) -> [UInt8] { (0..<16 * 16 * 3).map { UInt8(($0 * (row + 3)) % 251) } }

    /// Maps and grey images beside coloured ones.
    private static func write(_ scene: TranslationScene, classes: Int = TranslationScene.classes) throws {
        let description = DatasetDescription(
            format: .picture(resolution: 16, channels: 3), semanticClasses: classes,
            imageCondition: .picture(resolution: 16, channels: 1))
        let writer = try DatasetWriter(folder: scene("data"), description: description, shards: 2)
        for row in 0..<rows {
            try writer.append(
                image: image(row), semantic: TranslationScene.map(row),
                imageCondition: TranslationScene.grey(row).map { Float($0) })
        }
        _ = try writer.finish()
    }

    private static func picture(_ pixels: [UInt8], channels: Int = 3) -> RasterImage {
        RasterImage(height: 16, width: 16, channels: channels, pixels: pixels)
    }

    private static func cell(_ sheet: RasterImage, row: Int, _ column: Int) -> RasterImage {
        sheet.cropped(top: 18 * row, left: 18 * column, height: 16, width: 16)
    }

    /// Every row's image is that of its map as a file, and real images stand in the sheet.
    @Test func rowsAreTranslatedAsFilesAre() throws {
        try withTranslation { scene in
            try Self.write(scene)
            let checkpoint = try scene.oasis()
            let said = try scene.translate(checkpoint, "data") { $0.sheet = scene("sheet.png") }
            #expect(
                said == [
                    "20 images in \(scene("out"))", "16 of them in \(scene("sheet.png")): condition, generated, real",
                ])
            for row in [0, 1, 19] { try scene.write(TranslationScene.map(row), "in/\(row).png") }
            _ = try scene.translate(checkpoint) { $0.out = scene("expected") }
            for row in [0, 1, 19] {
                let name = row < 10 ? "row00000\(row)" : "row0000\(row)"
                let expected = try ImageFile.read(scene("expected/\(row).png"))
                #expect(try ImageFile.read(scene("out/\(name).png")) == expected, "\(row)")
            }
            let sheet = try ImageFile.read(scene("sheet.png"))
            #expect([sheet.height, sheet.width] == [16 * 18 - 2, 52])
            for row in [0, 15] {
                #expect(Self.cell(sheet, row: row, 0).pixels == ImageGrid.colors(ofSemantic: TranslationScene.map(row)))
                #expect(Self.cell(sheet, row: row, 2).pixels == Self.image(row))
            }
            let first = try ImageFile.read(scene("out/row000000.png"))
            #expect(Self.cell(sheet, row: 0, 1) == first)
        }
    }

    @Test func imagesBesideTheRowsAreTranslated() throws {
        try withTranslation { scene in
            try Self.write(scene)
            let checkpoint = try scene.pix2pix()
            let said = try scene.translate(checkpoint, "data") {
                $0.count = 3
                $0.sheet = scene("sheet.png")
            }
            #expect(said.first == "3 images in \(scene("out"))" && scene.isMissing("out/row000003.png"))
            try scene.write(TranslationScene.grey(2), "in/2.png")
            _ = try scene.translate(checkpoint) { $0.out = scene("expected") }
            let expected = try ImageFile.read(scene("expected/2.png"))
            #expect(try ImageFile.read(scene("out/row000002.png")) == expected)
            let sheet = try ImageFile.read(scene("sheet.png"))
            #expect(Self.cell(sheet, row: 2, 0).pixels == TranslationScene.grey(2).flatMap { [$0, $0, $0] })
            #expect(Self.cell(sheet, row: 2, 2).pixels == Self.image(2))
        }
    }

    /// A data set that was drawn by import, and the photographs themselves.
    @Test func edgesAreThoseOfImports() throws {
        try withTranslation { scene in
            let checkpoint = try scene.pix2pix()
            // Areas with edges between them.
            func photo(_ number: Int) -> RasterImage {
                Self.picture(TranslationScene.map(number).flatMap { [$0 &* 90, $0 &* 70, 250 - $0 &* 80] })
            }
            try Files.makeFolder(scene("in"))
            for number in 0..<2 { try ImageFile.write(photo(number), to: scene("in/\(number).png")) }
            var options = ImportOptions()
            options.pair = .edges
            _ = try DatasetImport(scene("in"), options: options).run(to: scene("data"))
            let drawn = try #require(try Dataset(scene("data")).read(rows: [0, 1]).imageConditions)
            #expect(Set(drawn) == [0, 255], "drawings without lines tell nothing")

            _ = try scene.translate(checkpoint) {
                $0.edges = true
                $0.sheet = scene("sheet.png")
            }
            _ = try scene.translate(checkpoint, "data") { $0.out = scene("rows") }
            _ = try scene.translate(checkpoint, "data") {
                $0.out = scene("again")
                $0.edges = true
            }
            _ = try scene.translate(checkpoint) { $0.out = scene("photos") }
            for number in 0..<2 {
                let expected = try ImageFile.read(scene("out/\(number).png"))
                #expect(try ImageFile.read(scene("rows/row00000\(number).png")) == expected)
                #expect(try ImageFile.read(scene("again/row00000\(number).png")) == expected)
                #expect(try ImageFile.read(scene("photos/\(number).png")) != expected)
            }
            let sheet = try ImageFile.read(scene("sheet.png"))
            #expect(Self.cell(sheet, row: 1, 0).pixels == drawn[256...].flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
            #expect(Self.cell(sheet, row: 1, 2) == photo(1))
        }
    }

    @Test func dataSetsThatDoNotFitAreNamed() throws {
        try withTranslation { scene in
            try Self.write(scene, classes: 5)
            let (maps, images) = (try scene.oasis(), try scene.pix2pix())
            let classes = try scene.refusal(maps, "data")
            #expect(classes.code == 65)
            #expect(
                classes.text.contains("\(scene("data")): has label maps of 5 classes, but maps of 4 condition"),
                "\(classes)")
            let edges = try scene.refusal(maps, "data") { $0.edges = true }
            #expect(
                edges.code == 64 && edges.text.contains("--edges: \(maps) is conditioned on label maps"), "\(edges)")
            let real = try scene.refusal(images, "data") {
                $0.sheet = scene("sheet.png")
                $0.real = scene("data")
            }
            #expect(real.code == 64 && real.text.contains("itself stand in the sheet"), "\(real)")
            let sheet = try scene.refusal(images, "data") { $0.sheet = scene("out/row000003.png") }
            #expect(sheet.code == 64 && sheet.text.contains("is one of the images that are made"), "\(sheet)")
            #expect(scene.isMissing("out"))
            let plain = DatasetDescription(resolution: 16, channels: 3)
            let writer = try DatasetWriter(folder: scene("plain"), description: plain, shards: 1)
            for row in 0..<2 { try writer.append(image: Self.image(row)) }
            _ = try writer.finish()
            let none = try scene.refusal(images, "plain")
            #expect(none.code == 65 && none.text.contains("has no images beside its own"), "\(none)")
            #expect(none.text.contains("--edges draws them"))
            let few = thrown(UsageError.self) {
                var options = TranslateSession.Options(checkpoint: images, input: "in", out: "out")
                options.count = 0
                _ = try TranslateSession(options)
            }
            #expect("\(few.map { "\($0)" } ?? "none")".contains("--count 0"))
        }
    }

    /// A checkpoint's own statistics stand at their start there. New ones are of the data set's maps, whichever files are
    /// translated, and nothing is written into the checkpoint.
    @Test func statisticsAreOfTheDataSet() throws {
        try withTranslation { scene in
            try Self.write(scene)
            let checkpoint = try scene.oasis()
            try scene.write(TranslationScene.map(1), "in/1.png")
            func image(
                _ input: String, _ name: String, _ change: (inout TranslateSession.Options) -> Void
            ) throws -> RasterImage {
                let said = try scene.translate(checkpoint, input) {
                    ($0.out, $0.count) = (scene("out-\(input)"), 2)
                    change(&$0)
                }
                #expect(said.contains { $0.contains("taken anew, from 3 batches of 4 images") } == (said.count == 2))
                return try ImageFile.read(scene("out-\(input)/\(name).png"))
            }
            let before = try image("in", "1") { _ in }
            let anew = try image("in", "1") { ($0.standingStatistics, $0.data) = (3, scene("data")) }
            #expect(anew != before)
            #expect(try image("data", "row000001") { $0.standingStatistics = 3 } == anew)
            #expect(try image("in", "1") { _ in } == before)
        }
    }

    @Test func statisticsThatCannotBeTakenAreNamed() throws {
        try withTranslation { scene in
            try Self.write(scene, classes: 5)
            let checkpoint = try scene.oasis()
            try scene.write(TranslationScene.map(1), "in/1.png")
            let none = try scene.refusal(checkpoint) { $0.standingStatistics = 3 }
            #expect(none.code == 64 && none.text.contains("--data"))
            let idle = try scene.refusal(checkpoint) { $0.data = scene("data") }
            #expect(idle.code == 64 && idle.text.contains("--standing-statistics"))
            let batches = try scene.refusal(checkpoint) { ($0.standingStatistics, $0.data) = (0, scene("data")) }
            #expect(batches.code == 64 && batches.text.contains("expected 1 to 10000 batches"))
            let classes = try scene.refusal(checkpoint) { ($0.standingStatistics, $0.data) = (3, scene("data")) }
            #expect(classes.code == 65 && classes.text.contains("has label maps of 5 classes"), "\(classes)")
            let missing = try scene.refusal(checkpoint) { ($0.standingStatistics, $0.data) = (3, scene("nothing")) }
            #expect(missing.code == 66 && missing.text.contains("nothing"))
            #expect(scene.isMissing("out/1.png"))
        }
    }

    /// A step's images at once take more than one that is translated.
    @Test func statisticsThatDoNotFitIntoMemoryAreRefused() throws {
        try withTranslation { scene in
            try Self.write(scene)
            let checkpoint = try scene.checkpoint(
                "large.h5", TranslationScene.oasis + ["batch=256"], TranslationScene.ofMaps, scale: 50)
            try scene.write(TranslationScene.map(1), "in/1.png")
            let enough = try #require((10..<40).first { (try? scene.translate(checkpoint, available: 1 << $0)) != nil })
            let found = try scene.refusal(checkpoint, available: 1 << enough) {
                ($0.standingStatistics, $0.data, $0.out) = (3, scene("data"), scene("other"))
            }
            #expect(found.code == 64 && found.text.contains("256 images of a step take"), "\(found)")
            #expect(scene.isMissing("other"))
        }
    }

    /// A palette is for colours, which a data set's maps have not.
    @Test func palettesAreForFiles() throws {
        try withTranslation { scene in
            try Self.write(scene)
            let found = try scene.refusal(scene.oasis(), "data") { $0.palette = scene("p.json") }
            #expect(found.code == 64 && found.text.contains("is a data set, whose label maps hold classes"), "\(found)")
        }
    }
}
