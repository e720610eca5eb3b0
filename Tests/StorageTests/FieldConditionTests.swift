import Failure
import Foundation
import Storage
import Testing

@Suite struct FieldConditionTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }

    private func source(_ change: (HDF5File) throws -> Void) throws -> String {
        let path = files.temporary.file("source.h5")
        let file = try HDF5File(inMemory: path)
        try file.write(placed([3, 8, 12]), shape: [3, 8, 12], to: "a")
        try change(file)
        try file.save(to: path)
        return path
    }

    @Test func severalNumbersInTheirOrder() throws {
        let path = try source {
            try $0.write([1, 2, 3, 4, 5, 6] as [Double], shape: [3, 2], to: "g/position")
            try $0.write([7, 8, 10] as [Int32], shape: [3], to: "count")
            try $0.setAttribute("units", to: .string("kpc"), on: "g/position")
        }
        let result = try files.run([path]) { fields, _ in
            fields.conditions = ["count", "g/position"]
            fields.labelKey = "count"
        }
        let dataset = try Dataset(files.out)
        #expect(try dataset.read(rows: [0, 1, 2]).vectors == [7, 1, 2, 8, 3, 4, 10, 5, 6])
        #expect(dataset.description.vector?.components.map(\.name) == ["count", "position 0", "position 1"])
        #expect(dataset.description.vector?.components.map(\.unit) == ["", "kpc", "kpc"])
        #expect(dataset.description.classes == 11 && dataset.labels == [7, 8, 10])
        #expect(result.channels.map(\.part) == [.sample, .vector, .vector, .vector])
    }

    @Test func conditionsThatDoNotFitAreRefused() throws {
        let path = try source {
            try $0.write([1, 2] as [Float], shape: [2], to: "few")
            try $0.write([1, .nan, 3] as [Float], shape: [3], to: "hole")
            try $0.write([4, 4, 4] as [Float], shape: [3], to: "same")
            try $0.write([Float](repeating: 1, count: 12), shape: [3, 2, 2], to: "deep")
            try $0.write([Float](repeating: 1, count: 3 * 65), shape: [3, 65], to: "wide")
            try $0.write([0, -1, 2] as [Int32], shape: [3], to: "below")
        }
        func refuse(_ key: String, _ parts: String...) {
            let error = caught {
                try files.run([path]) { fields, _ in
                    fields.conditions = [key]; fields.keys = ["a"]
                }
            }
            #expect(error?.exitCode == ExitCode.badData)
            for part in [key] + parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
        }
        refuse("few", "float32 [2]", "expected 3 rows")
        refuse("hole", "row 1", "nan", "expected a number")
        refuse("same", "is 4.0 everywhere")
        refuse("deep", "[3, 2, 2]", "[3, K]")
        refuse("wide", "[3, 65]", "up to 64")
        expectError(ExitCode.badData, "below, row 1: class -1.0") {
            try files.run([path]) { fields, _ in
                fields.labelKey = "below"; fields.keys = ["a"]
            }
        }
        expectError(ExitCode.badData, "same is float32 [3], expected integers") {
            try files.run([path]) { fields, _ in
                fields.labelKey = "same"; fields.keys = ["a"]
            }
        }
        #expect(!files.hasShards())
    }

    @Test func aUnitThatIsTooLongIsNamed() throws {
        let path = try source {
            try $0.write([-4, 4, 5] as [Float], shape: [3], to: "e")
            try $0.setAttribute("units", to: .string(String(repeating: "m", count: 201)), on: "e")
        }
        expectError(ExitCode.badData, "\(path): e", "201 bytes", "--unit") {
            try files.run([path]) { fields, _ in fields.conditions = ["e"] }
        }
        try files.run([path]) { fields, _ in
            fields.conditions = ["e"]
            fields.units = ["e": "m"]
        }
        #expect(try Dataset(files.out).description.vector?.components[0].unit == "m")
    }

    @Test func curvesOfConditionsAreNotThoseOfSamples() throws {
        let path = try source { try $0.write([-4, 4, 5] as [Float], shape: [3], to: "e") }
        let transforms = try CurveChoice("log1p")
        try files.run([path]) { fields, _ in
            fields.conditions = ["e"]
            fields.transforms = transforms
        }
        #expect(try Dataset(files.out).description.vector?.components[0].transform.curve == .linear)
        let named = try CurveChoice("e=log1p")
        expectError(ExitCode.badData, "e is -4.0", "log1p") {
            try files.run([path], to: files.temporary.file("none")) { fields, _ in
                fields.conditions = ["e"]
                fields.transforms = named
            }
        }
    }
}
