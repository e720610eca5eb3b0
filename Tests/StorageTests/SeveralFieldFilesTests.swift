import Failure
import Foundation
import Storage
import Testing

/// One data set of several files.
@Suite struct SeveralFieldFilesTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }

    @Test func severalFilesMakeOneDataset() throws {
        let all = placed([5, 8, 12])
        let whole = try files.hdf5([("a", [5, 8, 12], all)], name: "whole.h5")
        let first = try files.hdf5([("a", [2, 8, 12], Array(all[..<192]))], name: "first.h5")
        let second = try files.hdf5([("a", [3, 8, 12], Array(all[192...]))], name: "second.h5")
        #expect(FieldImport.isMeant([first, second], FieldOptions()))
        let id = try files.run([first, second]).id
        #expect(try files.run([whole], to: files.temporary.file("whole")).id == id)
        // The fit is the same, bit by bit.
        let formats = try [files.out, files.temporary.file("whole")].map { try Dataset($0).description.format }
        #expect(formats[0] == formats[1])
    }

    @Test func filesOfOtherSamplesAreRefused() throws {
        let first = try files.hdf5([("a", [2, 8, 12], placed([2, 8, 12]))], name: "first.h5")
        let ragged = try files.hdf5([("a", [2, 8, 16], placed([2, 8, 16]))], name: "ragged.h5")
        expectError(ExitCode.badData, first, ragged, "[2, 8, 16]", "[2, 8, 12]") { try files.run([first, ragged]) }
        let path = files.temporary.file("bytes.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([Int32](repeating: 1, count: 192), shape: [2, 8, 12], to: "a")
        try file.save(to: path)
        expectError(ExitCode.badData, first, path, "int32", "float32") {
            try files.run([first, path]) { fields, _ in fields.keys = ["a"] }
        }
        let two = try files.hdf5(
            [("a", [2, 8, 12], placed([2, 8, 12])), ("b", [3, 8, 12], placed([3, 8, 12]))], name: "two.h5")
        expectError(ExitCode.badData, two, "b is float32 [3, 8, 12]", "[2, 8, 12]") {
            try files.run([two]) { fields, _ in fields.keys = ["a", "b"] }
        }
        #expect(!files.hasShards())
    }

    @Test func otherVariablesAreRefused() throws {
        let values = placed([2, 8, 12])
        let first = try files.hdf5([("warmth", [2, 8, 12], values)], name: "first.h5")
        let second = try files.hdf5([("pressure", [2, 8, 12], values)], name: "second.h5")
        expectError(ExitCode.badData, "\(first): warmth", "\(second): pressure", "--key") {
            try files.run([first, second])
        }
        #expect(!files.hasShards())
    }

    @Test func channelsInAnotherOrderAreRefused() throws {
        func write(_ name: String, _ channels: [String]) throws -> String {
            let path = files.temporary.file(name)
            let file = try HDF5File(inMemory: path)
            try file.write(placed([2, 2, 8, 12]), shape: [2, 2, 8, 12], to: "a")
            try file.setAttribute("channel_names", to: .strings(channels), on: "a")
            try file.save(to: path)
            return path
        }
        let (first, second) = (try write("first.h5", ["u", "v"]), try write("second.h5", ["v", "u"]))
        expectError(ExitCode.badData, first, second, "[\"u\", \"v\"]", "[\"v\", \"u\"]") {
            try files.run([first, second])
        }
        #expect(!files.hasShards())
        // Whoever names them knows what they are.
        let result = try files.run([first, second]) { fields, _ in fields.channelNames = ["x", "y"] }
        #expect(result.count == 4)
    }
}
