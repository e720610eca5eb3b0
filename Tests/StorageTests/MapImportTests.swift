import Failure
import Foundation
import Storage
import Testing

/// Semantic maps beside image files.
@Suite struct MapImportTests {
    let temporary: TemporaryFolder
    let source: String
    let out: String
    init() throws {
        temporary = try TemporaryFolder()
        source = temporary.file("source")
        out = temporary.file("out")
    }

    @discardableResult
    func run(_ change: (inout ImportOptions) -> Void = { _ in }) throws -> DatasetImport.Result {
        var options = ImportOptions()
        change(&options)
        return try DatasetImport(source, options: options).run(to: out)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let path = source + "/" + name
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try AtomicFile.write(bytes, to: path)
    }

    func writeImage(_ name: String, height: Int = 8, width: Int = 8) throws {
        let pixels = (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try write(
            try ImageFile.encodePNG(RasterImage(height: height, width: width, channels: 3, pixels: pixels)), to: name)
    }

    static let values: [UInt8] = (0..<64).map { UInt8($0 * 7 / 3 % 3) }

    func maps() throws -> [UInt8] { try #require(try Dataset(out).read(rows: [0]).semantic) }

    // MARK: What comes in

    @Test func foldersBesideEachOtherAreRecognised() throws {
        for name in ["a", "b/c"] { try writeImage("images/\(name).png") }
        try write(HandmadePNG.image(Self.values), to: "annotations/a.png")
        try write(HandmadePNG.image(Self.values.reversed()), to: "annotations/b/c.png")
        let result = try run()
        #expect(result.count == 2)
        // As many classes as there are values.
        #expect(result.description == DatasetDescription(resolution: 8, channels: 3, semanticClasses: 3))
        let rows = try Dataset(out).read(rows: [0, 1])
        #expect(rows.semantic == Self.values + Self.values.reversed())
        #expect(try Dataset(out).verify().isEmpty)
    }

    @Test func withoutMapsTheFolderIsOneOfImages() throws {
        try writeImage("images/a.png")
        try writeImage("annotations/a.png")
        let result = try run { $0.maps = .none }
        #expect(result.count == 2 && result.description.semanticClasses == 0)
    }

    struct Kept: CustomTestStringConvertible, Sendable {
        let color: UInt8
        let depth: Int
        let filter: UInt8
        var testDescription: String { "colour type \(color), \(depth) bits, filter \(filter)" }
    }

    static let kept: [Kept] = {
        var all: [Kept] = []
        for filter: UInt8 in 0...4 {
            for depth in [2, 4, 8] { all.append(Kept(color: 0, depth: depth, filter: filter)) }
            for depth in [2, 4, 8] { all.append(Kept(color: 3, depth: depth, filter: filter)) }
            all.append(Kept(color: 4, depth: 8, filter: filter))
        }
        return all
    }()

    /// libpng would scale few bits up and look palettes up.
    @Test(arguments: kept) func valuesAreClassesAsTheyAre(_ kept: Kept) throws {
        try writeImage("images/a.png")
        let values = kept.color == 4 ? Self.values.flatMap { [$0, 255] } : Self.values
        let bytes = HandmadePNG.image(
            values, color: kept.color, depth: kept.depth, filter: kept.filter,
            palette: kept.color == 3 ? [0, 0, 0, 200, 10, 10, 0, 0, 255] : [])
        try write(bytes, to: "annotations/a.png")
        // That it is a PNG, libpng says.
        _ = try ImageFile.read(source + "/annotations/a.png")
        try run()
        #expect(try maps() == Self.values)
    }

    @Test(arguments: [0, 4] as [UInt8]) func interlacedPixelsComeToTheirPlaces(_ color: UInt8) throws {
        try writeImage("images/a.png", height: 16, width: 16)
        let values = (0..<256).map { UInt8($0 % 251) }
        let passes: [(left: Int, top: Int, across: Int, down: Int)] = [
            (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
        ]
        var data: [UInt8] = []
        for pass in passes {
            for y in stride(from: pass.top, to: 16, by: pass.down) {
                data.append(0)
                for x in stride(from: pass.left, to: 16, by: pass.across) {
                    data += color == 4 ? [values[y * 16 + x], 255] : [values[y * 16 + x]]
                }
            }
        }
        let bytes = HandmadePNG.file(data, height: 16, width: 16, color: color, depth: 8, methods: [0, 0, 1])
        try write(bytes, to: "annotations/a.png")
        #expect(try ImageFile.read(source + "/annotations/a.png").pixels == values)
        try run()
        #expect(try maps() == values)
    }

    private static let palette =
        #"[{"name": "sky", "color": [0, 0, 0]}, {"name": "sea", "color": [9, 8, 7]}, "#
        + #"{"name": "sand", "color": [255, 255, 255]}]"#

    @Test(arguments: [2, 6, 3] as [UInt8]) func coloursAreClassesByThePalette(_ color: UInt8) throws {
        try writeImage("images/a.png")
        let colors: [[UInt8]] = [[0, 0, 0], [9, 8, 7], [255, 255, 255]]
        // The PNG's own palette has another order.
        let values: [UInt8] =
            color == 3
            ? Self.values.map { 2 - $0 }
            : Self.values.flatMap { colors[Int($0)] + (color == 6 ? [255] : []) }
        try write(
            HandmadePNG.image(values, color: color, palette: color == 3 ? [255, 255, 255, 9, 8, 7, 0, 0, 0] : []),
            to: "annotations/a.png")
        try write(Array(Self.palette.utf8), to: "palette.json")
        let result = try run()
        #expect(try maps() == Self.values)
        #expect(result.description.semanticClasses == 3)
        #expect(try Dataset(out).description.semanticNames == ["sky", "sea", "sand"])
    }

    @Test func namesAloneLeaveValuesAsTheyAre() throws {
        try writeImage("a.png")
        let maps = temporary.file("masks")
        try FileManager.default.createDirectory(atPath: maps, withIntermediateDirectories: true)
        try AtomicFile.write(HandmadePNG.image(Self.values), to: maps + "/a.png")
        let names = temporary.file("names.json")
        try AtomicFile.write(Array(#"[{"name": "x"}, {"name": "y"}, {"name": "z"}, {"name": "w"}]"#.utf8), to: names)
        let result = try run {
            $0.maps = .folder(maps)
            $0.palette = names
        }
        #expect(result.description.semanticClasses == 4 && result.description.semanticNames == ["x", "y", "z", "w"])
        #expect(try self.maps() == Self.values)
    }

    @Test func mapsAreCroppedAndResizedWithoutNewValues() throws {
        try writeImage("images/a.png", height: 16, width: 32)
        // Columns 8 to 23 stay: 1 up to column 15, 7 from there on.
        let values = (0..<16 * 32).map { UInt8($0 % 32 < 16 ? 1 : 7) }
        try write(HandmadePNG.image(values, height: 16, width: 32), to: "annotations/a.png")
        try run {
            $0.crop = .center
            $0.resolution = 8
        }
        #expect(try maps() == (0..<64).map { $0 % 8 < 4 ? 1 : 7 })
    }

    @Test func labelsGoWithMaps() throws {
        for name in ["cat/a", "dog/a"] {
            try writeImage("images/\(name).png")
            try write(HandmadePNG.image(Self.values), to: "annotations/\(name).png")
        }
        let result = try run {
            $0.labels = .folder
            $0.mapClasses = 5
        }
        #expect(result.description.classNames == ["cat", "dog"] && result.description.semanticClasses == 5)
    }

    // MARK: What is refused

    func refuse(
        _ code: Int32 = ExitCode.badData, _ parts: String..., change: (inout ImportOptions) -> Void = { _ in }
    ) {
        guard let error = caught({ try run(change) }) else {
            Issue.record("imported")
            return
        }
        #expect(error.exitCode == code, "\(error.message)")
        for part in parts { #expect(error.message.contains(part), "\(error.message): expected \(part)") }
        #expect(!FileManager.default.fileExists(atPath: out + "/shard-00000.h5"))
    }

    @Test func eachImageNeedsItsMap() throws {
        try writeImage("images/a.png")
        try writeImage("images/b.png")
        try write(HandmadePNG.image(Self.values), to: "annotations/a.png")
        refuse(ExitCode.badData, "images/b.png", "has no map", "annotations/b.png")
        let result = try run { $0.onError = .skip }
        #expect(result.count == 1 && result.skipped.count == 1)
        #expect(result.skipped[0].contains("images/b.png"))
    }

    @Test func eachMapNeedsItsImage() throws {
        try writeImage("images/a.png")
        for name in ["a", "c", "b"] { try write(HandmadePNG.image(Self.values), to: "annotations/\(name).png") }
        refuse(ExitCode.badData, "annotations/b.png", "without an image")
        let result = try run { $0.onError = .skip }
        #expect(result.count == 1 && result.skipped.count == 2)
        #expect(result.skipped.last?.hasSuffix("annotations/c.png: a map without an image of its name") == true)
    }

    @Test func namesAreOnesOwn() throws {
        try writeImage("images/a.png")
        try writeImage("images/a.jpg")
        try write(HandmadePNG.image(Self.values), to: "annotations/a.png")
        refuse(ExitCode.badData, "a.jpg", "a.png", "one name")
    }

    @Test func sizesMustAgree() throws {
        try writeImage("images/a.png", height: 16, width: 16)
        try write(HandmadePNG.image(Self.values), to: "annotations/a.png")
        refuse(ExitCode.badData, "annotations/a.png is 8x8", "images/a.png is 16x16")
    }

    @Test func classesBeyondThoseStatedAreNamed() throws {
        try writeImage("images/a.png")
        var values = Self.values
        values[19] = 4
        try write(HandmadePNG.image(values), to: "annotations/a.png")
        refuse(ExitCode.badData, "annotations/a.png", "holds 4 at row 2, column 3", "0 to 3", "--map-classes 4") {
            $0.mapClasses = 4
        }
        refuse(ExitCode.usage, "--map-classes 257", "1 to 256") { $0.mapClasses = 257 }
    }

    @Test func coloursThatThePaletteLacksAreNamed() throws {
        try writeImage("images/a.png")
        var values = Self.values.flatMap { [$0 == 0 ? 0 : 255, $0 == 0 ? 0 : 255, $0 == 0 ? 0 : 255] as [UInt8] }
        values.replaceSubrange(30..<33, with: [9, 9, 7])
        try write(HandmadePNG.image(values, color: 2), to: "annotations/a.png")
        refuse(ExitCode.badData, "annotations/a.png", "in colour", "--palette")
        try write(Array(Self.palette.utf8), to: "annotations/palette.json")
        refuse(
            ExitCode.badData, "annotations/a.png", "colour 9 9 7 at row 1, column 2", "palette.json",
            "expected sky 0 0 0, sea 9 8 7, sand 255 255 255")
        refuse(ExitCode.usage, "--map-classes 4", "3 classes") { $0.mapClasses = 4 }
    }

    static let badPalettes: [(String, String)] = [
        ("{}", "expected [{"), ("[]", "0 classes"), (#"[{"name": "a", "color": [0, 0]}]"#, "red, green and blue"),
        (#"[{"name": "a", "color": [0, 0, 256]}]"#, "0 to 255"),
        (#"[{"name": "a", "color": [0, 0, 1]}, {"name": "b"}]"#, "1 of 2"),
        (#"[{"name": "a", "color": [0, 0, 1]}, {"name": "b", "color": [0, 0, 1]}]"#, "classes 0 and 1"),
        (#"[{"name": "a"}, {"name": "a"}]"#, "one name for two"), (#"[{"name": ""}]"#, "0 bytes"),
    ]

    @Test(arguments: badPalettes) func palettesAreChecked(_ text: String, _ says: String) throws {
        try writeImage("images/a.png")
        try write(HandmadePNG.image(Self.values), to: "annotations/a.png")
        try write(Array(text.utf8), to: "palette.json")
        refuse(ExitCode.badData, "palette.json", says)
    }

    @Test func optionsForMapsNeedMaps() throws {
        try writeImage("a.png")
        refuse(ExitCode.missingInput, "--maps masks", "no such folder") { $0.maps = .folder("masks") }
        refuse(ExitCode.usage, "--palette") { $0.palette = "palette.json" }
        refuse(ExitCode.usage, "--map-classes") { $0.mapClasses = 3 }
        try write(HandmadePNG.image(Self.values), to: "masks/a.png")
        refuse(ExitCode.usage, "--maps masks lies in") { $0.maps = .folder("masks") }
    }

    /// Which of two folders is meant is not guessed.
    @Test func mapsOfOneNameAreToldApart() throws {
        // By itself from the working folder, and in the source.
        let names = try FileManager.default.contentsOfDirectory(atPath: ".").sorted()
        let found = names.first { name in
            var isFolder: ObjCBool = false
            return !name.hasPrefix(".") && FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
                && isFolder.boolValue
        }
        let name = try #require(found)
        try writeImage("images/a.png")
        try write(HandmadePNG.image(Self.values), to: "\(name)/a.png")
        refuse(ExitCode.usage, "--maps \(name)", "there are two", "./\(name)", "\(source)/\(name)") {
            $0.maps = .folder(name)
        }
        refuse(ExitCode.badData, "./\(name)") { $0.maps = .folder("./\(name)") }
        try run { $0.maps = .folder("\(source)/\(name)") }
        #expect(try maps() == Self.values)
    }

    @Test func labelsStandBesideImagesOrInTheSource() throws {
        for name in ["a", "b/c"] {
            try writeImage("images/\(name).png")
            try write(HandmadePNG.image(Self.values), to: "annotations/\(name).png")
        }
        let labels: (inout ImportOptions) -> Void = { $0.labels = .json }
        let (inner, outer) = ("images/dataset.json", "dataset.json")
        refuse(ExitCode.missingInput, "\(source)/\(inner)", "or \(source)/\(outer)", "--labels json", change: labels)
        let short = Array(#"{"labels": [["a.png", 2], ["b/c.png", 0]]}"#.utf8)
        try write(short, to: outer)
        refuse(ExitCode.badData, "\(source)/\(outer): has no label for images/a.png", change: labels)
        try write(short, to: inner)
        refuse(ExitCode.badData, "\(source)/\(inner) and \(source)/\(outer)", "two tables", change: labels)
        try FileManager.default.removeItem(atPath: source + "/" + inner)
        try write(Array(#"{"labels": [["images/a.png", 2], ["images/b/c.png", 1]]}"#.utf8), to: outer)
        try run(labels)
        #expect(try Dataset(out).labels == [2, 1])
        try FileManager.default.removeItem(atPath: source + "/" + outer)
        try FileManager.default.removeItem(atPath: out)
        try write(short, to: inner)
        try run(labels)
        #expect(try Dataset(out).labels == [2, 0])
    }

    @Test func aFileHasItsMapsInItself() throws {
        let path = temporary.file("images.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([UInt8](repeating: 5, count: 2 * 64), shape: [2, 8, 8, 1], to: "images", chunkRows: 1)
        try file.write((0..<128).map { UInt8($0 % 4) }, shape: [2, 8, 8], to: "semantic", chunkRows: 1)
        try file.save(to: path)
        var options = ImportOptions()
        options.mapClasses = 4
        let result = try DatasetImport(path, options: options).run(to: out)
        #expect(result.description.semanticClasses == 4)
        options.mapClasses = 3
        expectError(ExitCode.badData, "row 0: its semantic map holds 3, expected 0 to 2") {
            _ = try DatasetImport(path, options: options).run(to: temporary.file("other"))
        }
        // Not counted: what was imported before keeps its identity.
        options.mapClasses = nil
        let most = try DatasetImport(path, options: options).run(to: temporary.file("most"))
        #expect(most.description.semanticClasses == 256)
        options.maps = .none
        let plain = try DatasetImport(path, options: options).run(to: temporary.file("plain"))
        #expect(plain.description.semanticClasses == 0)
    }
}
