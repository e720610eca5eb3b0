import Failure
import Foundation
import Storage
import Testing

/// Files as Python's netCDF4 writes them.
@Suite struct NetCDFImportTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }
    private let weather = goldenFolder + "/fields/weather.nc"
    private let missing = goldenFolder + "/fields/weather_missing.nc"

    @Test func packedValuesComeWithTheirUnits() throws {
        #expect(FieldImport.isMeant([weather], FieldOptions()))
        let importer = try FieldImport([weather], fields: with { $0.keys = ["t2m", "rain"] }, options: ImportOptions())
        #expect(importer.summary.contains("netCDF-4") && importer.summary.contains("t2m int16 [3, 8, 12]"))
        let result = try importer.run(to: files.out)
        #expect(result.count == 3)
        let channels = try Dataset(files.out).description.format.channels
        #expect(channels.map(\.name) == ["t2m", "rain"] && channels.map(\.unit) == ["K", "mm"])
        #expect(try Dataset(files.out).description.format.element == .float32)
        let read = try files.fields([0, 1, 2])
        for (index, value) in placed([3, 8, 12]).enumerated() {
            #expect(read[2 * index] == value + 250)
            #expect(read[2 * index + 1] == value)
        }
    }

    private func with(_ change: (inout FieldOptions) -> Void) -> FieldOptions {
        var options = FieldOptions()
        change(&options)
        return options
    }

    /// Axes are no channels: what is left are two variables, one of them of floats.
    @Test func axesAreNoChannels() throws {
        let importer = try FieldImport([weather], fields: FieldOptions(), options: ImportOptions())
        #expect(importer.summary.contains("rain float32 [3, 8, 12]"))
        expectError(ExitCode.usage, weather, "rain: float32 [3, 8, 12]", "t2m: int16") {
            try files.run([weather]) { fields, _ in fields.keys = ["none"] }
        }
        let error = caught { try files.run([weather]) { fields, _ in fields.keys = ["none"] } }
        #expect(error?.message.contains("lat:") == false)
    }

    @Test func markedValuesAreMissing() throws {
        for (key, place) in [("t2m", "row 1, at 2, 3"), ("rain", "row 2, at 7, 11")] {
            expectError(ExitCode.badData, missing, key, "1 values are missing", "1 marked as missing", place) {
                try files.run([missing]) { fields, _ in fields.keys = [key] }
            }
        }
        #expect(!files.hasShards())
        // The fill is a physical value.
        try files.run([missing]) { fields, _ in
            fields.keys = ["t2m"]
            fields.missing = .fill(251.5)
        }
        var wanted = placed([3, 8, 12]).map { $0 + 250 }
        wanted[96 + 27] = 251.5
        #expect(try files.fields([0, 1, 2]) == wanted)
    }

    @Test func theClassicFormatNamesItsRemedy() throws {
        let path = goldenFolder + "/fields/classic.nc"
        expectError(ExitCode.badData, path, "classic", "nccopy -k nc4") { try files.run([path]) }
        #expect(FieldImport.isMeant([path], FieldOptions()))
    }

    /// An array of 2×8×12 with attributes.
    private func source<Element: HDF5Element>(
        _ values: [Element], _ attributes: [(name: String, value: AttributeValue)]
    ) throws -> String {
        let path = files.temporary.file("source.h5")
        let file = try HDF5File(inMemory: path)
        try file.write(values, shape: [2, 8, 12], to: "a")
        for attribute in attributes { try file.setAttribute(attribute.name, to: attribute.value, on: "a") }
        try file.save(to: path)
        return path
    }

    /// Where they are wider than the packed numbers and of the type of the packing.
    @Test func boundsMayBeOfUnpackedValues() throws {
        let stored = (0..<192).map { UInt16($0) }
        let packing: [(name: String, value: AttributeValue)] = [
            ("scale_factor", .float(0.5)), ("add_offset", .float(200)),
        ]
        let path = try source(stored, packing + [(name: "valid_range", value: .floats([200, 295]))])
        expectError(ExitCode.badData, path, "1 marked as missing", "row 1, at 7, 11") { try files.run([path]) }
        let least = try source(stored, packing + [(name: "valid_min", value: .float(200.5))])
        expectError(ExitCode.badData, least, "1 marked as missing", "row 0, at 0, 0") { try files.run([least]) }
        // Of another type they are of packed numbers.
        let packed = try source(stored, packing + [(name: "valid_range", value: .ints([1, 300]))])
        expectError(ExitCode.badData, packed, "1 marked as missing", "row 0, at 0, 0") { try files.run([packed]) }
        let all = try source(stored, packing + [(name: "valid_range", value: .floats([200, 295.5]))])
        try files.run([all])
        #expect(try files.fields([0, 1]) == stored.map { Float($0) / 2 + 200 })
    }

    @Test func marksOfSinglePrecisionAreFoundAmongDoubles() throws {
        var values = placed([2, 8, 12]).map { Double($0) }
        values[100] = 1e20
        let path = try source(values, [(name: "missing_value", value: .float(1e20))])
        expectError(ExitCode.badData, path, "1 values are missing (1 marked as missing)", "row 1, at 0, 4") {
            try files.run([path])
        }
        // One of double precision is meant to the last bit.
        let exact = try source(values, [(name: "missing_value", value: .double(Double(Float(1e20))))])
        #expect(try files.run([exact]).count == 2)
    }

    /// Only what is asked for must be readable.
    @Test func aVariableThatNobodyAsksForIsPassedOver() throws {
        let path = files.temporary.file("beside.h5")
        let file = try HDF5File(inMemory: path)
        try file.write(placed([2, 8, 12]), shape: [2, 8, 12], to: "a")
        try file.write([Int32](repeating: 1, count: 2), shape: [2], to: "flags")
        try file.setAttribute("_Unsigned", to: .string("true"), on: "flags")
        try file.save(to: path)
        try files.run([path])
        #expect(try files.fields([0, 1]) == placed([2, 8, 12]))
    }

    @Test func attributesThatCannotBeAreRefused() throws {
        func path(_ name: String, _ value: AttributeValue) throws -> String {
            let path = files.temporary.file("source.h5")
            let file = try HDF5File(inMemory: path)
            try file.write(placed([2, 8, 12]), shape: [2, 8, 12], to: "a")
            try file.setAttribute(name, to: value, on: "a")
            try file.save(to: path)
            return path
        }
        let cases: [(String, AttributeValue, String)] = [
            ("scale_factor", .string("two"), "scale_factor of a is two"), ("add_offset", .double(.nan), "add_offset"),
            ("scale_factor", .doubles([1, 2]), "one number"), ("valid_range", .doubles([1]), "two numbers"),
            ("valid_range", .doubles([2, 1]), "from 2.0 to 1.0"), ("_Unsigned", .string("true"), "_Unsigned"),
        ]
        for (name, value, text) in cases {
            let path = try path(name, value)
            expectError(ExitCode.badData, path, text) { try files.run([path]) }
        }
        let range = try path("valid_range", .doubles([0, 105]))
        expectError(ExitCode.badData, range, "marked as missing", "row 1, at 3, 9") { try files.run([range]) }
    }
}
