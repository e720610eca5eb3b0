import Failure
import Foundation
import Storage
import Testing

/// Which arrays of a file are samples, and which of their axes are what.
@Suite struct FieldLayoutTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }

    @Test func theOnlyArrayIsTaken() throws {
        let path = try files.hdf5([("maps", [3, 8, 12], placed([3, 8, 12])), ("energy", [3], [1, 2, 3])])
        let result = try files.run([path])
        #expect(result.count == 3)
        let dataset = try Dataset(files.out)
        let format = dataset.description.format
        #expect((format.height, format.width, format.element) == (8, 12, .float32))
        #expect(format.channels.map(\.name) == ["maps"])
        #expect(try dataset.read(rows: [0, 1, 2]).fields == placed([3, 8, 12]))
        #expect(dataset.verify() == [])
        #expect(dataset.id == result.id)
    }

    @Test func layoutsAreToldByTheShape() throws {
        let first = channelsLast(placed([3, 2, 8, 12]), [3, 2, 8, 12])
        let nchw = try files.hdf5([("maps", [3, 2, 8, 12], placed([3, 2, 8, 12]))], name: "nchw.h5")
        let nhwc = try files.hdf5([("maps", [3, 8, 12, 2], first)], name: "nhwc.h5")
        try files.run([nchw])
        #expect(try files.fields([0, 1, 2]) == first)
        #expect(try Dataset(files.out).description.format.channels.map(\.name) == ["maps 0", "maps 1"])
        let other = files.temporary.file("other")
        try files.run([nhwc], to: other)
        #expect(try Dataset(other).id == Dataset(files.out).id)
        // The same numbers may be meant otherwise.
        try files.run([nhwc], to: files.temporary.file("said")) { fields, _ in fields.layout = .nhwc }
        #expect(try Dataset(files.temporary.file("said")).id == Dataset(other).id)
    }

    @Test func shapesThatMayBeEitherAskForTheLayout() throws {
        let path = try files.hdf5([("maps", [2, 8, 8, 8], placed([2, 8, 8, 8]))])
        expectError(ExitCode.usage, path, "maps", "[2, 8, 8, 8]", "--layout nhwc or nchw") { try files.run([path]) }
        try files.run([path]) { fields, _ in fields.layout = .nchw }
        #expect(try files.fields([0, 1]) == channelsLast(placed([2, 8, 8, 8]), [2, 8, 8, 8]))
        let three = try files.hdf5([("maps", [2, 8, 8], placed([2, 8, 8]))], name: "three.h5")
        expectError(ExitCode.usage, three, "--layout nhw") {
            try files.run([three]) { fields, _ in fields.layout = .nchw }
        }
    }

    @Test func flatSamplesTakeAShape() throws {
        let path = goldenFolder + "/fields/showers.h5"
        let result = try files.run([path]) { fields, _ in
            fields.keys = ["showers"]
            fields.shape = [16, 12]
            fields.conditions = ["incident_energies"]
            fields.transforms = try! CurveChoice("log1p,incident_energies=log1p")
        }
        let dataset = try Dataset(files.out)
        #expect(result.count == 6)
        let rows = try dataset.read(rows: Array(0..<6))
        #expect(rows.fields == placed([6, 16, 12]))
        #expect(rows.vectors == [1, 2, 4, 8, 16, 32])
        #expect(dataset.description.vector?.components.map(\.name) == ["incident_energies"])
        #expect(dataset.description.format.channels[0].transform.curve == .log1p)
        #expect(dataset.description.vector?.components[0].transform.curve == .log1p)
        // What networks see has mean 0 and deviation 1.
        let seen = try dataset.allVectors()
        #expect(abs(seen.reduce(0, +)) < 1e-5)
        #expect(abs(seen.map { $0 * $0 }.reduce(0, +) / 6 - 1) < 1e-5)
        // Three axes of channels, rows and columns, too.
        try files.run([path], to: files.temporary.file("deep")) { fields, _ in
            fields.keys = ["showers"]
            fields.shape = [2, 8, 12]
        }
        #expect(try files.fields([0], of: files.temporary.file("deep")).count == 192)
        #expect(try Dataset(files.temporary.file("deep")).description.format.channels.count == 2)
        expectError(ExitCode.usage, path, "--shape 16x13", "[6, 192]") {
            try files.run([path], to: files.temporary.file("none")) { fields, _ in
                fields.keys = ["showers"]
                fields.shape = [16, 13]
            }
        }
        expectError(ExitCode.badData, "6×192", "--shape HxW") {
            try files.run([path], to: files.temporary.file("none")) { fields, _ in fields.keys = ["showers"] }
        }
    }

    @Test func oneFieldIsOneSample() throws {
        let path = try files.hdf5([("a/maps", [8, 12], Array(placed([1, 8, 12])))])
        try files.run([path]) { fields, _ in fields.keys = ["a/maps"] }
        #expect(try files.fields([0]) == placed([1, 8, 12]))
        #expect(try Dataset(files.out).count == 1)
    }

    @Test func severalKeysAreChannels() throws {
        let (one, two) = (placed([3, 8, 12]), placed([3, 2, 8, 12]).map { -$0 })
        let path = try files.hdf5([("a", [3, 8, 12], one), ("g/b", [3, 2, 8, 12], two)])
        try files.run([path]) { fields, _ in
            fields.keys = ["a", "g/b"]
            fields.units = ["a": "K", "b 1": "m"]
            fields.transforms = try! CurveChoice("asinh:2,a=log1p")
        }
        let dataset = try Dataset(files.out)
        let channels = dataset.description.format.channels
        #expect(channels.map(\.name) == ["a", "b 0", "b 1"])
        #expect(channels.map(\.unit) == ["K", "", "m"])
        #expect(channels.map(\.transform.curve) == [.log1p, .asinh(scale: 2), .asinh(scale: 2)])
        let read = try dataset.read(rows: [2]).fields
        let (lastOne, lastTwo) = (Array(one[192...]), channelsLast(two, [3, 2, 8, 12]))
        for pixel in 0..<96 {
            #expect(read[3 * pixel] == lastOne[pixel])
            #expect(read[3 * pixel + 1] == lastTwo[2 * (192 + pixel)])
            #expect(read[3 * pixel + 2] == lastTwo[2 * (192 + pixel) + 1])
        }
        expectError(ExitCode.usage, "--transform c=", "a, b 0, b 1") {
            try files.run([path], to: files.temporary.file("none")) { fields, _ in
                fields.keys = ["a", "g/b"]
                fields.transforms = try! CurveChoice("c=log1p")
            }
        }
        expectError(ExitCode.usage, "--names: 1 names for 3") {
            try files.run([path], to: files.temporary.file("none")) { fields, _ in
                fields.keys = ["a", "g/b"]
                fields.channelNames = ["x"]
            }
        }
    }

    @Test func keysThatAreNotThereAreListed() throws {
        let path = try files.hdf5([
            ("a", [3, 8, 12], placed([3, 8, 12])), ("g/b", [3, 8, 12], placed([3, 8, 12])), ("e", [3], [1, 2, 3]),
        ])
        expectError(ExitCode.usage, path, "--key c", "a: float32 [3, 8, 12]", "g/b: float32", "e: float32 [3]") {
            try files.run([path]) { fields, _ in fields.keys = ["c"] }
        }
        expectError(ExitCode.usage, path, "2 arrays", "--key NAME", "g/b: float32 [3, 8, 12]") { try files.run([path]) }
        expectError(ExitCode.usage, "--condition d", "e: float32 [3]") {
            try files.run([path]) { fields, _ in
                fields.keys = ["a"]
                fields.conditions = ["d"]
            }
        }
        expectError(ExitCode.usage, "a is asked for twice") {
            try files.run([path]) { fields, _ in fields.keys = ["a", "a"] }
        }
        #expect(!files.hasShards())
    }

    @Test func shapesThatNoNumberCountsFitNothing() throws {
        let path = try files.hdf5([("a", [2, 96], placed([1, 8, 24]))])
        expectError(ExitCode.usage, path, "no array may be the samples") {
            try files.run([path]) { fields, _ in fields.shape = [16_000_000, 16_000_000, 16_000_000] }
        }
    }
}
