import Failure
import Foundation
import Storage
import Testing

@Suite struct ImportTests {
    let temporary: TemporaryFolder
    let source: String
    let out: String
    init() throws {
        temporary = try TemporaryFolder()
        source = temporary.file("source")
        out = temporary.file("out")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
    }

    @discardableResult
    func run(_ path: String? = nil, _ change: (inout ImportOptions) -> Void = { _ in }) throws -> DatasetImport.Result {
        var options = ImportOptions()
        change(&options)
        return try DatasetImport(path ?? source, options: options).run(to: out)
    }

    /// Writes PNG files below the source folder.
    func write(_ images: [String: RasterImage]) throws {
        for (name, image) in images {
            let path = source + "/" + name
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try ImageFile.write(image, to: path)
        }
    }

    func idx(_ numbers: [Int], _ bytes: [UInt8]) -> [UInt8] {
        numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } } + bytes
    }

    func writeIDX(count: Int, side: Int, name: String = "train-images-idx3-ubyte") throws -> [UInt8] {
        let pixels = (0..<count * side * side).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try AtomicFile.write(idx([2051, count, side, side], pixels), to: source + "/" + name)
        try AtomicFile.write(
            idx([2049, count], (0..<count).map { UInt8($0 % 10) }), to: source + "/train-labels-idx1-ubyte")
        return pixels
    }

    func files(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    // MARK: IDX

    @Test func idxWithLabelsKeepsPixelsUnderPadding() throws {
        let pixels = try writeIDX(count: 30, side: 28)
        let path = source + "/train-images-idx3-ubyte"
        let result = try run(path) {
            $0.resolution = 32
            $0.resize = .pad
            $0.limit = 25
            $0.shards = 2
        }
        #expect(result.count == 25)
        let dataset = try Dataset(out)
        #expect(dataset.shardCount == 2)
        #expect(dataset.labels == (0..<25).map { Int32($0 % 10) })
        #expect(dataset.description == DatasetDescription(resolution: 32, channels: 1, classes: 10))
        let image = RasterImage(height: 32, width: 32, channels: 1, pixels: try dataset.read(rows: [7]).images)
        #expect(image.cropped(top: 2, left: 2, height: 28, width: 28).pixels == Array(pixels[7 * 784..<8 * 784]))
        #expect(dataset.verify() == [])
    }

    @Test func gzippedIDXAndNoLabels() throws {
        _ = try writeIDX(count: 30, side: 16)
        let path = source + "/train-images-idx3-ubyte"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-k", path]
        try process.run()
        process.waitUntilExit()
        try run(path + ".gz")
        #expect(try Dataset(out).description == DatasetDescription(resolution: 16, channels: 1, classes: 10))
        let id = try Dataset(out).id
        try FileManager.default.removeItem(atPath: out)
        try run(path)
        #expect(try Dataset(out).id == id)
        try FileManager.default.removeItem(atPath: out)
        try run(path) { $0.labels = ImportOptions.Labels.none }
        #expect(try Dataset(out).labels == nil)

        let packed = try Data(contentsOf: URL(fileURLWithPath: path + ".gz"))
        try packed.prefix(packed.count / 2).write(to: URL(fileURLWithPath: path + ".gz"))
        try FileManager.default.removeItem(atPath: out)
        expectError(ExitCode.badData, path + ".gz", "cut short") { try run(path + ".gz") { $0.onError = .skip } }
        #expect(files(in: out) == [])
    }

    @Test func badIDX() throws {
        let path = source + "/train-images-idx3-ubyte"
        _ = try writeIDX(count: 30, side: 28)
        expectError(ExitCode.badData, path, "28x28", "not a power of two", "--resolution 32") { try run(path) }
        try AtomicFile.write(idx([2052, 3, 28, 28], []), to: path)
        expectError(ExitCode.badData, path, "magic is 2052, expected 2051") { try run(path) }
        expectError(ExitCode.badData, "magic is 2049, expected 2051", "label file") {
            try run(source + "/train-labels-idx1-ubyte")
        }
        try AtomicFile.write(idx([2051, 30, 32, 32], [1, 2, 3]), to: path)
        expectError(ExitCode.badData, path, "ends after 19 bytes", "cut short") { try run(path) }
        try AtomicFile.write(idx([2051, 29, 32, 32], [UInt8](repeating: 0, count: 29 * 1024)), to: path)
        expectError(ExitCode.badData, "labels-idx1", "30 labels, expected 29") { try run(path) }
        try AtomicFile.write(idx([2051, 0, 32, 32], []), to: path)
        try FileManager.default.removeItem(atPath: source + "/train-labels-idx1-ubyte")
        expectError(ExitCode.badData, path, "0 images") { try run(path) }
        try AtomicFile.write("something else", to: path)
        expectError(ExitCode.badData, path, "115 111 109 101", "expected an IDX file") { try run(path) }
        expectError(ExitCode.missingInput, "nowhere", "no such") { try run(temporary.file("nowhere")) }
    }

    // MARK: Folders of images

    @Test func folderWithClasses() throws {
        try write([
            "cat/1.png": testImage(16, 16, 3, seed: 1), "cat/2.png": testImage(16, 16, 3, seed: 2),
            "ant/1.png": testImage(16, 16, 3, seed: 3),
        ])
        try AtomicFile.write(encodeJPEG(testImage(16, 16, 3, seed: 4)), to: source + "/cat/3.JPEG")
        try AtomicFile.write("notes", to: source + "/readme.txt")
        try run { $0.labels = .folder }
        let dataset = try Dataset(out)
        #expect(dataset.labels == [0, 1, 1, 1])
        #expect(try dataset.read(rows: [0]).images == testImage(16, 16, 3, seed: 3).pixels)
        try write(["loose.png": testImage(16, 16, 3)])
        expectError(ExitCode.badData, "loose.png", "no subfolder") { try run { $0.labels = .folder } }
        try FileManager.default.removeItem(atPath: out)
        try run { $0.channels = 1 }
        #expect(try Dataset(out).description == DatasetDescription(resolution: 16, channels: 1))
    }

    @Test func folderWithLabelFile() throws {
        try write(["00000/a.png": testImage(8, 8, 1), "00000/b.png": testImage(8, 8, 1, seed: 1)])
        let table = source + "/dataset.json"
        try AtomicFile.write(#"{"labels": [["00000/b.png", 2], ["00000/a.png", 0]]}"#, to: table)
        try run { $0.labels = .json }
        #expect(try Dataset(out).labels == [0, 2])
        #expect(try Dataset(out).description.classes == 3)
        let cases = [
            (#"{"labels": [["00000/b.png", 2]]}"#, "no label for 00000/a.png"), (#"{"labels": null}"#, "null or empty"),
            (#"{"labels": [["00000/b.png", -2]]}"#, "label -2"), ("{", "which it is not"),
        ]
        for (text, message) in cases {
            try AtomicFile.write(text, to: table)
            expectError(ExitCode.badData, table, message) { try run { $0.labels = .json } }
        }
        try FileManager.default.removeItem(atPath: table)
        expectError(ExitCode.missingInput, table, "--labels json") { try run { $0.labels = .json } }
    }

    @Test func unusableImagesFailOrAreSkipped() throws {
        try write(["a.png": testImage(16, 16, 3), "c.png": testImage(16, 16, 3)])
        let good = try ImageFile.encodePNG(testImage(16, 16, 3))
        try AtomicFile.write(Array(good.prefix(good.count / 2)), to: source + "/b.png")
        expectError(ExitCode.badData, source + "/b.png", "cut short") { try run() }
        #expect(files(in: out) == [])
        let result = try run { $0.onError = .skip }
        #expect(result.count == 2)
        #expect(result.skipped.count == 1)
        #expect(result.skipped.first?.contains("b.png") == true)
        #expect(try Dataset(out).count == 2)
        for name in ["a.png", "c.png"] { try FileManager.default.removeItem(atPath: source + "/" + name) }
        try FileManager.default.removeItem(atPath: out)
        expectError(ExitCode.badData, "0 images", "b.png") { try run { $0.onError = .skip } }
    }

    @Test func sizesThatDoNotFit() throws {
        expectError(ExitCode.badData, source, "0 images") { try run() }
        try write(["a.png": testImage(16, 16, 3), "b.png": testImage(32, 32, 3)])
        expectError(ExitCode.badData, "b.png is 32x32", "a.png is 16x16", "--resolution") { try run() }
        try run { $0.resolution = 16 }
        #expect(try Dataset(out).count == 2)
        try FileManager.default.removeItem(atPath: out)
        expectError(ExitCode.badData, "b.png is 32x32, larger than --resolution 16", "lanczos") {
            try run {
                $0.resolution = 16
                $0.resize = .pad
            }
        }
        expectError(ExitCode.usage, "--resolution 20", "power of two") { try run { $0.resolution = 20 } }
        expectError(ExitCode.usage, "--channels 2") { try run { $0.channels = 2 } }
        expectError(ExitCode.usage, "--limit 0") { try run { $0.limit = 0 } }
        try FileManager.default.removeItem(atPath: source + "/a.png")
        try write(["b.png": testImage(16, 24, 3)])
        expectError(ExitCode.badData, "b.png is 16x24, expected a square", "--crop center") { try run() }
        try run { $0.crop = .center }
        #expect(try Dataset(out).read(rows: [0]).images == testImage(16, 24, 3).centerSquare().pixels)
        try write(["a.png": testImage(16, 16, 1)])
        expectError(ExitCode.badData, "b.png is in colour", "--channels 3") {
            try FileManager.default.removeItem(atPath: out)
            try run {
                $0.crop = .center; $0.resolution = 16
            }
        }
    }

    // MARK: Names of classes

    @Test func subfoldersNameTheirClasses() throws {
        let image = testImage(16, 16, 3)
        try write(["cats/a.png": image, "dogs, small/b.png": image, "cats/c.png": image])
        #expect(try DatasetImport(source, options: ImportOptions()).summary.contains("no labels (--labels folder"))
        let named = try run { $0.labels = .folder }
        #expect(named.description.classNames == ["cats", "dogs, small"])
        let dataset = try Dataset(out)
        #expect(dataset.description.classNames == ["cats", "dogs, small"] && dataset.labels == [0, 0, 1])
        // A dataset's shard passes them on.
        let shard = out + "/shard-00000.h5"
        let again = try DatasetImport(shard, options: ImportOptions()).run(to: temporary.file("again"))
        #expect(again.description.classNames == ["cats", "dogs, small"] && again.id == named.id)
        // No identity depends on them.
        try FileManager.default.moveItem(atPath: source + "/cats", toPath: source + "/birds")
        try FileManager.default.removeItem(atPath: out)
        #expect(try run { $0.labels = .folder }.id == named.id)
        #expect(try Dataset(out).description.classNames == ["birds", "dogs, small"])
        #expect(try Dataset(out).verify() == [])
    }

    @Test func aTableMayNameItsClasses() throws {
        try write(["a.png": testImage(16, 16, 3), "b.png": testImage(16, 16, 3, seed: 1)])
        func table(_ more: String) throws {
            let text = "{\"labels\": [[\"a.png\", 1], [\"b.png\", 0]]\(more)}"
            try AtomicFile.write(text, to: source + "/dataset.json")
        }
        func description() throws -> DatasetDescription {
            try? FileManager.default.removeItem(atPath: out)
            _ = try run { $0.labels = .json }
            return try Dataset(out).description
        }
        try table("")
        #expect(try description().classNames == [])
        try table(", \"classes\": [\"ä\", \"b\", \"c\"]")
        #expect(
            try description()
                == DatasetDescription(resolution: 16, channels: 3, classes: 3, classNames: ["ä", "b", "c"]))
        for (names, text) in [
            ("[\"a\"]", "names 1 classes, but there are 2"), ("[\"a\", \"a\"]", "one name for two classes"),
            ("[\"a\", \"\"]", "a class name of 0 bytes"),
        ] {
            try table(", \"classes\": \(names)")
            expectError(ExitCode.badData, "dataset.json", text) { _ = try description() }
        }
    }

    // MARK: CIFAR and HDF5

    @Test func cifarBatches() throws {
        func record(_ label: UInt8, _ seed: Int) -> [UInt8] {
            [label] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 5 + seed) }
        }
        try AtomicFile.write(record(3, 0) + record(9, 1), to: source + "/data_batch_1.bin")
        try AtomicFile.write(record(0, 2), to: source + "/data_batch_2.bin")
        try run()
        let dataset = try Dataset(out)
        #expect(dataset.labels == [3, 9, 0])
        let names = (0..<10).map { "thing \($0)" }
        try AtomicFile.write(names.joined(separator: "\n") + "\n\n", to: source + "/batches.meta.txt")
        #expect(
            try DatasetImport(source, options: ImportOptions()).run(to: temporary.file("named")).description.classNames
                == names)
        #expect(dataset.description == DatasetDescription(resolution: 32, channels: 3, classes: 10))
        let pixels = try dataset.read(rows: [1]).images
        #expect(pixels[3 * 100 + 2] == record(9, 1)[1 + 2048 + 100])
        try AtomicFile.write(record(3, 0) + record(10, 1), to: source + "/data_batch_2.bin")
        try FileManager.default.removeItem(atPath: out)
        expectError(ExitCode.badData, "data_batch_2.bin, image 1", "label 10, expected 0 to 9") { try run() }
        try AtomicFile.write(Array(record(3, 0).dropLast()), to: source + "/data_batch_2.bin")
        expectError(ExitCode.badData, "data_batch_2.bin", "3072 bytes, expected a multiple of 3073") { try run() }
        for batch in 1...2 { try FileManager.default.removeItem(atPath: source + "/data_batch_\(batch).bin") }
        try AtomicFile.write([5] + record(99, 0), to: source + "/train.bin")
        try run()
        #expect(try Dataset(out).labels == [99])
        #expect(try Dataset(out).description.classes == 100)
    }

    @Test func hdf5Images() throws {
        try makeDataset(temporary.file("first"), shards: 1)
        let path = temporary.file("first/shard-00000.h5")
        let result = try run(path)
        let first = try Dataset(temporary.file("first"))
        #expect(result.id == first.id)
        try rewrite(path, labels: [Int32](repeating: 0, count: 19) + [5])
        expectError(ExitCode.badData, path, "row 19 has label 5, expected 0 to 4") {
            try FileManager.default.removeItem(atPath: out)
            try run(path)
        }
        try rewrite(path, imageShape: [20, 8, 12, 2])
        expectError(ExitCode.badData, path, "uint8 [20, 8, 12, 2], expected uint8 [N, H, W, C]") { try run(path) }
        let other = try HDF5File(inMemory: path)
        try other.write([1, 2] as [Float], shape: [2], to: "pictures")
        try other.save(to: path)
        expectError(ExitCode.badData, path, "no dataset images", "pictures") { try run(path) }
    }

    @Test func resizingKeepsMapsInClasses() throws {
        try makeDataset(temporary.file("first"), shards: 1)
        let path = temporary.file("first/shard-00000.h5")
        try run(path) { $0.resolution = 16 }
        let (first, second) = (try Dataset(temporary.file("first")), try Dataset(out))
        let maps = (try first.read(rows: [3]).semantic, try second.read(rows: [3]).semantic)
        for index in 0..<256 { #expect(maps.1?[index] == maps.0?[index / 32 * 8 + index % 16 / 2]) }
    }

    @Test func aFolderInUseIsRefusedAtOnce() throws {
        try write(["a.png": testImage(16, 16, 3)])
        try run()
        let id = try Dataset(out).id
        expectError(ExitCode.cannotWrite, out, "holds shard-00000.h5 already") { try run() }
        #expect(try Dataset(out).id == id)
    }
}

