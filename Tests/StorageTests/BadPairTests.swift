import Failure
import Foundation
import Storage
import Testing

/// Pairs that do not match, and options that do not: all are named, and no shard is made.
@Suite struct BadPairTests {
    let files: PairFiles
    init() throws { files = try PairFiles() }

    private func refuse(
        _ code: Int32, _ parts: String..., path: String? = nil, location: SourceLocation = #_sourceLocation,
        change: (inout ImportOptions) -> Void = { $0.pair = .folder("A") }
    ) {
        guard let error = caught({ try files.run(path, change) }) else {
            Issue.record("imported", sourceLocation: location)
            return
        }
        #expect(error.exitCode == code, "\(error.message)", sourceLocation: location)
        for part in parts {
            #expect(error.message.contains(part), "\(error.message): expected \(part)", sourceLocation: location)
        }
        #expect(!files.hasShards(), sourceLocation: location)
    }

    // MARK: Files

    @Test func anImageWithoutAPair() throws {
        try files.writePairs()
        try files.write(PairFiles.image(5), to: "B/c.png")
        refuse(ExitCode.badData, "\(files.source)/B/c.png: has no pair", "\(files.source)/A/c as .png")
        let result = try files.run {
            $0.pair = .folder("A")
            $0.onError = .skip
        }
        #expect(result.count == 2 && result.skipped.count == 1)
        #expect(result.skipped[0].contains("B/c.png: has no pair"))
    }

