import CXXHash
import Failure
import Foundation
import Storage
import Testing

/// Shards of version 3 that state what cannot be, with a seal that fits.
@Suite struct ForgedFieldTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var shard: String { folder.path + "/shard-00000.h5" }
    private let made = FieldRows(count: 4, vector: 2, condition: .float32)

    /// What a shard has.
    private struct Parts {
        var attributes: [String: AttributeValue]
        var samples: (values: [Float], shape: [Int])
        var vectors: (values: [Float], shape: [Int])
        var conditions: (values: [Float], shape: [Int])
        /// Other elements than floats.
        var doubles = false
    }

    /// Writes one by hand: packed, so that its chunks need not be listed in the seal.
    private func write(_ change: (inout Parts) -> Void) throws {
        let rows = made.rows([0, 1, 2, 3])
        var parts = Parts(
            attributes: [
                "format": .string("ganglion-dataset"), "version": .int(3), "dataset_id": .string("made by hand"),
                "shard": .int(0), "shards": .int(1), "count_total": .int(4), "resolution": .int(8), "channels": .int(3),
                "classes": .int(0), "semantic_classes": .int(0), "height": .int(12), "width": .int(8),
                "element": .string("float32"), "sample_format": .string(made.description.format.json),
                "vector_format": .string(made.description.vector?.json ?? ""),
                "condition_format": .string(made.description.imageCondition?.json ?? ""),
            ], samples: (rows.fields, [4, 12, 8, 3]), vectors: (rows.vectors ?? [], [4, 2]),
            conditions: (rows.imageConditions ?? [], [4, 12, 8, 2]))
        change(&parts)
        let file = try HDF5File(inMemory: shard)
        func write(_ name: String, _ array: (values: [Float], shape: [Int])) throws {
            if parts.doubles {
                try file.write(
                    array.values.map { Double($0) }, shape: array.shape, to: name, chunkRows: 2, fletcher32: true,
                    deflate: 1)
            } else {
                try file.write(
                    array.values, shape: array.shape, to: name, chunkRows: 2, fletcher32: true, deflate: 1)
            }
        }
        try write("samples", parts.samples)
        try write("condition_images", parts.conditions)
        try file.write(parts.vectors.values, shape: parts.vectors.shape, to: "vectors")
        for (name, value) in parts.attributes { try file.setAttribute(name, to: value) }
        try file.save(to: shard)
        let content = try Data(contentsOf: URL(fileURLWithPath: shard))
        try (content + Self.seal(content)).write(to: URL(fileURLWithPath: shard))
    }

    /// A second implementation of the seal, of a shard whose chunks are not listed.
    private static func seal(_ content: Data) -> Data {
        func bytes(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        let words = [1, 0, 1, 0, 1, 0, UInt64(content.count)].flatMap { bytes($0) }
        let hash = (words + content).withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
        return Data(words + bytes(hash) + Array("GANGLION-SHARD-3".utf8))
    }

    private func open() throws -> Dataset { try Dataset(folder.path) }

    @Test func soundOnesAreRead() throws {
        try write { _ in }
        #expect(try open().read(rows: 0..<4) == made.rows([0, 1, 2, 3]))
        #expect(try open().verify().first?.contains("expected dataset_id made by hand") == true)
    }

    @Test func formatsThatCannotBe() throws {
        func refuse(_ name: String, _ value: AttributeValue?, _ text: String) throws {
            try write { $0.attributes[name] = value }
            expectError(ExitCode.badData, folder.path, text) { _ = try open() }
        }
        try refuse("sample_format", nil, "sample_format is missing")
        try refuse("sample_format", .int(3), "sample_format is no string")
        try refuse("sample_format", .string("{"), "sample format")
        try refuse("sample_format", .string(String(repeating: "[", count: 100_000)), "sample format")
        try refuse("vector_format", .ints([1]), "vector_format is no string")
        try refuse("vector_format", .string("{\"components\":[]}"), "0 components")
        try refuse("vector_format", .string(made.description.format.json), "vector format")
        try refuse("height", .int(8), "height 8, expected 12")
        try refuse("width", nil, "width not at all, expected 8")
        try refuse("channels", .int(.max), "expected 3")
        try refuse("resolution", .int(12), "resolution 12, expected 8")
        try refuse("element", .string("uint8"), "element uint8, expected float32")
        try refuse("element", .int(4), "element is no string")
        try refuse("classes", .int(-1), "-1 classes")
        try refuse("count_total", .int(5), "expected 5")
        try refuse("shards", .int(1 << 40), "shards")
        try refuse("version", .int(2), "its seal is of 3")
        var format = made.description.format
        format.height = 24
        try refuse("sample_format", .string(format.json), "condition images of 12×8")
        format = made.description.format
        format.element = .uint16
        try write {
            $0.attributes["sample_format"] = .string(format.json)
            $0.attributes["element"] = .string("uint16")
        }
        expectError(ExitCode.badData, shard, "samples is float") { _ = try open() }
        var condition = made.description.imageCondition ?? format
        condition.channels[0].transform.scale = 0
        try refuse("condition_format", .string(condition.json), "scale 0")
    }

    @Test func arraysThatDoNotFit() throws {
        try write { $0.samples.shape = [4, 8, 12, 3] }
        expectError(ExitCode.badData, shard, "samples is float [4, 8, 12, 3]", "[n, 12, 8, 3]") { _ = try open() }
        try write { $0.samples.shape = [4, 12 * 8 * 3] }
        expectError(ExitCode.badData, shard, "samples is float [4, 288]") { _ = try open() }
        try write { $0.vectors = ([1, 2, 3, 4], [2, 2]) }
        expectError(ExitCode.badData, shard, "vectors is float [2, 2]", "[4, 2]") { _ = try open() }
        try write { $0.vectors.shape = [8] }
        expectError(ExitCode.badData, shard, "vectors is float [8]") { _ = try open() }
        try write { $0.conditions.shape = [4, 12, 4, 4] }
        expectError(ExitCode.badData, shard, "condition_images") { _ = try open() }
        try write { $0.doubles = true }
        expectError(ExitCode.badData, shard, "the elements of samples are not float32") { _ = try open() }
    }

    @Test func valuesThatAreNone() throws {
        for (value, text) in [(Float.nan, "nan is not finite"), (.infinity, "inf is not finite"), (-5, "log1p")] {
            // Row 2, channel c0 at row 3, column 1 of 12×8×3.
            try write { $0.samples.values[2 * 288 + (3 * 8 + 1) * 3] = value }
            let dataset = try open()
            let reader = MinibatchReader(dataset: dataset, seed: 0, mirror: false)
            reader.request(positions: [0, 1, 2, 3])
            expectError(ExitCode.badData, shard, "samples, row 2 of this shard, channel c0, at 3, 1", text) {
                _ = try reader.next()
            }
            #expect(dataset.verify().contains { $0.contains("row 2 of this shard, channel c0") && $0.contains(text) })
            #expect(try dataset.read(rows: [0, 1, 3]).fields == made.rows([0, 1, 3]).fields)
            // Physical values need no transform.
            if value.isFinite {
                #expect(try dataset.read(rows: [2]).fields.contains(value))
            } else {
                expectError(ExitCode.badData, shard, "row 2", "c0", text) { _ = try dataset.read(rows: [2]) }
            }
            try write { $0.conditions.values[3 * 192 + 1] = value == -5 ? .nan : value }
            expectError(ExitCode.badData, shard, "condition_images, row 3 of this shard, channel c1, at 0, 0") {
                _ = try open().read(rows: [3])
            }
            try write { $0.vectors.values[2] = value }
            expectError(ExitCode.badData, shard, "row 1, number c0", text) { _ = try open() }
        }
    }

    /// The seal of version 3 guards all of its parts.
    @Test func sealsThatDoNotFit() throws {
        try made.write(folder.path, shards: 1)
        let whole = try Data(contentsOf: URL(fileURLWithPath: shard))
        #expect(try open().count == 4)
        // The mark, the foot's words, the list of chunks.
        let foot = 8 * 8 + 16
        for offset in [foot - 1, foot - 9, foot - 17, foot - 25, 30, 17, 1].map({ whole.count - $0 }) {
            var damaged = whole
            damaged[offset] ^= 0x41
            try damaged.write(to: URL(fileURLWithPath: shard))
            expectError(ExitCode.badData, shard) { _ = try open() }
        }
        for count in [foot, foot + 1, 100] {
            try whole.dropLast(count).write(to: URL(fileURLWithPath: shard))
            expectError(ExitCode.badData, shard) { _ = try open() }
        }
        try (whole.dropLast(16) + Data("GANGLION-SHARD-2".utf8)).write(to: URL(fileURLWithPath: shard))
        expectError(ExitCode.badData, shard, "structure does not match") { _ = try open() }
    }
}
