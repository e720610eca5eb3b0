import Failure
import Foundation
import Storage
import Testing

/// Shards that state what cannot be.
@Suite struct ForgedShardTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A dataset of one shard, made by hand, with other numbers than it should have.
    private func shard(_ changes: [String: AttributeValue], rows: Int = 2) throws -> String {
        let path = folder.path + "/shard-00000.h5"
        let file = try HDF5File(inMemory: path)
        try file.write([UInt8](repeating: 7, count: rows * 8 * 8 * 3), shape: [rows, 8, 8, 3], to: "images")
        try file.write([Int32](repeating: 0, count: rows), shape: [rows], to: "labels")
        var attributes: [String: AttributeValue] = [
            "format": .string("ganglion-dataset"), "version": .int(1), "dataset_id": .string("made by hand"),
            "shard": .int(0), "shards": .int(1), "count_total": .int(rows), "resolution": .int(8), "channels": .int(3),
            "classes": .int(2), "semantic_classes": .int(0),
        ]
        attributes.merge(changes) { $1 }
        for (name, value) in attributes { try file.setAttribute(name, to: value) }
        try file.save(to: path)
        return folder.path
    }

    @Test func numbersThatCannotBe() throws {
        #expect(try Dataset(shard([:])).count == 2)
        let cases: [(String, Int, String)] = [
            ("classes", -5, "-5 classes"), ("classes", 1 << 40, "\(1 << 40) classes"),
            ("classes", .max, "\(Int.max) classes"), ("semantic_classes", -1, "-1 semantic classes"),
            ("semantic_classes", 257, "257 semantic classes"), ("resolution", 1 << 31, "resolution 2147483648"),
            ("resolution", 1 << 62, "resolution"), ("resolution", .min, "resolution"),
            ("resolution", 0, "resolution 0"),
            ("resolution", 2, "resolution 2"), ("resolution", 12, "resolution 12"), ("channels", 0, "0 channels"),
            ("channels", .max, "channels"), ("shards", 0, "0 shards"), ("shards", 1 << 50, "shards"),
            ("shard", -1, "shard -1"), ("shard", 1, "shard 1"), ("count_total", 0, "0 images"),
            ("count_total", -2, "-2 images"), ("count_total", .max, "images"), ("count_total", 3, "expected 3"),
        ]
        for (name, value, text) in cases {
            let data = try shard([name: .int(value)])
            expectError(ExitCode.badData, data, text) { _ = try Dataset(data) }
        }
    }

    @Test func numbersThatAreNone() throws {
        for value in [AttributeValue.double(.nan), .double(1e300), .ints([]), .ints([1, 2]), .string("8")] {
            let data = try shard(["resolution": value])
            expectError(ExitCode.badData, data, "resolution is missing or no integer") { _ = try Dataset(data) }
        }
    }

    @Test func aDatasetWithoutRows() throws {
        let data = try shard(["count_total": .int(0)], rows: 0)
        expectError(ExitCode.badData, "\(data)/shard-00000.h5", "0 images in all") { _ = try Dataset(data) }
    }

    @Test func valuesOfMapsAreNamedWithTheirShardAndItsRow() throws {
        let path = folder.path + "/shard-0000"
        for index in 0..<2 {
            let file = try HDF5File(inMemory: "\(path)\(index).h5")
            try file.write([UInt8](repeating: 7, count: 3 * 64), shape: [3, 8, 8, 1], to: "images")
            let maps = (0..<3 * 64).map { UInt8(index == 1 && $0 == 70 ? 4 : 1) }
            try file.write(maps, shape: [3, 8, 8], to: "semantic")
            let attributes: [(String, AttributeValue)] = [
                ("format", .string("ganglion-dataset")), ("version", .int(1)), ("dataset_id", .string("made by hand")),
                ("shard", .int(index)), ("shards", .int(2)), ("count_total", .int(6)), ("resolution", .int(8)),
                ("channels", .int(1)), ("classes", .int(0)), ("semantic_classes", .int(4)),
            ]
            for (name, value) in attributes { try file.setAttribute(name, to: value) }
            try file.save(to: "\(path)\(index).h5")
        }
        let reader = MinibatchReader(dataset: try Dataset(folder.path), seed: 0, mirror: false)
        reader.request(positions: Array(0..<6), resolution: 8)
        expectError(ExitCode.badData, "\(path)1.h5: the semantic map of row 1 of this shard holds 4", "0 to 3") {
            _ = try reader.next()
        }
    }

    @Test func valuesOfMapsAreNamedWithTheirSource() throws {
        let path = folder.file("source.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([UInt8](repeating: 0, count: 3 * 64 * 3), shape: [3, 8, 8, 3], to: "images")
        try file.write((0..<3 * 64).map { UInt8($0 == 100 ? 9 : 4) }, shape: [3, 8, 8], to: "semantic")
        try file.setAttribute("semantic_classes", to: .int(5))
        try file.save(to: path)
        expectError(ExitCode.badData, "\(path), row 1", "map holds 9", "0 to 4") {
            _ = try DatasetImport(path, options: ImportOptions()).run(to: folder.file("out"))
        }
        var options = ImportOptions()
        options.onError = .skip
        #expect(try DatasetImport(path, options: options).run(to: folder.file("out")).count == 2)
    }

    @Test func sourcesOfImagesThatCannotBe() throws {
        func refuse(_ shape: [Int], _ texts: String, attributes: [(String, AttributeValue)] = []) throws {
            let path = folder.file("source.h5")
            let file = try HDF5File(inMemory: path)
            try file.write([UInt8](repeating: 0, count: shape.reduce(1, *)), shape: shape, to: "images")
            try file.write([Int32](repeating: 0, count: shape.first ?? 1), shape: [shape.first ?? 1], to: "labels")
            for (name, value) in attributes { try file.setAttribute(name, to: value) }
            try file.save(to: path)
            for onError in ImportOptions.OnError.allCases {
                var options = ImportOptions()
                options.onError = onError
                expectError(ExitCode.badData, path, texts) {
                    _ = try DatasetImport(path, options: options).run(to: folder.file("out"))
                }
            }
        }
        try refuse([1, 0, 0, 3], "images of 0x0")
        try refuse([2, 8, 0, 3], "images of 8x0")
        try refuse([0, 8, 8, 3], "0 images")
        try refuse([1, 1 << 15, 1, 3], "images of 32768x1")
        try refuse([], "images is uint8 []")
        try refuse([2, 8, 8, 3], "attribute classes is -5", attributes: [("classes", .int(-5))])
        try refuse([2, 8, 8, 3], "attribute classes", attributes: [("classes", .int(1 << 40))])
        try refuse([2, 8, 8, 3], "attribute classes", attributes: [("classes", .double(.nan))])
    }
}