    @Test func aPairWithoutAnImage() throws {
        try files.writePairs()
        for name in ["z", "c"] { try files.write(PairFiles.image(5), to: "A/\(name).png") }
        refuse(ExitCode.badData, "\(files.source)/A/c.png: a condition image without an image of its name")
        let result = try files.run {
            $0.pair = .folder("A")
            $0.onError = .skip
        }
        #expect(result.count == 2)
        #expect(
            result.skipped
                == ["c", "z"].map { "\(files.source)/A/\($0).png: a condition image without an image of its name" })
        // Where no image is left, it is an image that is named.
        try files.write([1, 2, 3], to: "B/a.png")
        try files.write([1, 2, 3], to: "B/b.png")
        let none = caught {
            try files.run(to: files.temporary.file("none")) {
                $0.pair = .folder("A")
                $0.onError = .skip
            }
        }
        #expect(none?.message.contains("0 images: all 2 were unusable, the first: ") == true)
        #expect(none?.message.contains("B/a.png") == true, "\(none?.message ?? "none")")
    }

    @Test func sizesThatDiffer() throws {
        try files.writePairs()
        try files.write(PairFiles.image(5, height: 8, width: 16), to: "A/b.png")
        refuse(ExitCode.badData, "\(files.source)/A/b.png is 8x16, but \(files.source)/B/b.png is 8x8", "one size")
    }

    @Test func twoOfOneName() throws {
        try files.writePairs()
        try files.write(PairFiles.image(5), to: "A/b.jpg")
        refuse(ExitCode.badData, "A/b.jpg and ", "A/b.png: two condition images of one name")
        try FileManager.default.removeItem(atPath: files.source + "/A/b.jpg")
        try files.write(PairFiles.image(5), to: "B/b.jpg")
        refuse(ExitCode.badData, "b.jpg and b.png: two images of one name, which share a condition image")
    }

    @Test func aDamagedPair() throws {
        try files.writePairs()
        let bytes = try ImageFile.encodePNG(PairFiles.image(5))
        try files.write(Array(bytes.prefix(bytes.count / 2)), to: "A/b.png")
        refuse(ExitCode.badData, "\(files.source)/A/b.png", "cut short")
    }

    @Test func coloursAfterGrey() throws {
        try files.writePairs(["a"], conditionChannels: 1)
        try files.write(PairFiles.image(1), to: "B/b.png")
        try files.write(PairFiles.image(2), to: "A/b.png")
        refuse(ExitCode.badData, "the condition image of \(files.source)/B/b.png is in colour", "--pair-channels 3")
        let result = try files.run {
            $0.pair = .folder("A")
            $0.pairChannels = 3
        }
        #expect(result.description.imageCondition?.channels.count == 3)
    }

    @Test func foldersThatCannotBePairs() throws {
        try files.writePairs(images: "photos", conditions: "drawings")
        refuse(ExitCode.missingInput, "--pair A: no such folder, by itself or in \(files.source)")
        refuse(ExitCode.usage, "--pair drawings lies in \(files.source)", "folders A and B", "\(files.source)/images") {
            $0.pair = .folder("drawings")
        }
        let photos = files.source + "/photos"
        refuse(ExitCode.usage, "--pair \(photos)", "the folder of the images", path: photos) {
            $0.pair = .folder(photos)
        }
        try FileManager.default.createDirectory(
            atPath: files.source + "/empty", withIntermediateDirectories: true)
        refuse(ExitCode.badData, "\(files.source)/empty: 0 condition images", path: photos) {
            $0.pair = .folder(files.source + "/empty")
        }
    }

    @Test func halvesThatAreNone() throws {
        try files.write(PairFiles.image(1, height: 8, width: 15), to: "a.png")
        refuse(ExitCode.badData, "a.png is 8x15", "side by side", "an even width") { $0.pair = .sideBySide }
        try files.write(PairFiles.image(1, height: 8, width: 8), to: "a.png")
        refuse(ExitCode.badData, "each half of \(files.source)/a.png is 8x4, expected a square") {
            $0.pair = .sideBySide
        }
    }

    @Test func mapsOfTwoImages() throws {
        try files.write(PairFiles.image(1, height: 8, width: 16), to: "images/a.png")
        try files.write(
            HandmadePNG.image([UInt8](repeating: 1, count: 128), height: 8, width: 16), to: "annotations/a.png")
        refuse(ExitCode.usage, "--pair side-by-side", "--maps none") { $0.pair = .sideBySide }
        let alone = try files.run(files.source + "/images") { $0.pair = .sideBySide }
        #expect(alone.count == 1 && alone.description.semanticClasses == 0)
    }

    // MARK: Options

    @Test func sourcesWithoutNames() throws {
        let path = files.temporary.file("images.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([UInt8](repeating: 9, count: 2 * 64), shape: [2, 8, 8, 1], to: "images", chunkRows: 1)
        try file.save(to: path)
        refuse(ExitCode.usage, "--pair A", "\(path) is HDF5", "--pair edges", path: path)
        let result = try files.run(path) { $0.pair = .edges }
        #expect(result.description.imageCondition?.channels.count == 1)
    }

    @Test func optionsThatBelongToOthers() throws {
        try files.writePairs()
        refuse(ExitCode.usage, "--direction BtoA is of --pair side-by-side") {
            $0.pair = .folder("A")
            $0.direction = .leftFromRight
        }
        refuse(ExitCode.usage, "--pair-channels is of condition images that are read") {
            $0.pair = .edges
            $0.pairChannels = 1
        }
        refuse(ExitCode.usage, "--pair-channels 2", "1 (grey) or 3 (colour)") {
            $0.pair = .folder("A")
            $0.pairChannels = 2
        }
        let array = files.temporary.file("a.npy")
        try AtomicFile.write(FieldFiles.npy([1, 8, 8], placed([1, 8, 8])), to: array)
        for pair: ImportOptions.Pair in [.edges, .sideBySide] {
            var options = ImportOptions()
            options.pair = pair
            expectError(ExitCode.usage, "--pair is of pictures") {
                _ = try FieldImport([array], fields: FieldOptions(), options: options)
            }
        }
    }

    @Test func wordsOfTheOption() {
        #expect(ImportOptions.Pair("side-by-side") == .sideBySide)
        #expect(ImportOptions.Pair("edges") == .edges)
        #expect(ImportOptions.Pair("./edges") == .folder("./edges"))
        for text in ["side-by-side", "edges", "A/train"] { #expect(ImportOptions.Pair(text).text == text) }
    }
}