@Suite struct SynthesizerTests {
    @Test func imagesAreAFunctionOfSeedAndIndex() throws {
        let one = try DatasetSynthesizer(seed: 1, resolution: 32, channels: 3)
        let two = try DatasetSynthesizer(seed: 2, resolution: 32, channels: 3)
        #expect(one.sample(5) == one.sample(5))
        #expect(one.sample(5) != one.sample(6))
        #expect(one.sample(5) != two.sample(5))
    }

    @Test(arguments: [4, 16, 64], [1, 3]) func everyClassAppears(resolution: Int, channels: Int) throws {
        let synthesizer = try DatasetSynthesizer(seed: 0, resolution: resolution, channels: channels)
        let samples = (0..<300).map { synthesizer.sample($0) }
        #expect(Set(samples.map(\.label)) == Set(0..<Int32(synthesizer.description.classes)))
        for sample in samples {
            #expect(sample.image.count == resolution * resolution * channels)
            #expect(sample.semantic.count == resolution * resolution)
        }
        if resolution >= 16 {
            for sample in samples { #expect(sample.semantic.contains(UInt8(sample.label + 1))) }
            #expect(Set(samples.flatMap(\.semantic)) == Set(0..<9))
        }
    }

    @Test func aDatasetIsMade() throws {
        let temporary = try TemporaryFolder()
        let synthesizer = try DatasetSynthesizer(seed: 3, resolution: 16, channels: 1)
        let id = try synthesizer.run(to: temporary.file("a"), count: 50, shards: 2)
        #expect(try synthesizer.run(to: temporary.file("b"), count: 50, shards: 1) == id)
        let dataset = try Dataset(temporary.file("a"))
        #expect(dataset.verify() == [])
        #expect(dataset.description.semanticClasses == 9)
        #expect(try dataset.read(rows: [42]).images == synthesizer.sample(42).image)
        expectError(ExitCode.usage, "--resolution 20") {
            _ = try DatasetSynthesizer(seed: 0, resolution: 20, channels: 1)
        }
        expectError(ExitCode.usage, "--count 0") { _ = try synthesizer.run(to: temporary.file("c"), count: 0) }
    }
}
