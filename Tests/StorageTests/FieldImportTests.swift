import Failure
import Foundation
import Storage
import Testing

/// Which values become samples, and what networks see of them.
@Suite struct FieldImportTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }

    @Test func elementsStayAsTheyAre() throws {
        let path = files.temporary.file("deep.h5")
        let file = try HDF5File(inMemory: path)
        let values = (0..<192).map { UInt16($0 * 300) }
        try file.write(values, shape: [2, 8, 12], to: "a")
        try file.write(values.map { UInt8(truncatingIfNeeded: $0) }, shape: [2, 8, 12], to: "b")
        try file.save(to: path)
        try files.run([path]) { fields, _ in fields.keys = ["a"] }
        #expect(try Dataset(files.out).description.format.element == .uint16)
        #expect(try files.fields([0, 1]) == values.map { Float($0) })
        let bytes = files.temporary.file("bytes")
        try files.run([path], to: bytes) { fields, _ in fields.keys = ["b"] }
        #expect(try Dataset(bytes).description.format.element == .uint8)
        let floats = files.temporary.file("floats")
        try files.run([path], to: floats) { fields, _ in
            fields.keys = ["a"]
            fields.element = .float32
        }
        #expect(try Dataset(floats).description.format.element == .float32)
        expectError(ExitCode.usage, "--element uint8", "uint16") {
            try files.run([path], to: files.temporary.file("none")) { fields, _ in
                fields.keys = ["a"]
                fields.element = .uint8
            }
        }
    }

    @Test func bytesThatArePicturesStayPictures() throws {
        let path = files.temporary.file("pictures.h5")
        let file = try HDF5File(inMemory: path)
        let values = (0..<2 * 192).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try file.write(values, shape: [2, 8, 8, 3], to: "images")
        try file.write([1, 2] as [Float], shape: [2], to: "size")
        try file.save(to: path)
        #expect(!FieldImport.isMeant([path], FieldOptions()))
        try files.run([path]) { fields, _ in
            fields.keys = ["images"]
            fields.conditions = ["size"]
        }
        let dataset = try Dataset(files.out)
        #expect(dataset.description.isPicture)
        #expect(try dataset.read(rows: [0, 1]).images == values)
        #expect(try dataset.read(rows: [0, 1]).vectors == [1, 2])
        // Without conditions it is what the import of pictures makes.
        let (plain, same) = (files.temporary.file("plain"), files.temporary.file("same"))
        let id = try files.run([path], to: plain) { fields, _ in fields.keys = ["images"] }.id
        #expect(try DatasetImport(path, options: ImportOptions()).run(to: same).id == id)
        let shards = [plain, same].map { FileManager.default.contents(atPath: $0 + "/shard-00000.h5") }
        #expect(shards[0] != nil && shards[0] == shards[1])
    }

    /// Whatever their range is, that of all bytes too.
    @Test(arguments: [100, 255] as [UInt8]) func bytesWithAUnitAreFields(largest: UInt8) throws {
        let path = files.temporary.file("counts.h5")
        let file = try HDF5File(inMemory: path)
        let values = (0..<128).map { $0 == 5 ? largest : UInt8($0 % 50) }
        try file.write(values, shape: [2, 8, 8], to: "counts")
        try file.save(to: path)
        try files.run([path]) { fields, _ in
            fields.keys = ["counts"]
            fields.units = ["counts": "adu"]
        }
        let description = try Dataset(files.out).description
        #expect(!description.isPicture)
        #expect(description.format.channels.map(\.unit) == ["adu"])
        #expect(try files.fields([0, 1]) == values.map { Float($0) })
    }

    @Test func missingValuesAreCountedAndRefused() throws {
        var values = placed([3, 8, 12])
        (values[100], values[101], values[250]) = (.nan, .infinity, -.infinity)
        let path = try files.hdf5([("a", [3, 8, 12], values)])
        expectError(
            ExitCode.badData, "3 values are missing", "1 not a number", "2 infinite", "row 1, at 0, 4",
            "--missing VALUE"
        ) { try files.run([path]) }
        #expect(!files.hasShards())
        let result = try files.run([path]) { fields, _ in fields.missing = .fill(-5) }
        (values[100], values[101], values[250]) = (-5, -5, -5)
        #expect(try files.fields([0, 1, 2]) == values)
        #expect(result.channels[0].filled == 3 && result.channels[0].minimum == -5)
        #expect(result.filled.contains("3 values"))
    }

    @Test func aCurveThatFitsNoValueIsRefused() throws {
        let path = try files.hdf5([("a", [3, 8, 12], placed([3, 8, 12]).map { $0 + 1 })])
        let cases: [(curve: String, text: String)] = [
            ("ratio:1e-30", "channel a is 1.0 to 210.75, of which ratio:1e-30 makes one number"),
            ("ratio:1e-06", "channel a has the value 210.75, which ratio:1e-06 gives back as 16.777"),
        ]
        for known in cases {
            let curve = try CurveChoice(known.curve)
            expectError(ExitCode.badData, known.text) {
                try files.run([path]) { fields, _ in fields.transforms = curve }
            }
            #expect(!files.hasShards())
        }
        let curve = try CurveChoice("ratio:1")
        #expect(try files.run([path]) { fields, _ in fields.transforms = curve }.count == 3)
    }

    @Test func aChannelThatIsTheSameEverywhereIsRefused() throws {
        let path = try files.hdf5([
            ("a", [3, 8, 12], placed([3, 8, 12])), ("b", [3, 8, 12], [Float](repeating: 3.5, count: 288)),
        ])
        expectError(ExitCode.badData, "channel b is 3.5 everywhere") {
            try files.run([path]) { fields, _ in fields.keys = ["a", "b"] }
        }
        #expect(!files.hasShards())
    }

    @Test func valuesThatACurveIsNotDefinedForAreNamed() throws {
        var values = placed([3, 8, 12])
        values[200] = -2
        let path = try files.hdf5([("a", [3, 8, 12], values)])
        for curve in ["log1p", "ratio:2", "power:0.5"] {
            let transforms = try CurveChoice(curve)
            expectError(ExitCode.badData, path, "row 2, at 0, 8", "-2.0", curve) {
                try files.run([path]) { fields, _ in fields.transforms = transforms }
            }
        }
        #expect(!files.hasShards())
    }

    @Test(arguments: ["power:60", "asinh:1e-300"]) func valuesThatACurveMakesTooLargeAreNamed(curve: String) throws {
        var values = placed([3, 8, 12])
        values[200] = 1e30
        let path = try files.hdf5([("a", [3, 8, 12], values)])
        let transforms = try CurveChoice(curve)
        expectError(ExitCode.badData, path, "nearer to 0") {
            try files.run([path]) { fields, _ in fields.transforms = transforms }
        }
    }

    @Test func unitsOfChannelsAreTaken() throws {
        let path = files.temporary.file("units.h5")
        let file = try HDF5File(inMemory: path)
        try file.write(placed([2, 2, 8, 12]), shape: [2, 2, 8, 12], to: "samples")
        try file.setAttribute("channel_units", to: .strings(["K", "mm"]), on: "samples")
        try file.save(to: path)
        try files.run([path])
        #expect(try Dataset(files.out).description.format.channels.map(\.unit) == ["K", "mm"])
    }

    @Test func unitsThatAreTooLongAreNamed() throws {
        let path = files.temporary.file("units.h5")
        let file = try HDF5File(inMemory: path)
        try file.write(placed([2, 8, 12]), shape: [2, 8, 12], to: "a")
        try file.setAttribute("units", to: .string(String(repeating: "m", count: 201)), on: "a")
        try file.save(to: path)
        expectError(ExitCode.badData, "\(path): a", "201 bytes", "--unit") { try files.run([path]) }
        try files.run([path]) { fields, _ in fields.units = ["": "m"] }
        #expect(try Dataset(files.out).description.format.channels.map(\.unit) == ["m"])
    }

    @Test func aLeadingSlashChangesNothing() throws {
        let values = placed([3, 8, 12])
        let path = try files.hdf5([("a", [3, 8, 12], values), ("e", [3, 8, 12], values)])
        try files.run([path]) { fields, _ in fields.conditionImages = ["/e"] }
        #expect(try Dataset(files.out).description.format.channels.map(\.name) == ["a"])
        expectError(ExitCode.usage, "a is asked for twice") {
            try files.run([path], to: files.temporary.file("none")) { fields, _ in fields.keys = ["a", "/a"] }
        }
    }

    @Test func sizesThatNoNetworkMakesAreRefused() throws {
        let path = try files.hdf5([("a", [2, 100, 100], placed([2, 100, 100]))])
        expectError(ExitCode.badData, "100×100", "96×96", "--crop 96x96") { try files.run([path]) }
        expectError(ExitCode.usage, "50×50", "48×48") {
            try files.run([path]) { fields, _ in
                fields.crop = .init(height: 50, width: 50, places: .grid(height: 50, width: 50))
            }
        }
        let small = try files.hdf5([("a", [2, 3, 3], placed([2, 3, 3]))], name: "small.h5")
        expectError(ExitCode.badData, "3×3", "8×8") { try files.run([small]) }
        let odd = try files.hdf5([("a", [2, 28, 56], placed([2, 28, 56]))], name: "odd.h5")
        try files.run([odd])
        #expect(try Dataset(files.out).description.format.doublings == 2)
    }

    @Test func optionsOfPicturesAreRefused() throws {
        let path = try files.hdf5([("a", [2, 8, 12], placed([2, 8, 12]))])
        expectError(ExitCode.usage, "--resolution is of pictures") { try files.run([path]) { $1.resolution = 8 } }
        expectError(ExitCode.usage, "--resize is of pictures") { try files.run([path]) { $1.resize = .box } }
        expectError(ExitCode.usage, "--limit 0") { try files.run([path]) { $1.limit = 0 } }
        expectError(ExitCode.usage, "--label-key") { try files.run([path]) { $1.labels = .folder } }
        expectError(ExitCode.missingInput, "nowhere") { try files.run([path, files.temporary.file("nowhere")]) }
    }

    @Test func whatNetworksSeeIsScaled() throws {
        let path = try files.hdf5([("a", [3, 8, 12], placed([3, 8, 12]))])
        let result = try files.run([path])
        let transform = try Dataset(files.out).description.format.channels[0].transform
        let (low, high) = (result.channels[0].minimum, result.channels[0].maximum)
        #expect((low, high) == (0, 209.75))
        #expect(transform.normalized(low) == -1 && transform.normalized(high) == 1)
        let other = files.temporary.file("other")
        try files.run([path], to: other) { fields, _ in
            fields.scaling = .deviation
            fields.transforms = try! CurveChoice("power:0.5")
        }
        let second = try Dataset(other).description.format.channels[0].transform
        let seen = placed([3, 8, 12]).map { Double(second.normalized($0)) }
        #expect(abs(seen.reduce(0, +) / 288) < 1e-6)
        #expect(abs(seen.map { $0 * $0 }.reduce(0, +) / 288 - 1) < 1e-6)
    }

    /// Import, then what networks see, then back: exact to what a float holds of the range.
    @Test(arguments: ["linear", "log1p", "asinh:3", "ratio:20", "power:0.5", "power:0.3"])
    func everyTransformIsUndone(curve: String) throws {
        let path = try files.hdf5([("a", [3, 8, 12], placed([3, 8, 12]))])
        let transforms = try CurveChoice(curve)
        try files.run([path]) { fields, _ in fields.transforms = transforms }
        let transform = try Dataset(files.out).description.format.channels[0].transform
        for value in try files.fields([0, 1, 2]) {
            let (back, isClipped) = transform.physical(transform.normalized(value))
            #expect(!isClipped || value == 0)
            // x / (x + a) is flat where x is large beside a: there a step of y is a larger one of x.
            #expect(abs(back - value) <= max(value, 1) * 4e-5, "\(curve) of \(value): \(back)")
        }
    }

    @Test func shardsMayBeDeflated() throws {
        let path = try files.hdf5([("a", [64, 16, 24], placed([64, 16, 24]))])
        let id = try files.run([path]).id
        let packed = files.temporary.file("packed")
        let other = try files.run([path], to: packed) { fields, _ in fields.compresses = true }.id
        #expect(other == id)
        #expect(try files.fields(Array(0..<64), of: packed) == placed([64, 16, 24]))
        let sizes = [files.out, packed].map { FileManager.default.contents(atPath: $0 + "/shard-00000.h5")?.count ?? 0 }
        #expect(sizes[1] > 0 && sizes[1] < sizes[0])
    }
}
