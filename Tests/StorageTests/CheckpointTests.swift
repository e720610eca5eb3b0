import Failure
import Foundation
import Storage
import TestSupport
import Testing

/// Contents with arrays of several ranks and every kind of attribute.
func makeContents(_ seed: Float = 0, size: Int = 100) -> CheckpointContents {
    let arrays: [(path: String, shape: [Int], values: [Float])] = [
        ("generator/mapping.fc0.weight", [size, 2], (0..<2 * size).map { Float($0) * 0.1 + seed }),
        ("generator/synthesis.b4.const", [1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, seed]),
        ("optimizer/generator/m", [0], []), ("state/pl_mean", [], [0.5 + seed]),
        ("state/special", [4], [-0.0, -Float.greatestFiniteMagnitude, Float.leastNonzeroMagnitude, 2e-38]),
    ]
    let attributes: [(String, AttributeValue)] = [
        ("config", .string("preset: quick\nseed: 0\n")), ("images_shown", .int(1000)), ("step", .int(31)),
        ("ranks", .int(2)), ("dataset_id", .string("0123")), ("ada_p", .float(0.1)), ("time", .double(1e-9)),
    ]
    return CheckpointContents(arrays: arrays, attributes: attributes)
}

/// All that contents hold, bit for bit.
func bits(_ contents: CheckpointContents) -> [String] {
    contents.arrays.map { "\($0.path) \($0.shape) \($0.values.map(\.bitPattern))" }.sorted()
        + contents.attributes.filter { !["format", "version"].contains($0.0) }
        .map { "\($0.0) \($0.1) \($0.1.floatValue?.bitPattern ?? 0)" }.sorted()
}

@Suite struct CheckpointTests {
    let temporary: TemporaryFolder
    let folder: String
    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.file("checkpoints")
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    @Test func contentsComeBackBitForBit() throws {
        let path = temporary.file("00000001.h5")
        let contents = makeContents()
        try CheckpointFile.write(contents, to: path)
        let read = try CheckpointFile.read(path)
        #expect(bits(read) == bits(contents))
        #expect(read.array("state/pl_mean")?.shape == [])
        #expect(read.attribute("format") == .string("ganglion-checkpoint"))
        let first = try Data(contentsOf: URL(fileURLWithPath: path))
        // What was read can be written again, and equal contents make equal files.
        try CheckpointFile.write(read, to: path)
        #expect(bits(try CheckpointFile.read(path)) == bits(contents))
        try CheckpointFile.write(contents, to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
    }

    /// Its checksums agree, but it is no state to go on from.
    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteIsNamed(_ value: Float) throws {
        let path = temporary.file("00000001.h5")
        var contents = makeContents()
        contents.arrays[1].values[6] = value
        contents.arrays[3].values[0] = value
        try CheckpointFile.write(contents, to: path)
        #expect {
            try CheckpointFile.read(path)
        } throws: { error in
            (error as? any ExitCoded)?.exitCode == ExitCode.badData
                && [path, "generator/synthesis.b4.const holds \(value), 1 of its 8 values", "older checkpoint"]
                    .allSatisfy("\(error)".contains)
        }
        // Other programs read it, and so do those who use a part of it.
        #expect(bits(try CheckpointFile.read(path, verification: .ifPresent)) == bits(contents))
    }

    @Test func whatIsNotFiniteIsNotSaved() throws {
        let saver = CheckpointSaver(folder: folder, keep: 1)
        try saver.save(makeContents(), name: "00000001.h5")
        try saver.waitUntilDone()
        var contents = makeContents(1)
        contents.arrays[3].values[0] = .nan
        #expect {
            try saver.save(contents, name: "00000002.h5")
        } throws: { error in
            (error as? any ExitCoded)?.exitCode == ExitCode.internalError
                && ["00000002.h5", "state/pl_mean holds nan"].allSatisfy("\(error)".contains)
        }
        #expect(try names() == ["00000001.h5", "latest"])
        #expect(CheckpointFolder(folder).latestName() == "00000001.h5")
    }

    @Test func anOlderOneThatIsFiniteIsUsed() throws {
        try CheckpointWriter(folder: folder, keep: 3).write(makeContents(), name: "00000001.h5")
        var contents = makeContents(1)
        contents.arrays[0].values[3] = .infinity
        try CheckpointWriter(folder: folder, keep: 3).write(contents, name: "00000002.h5")
        let choice = try #require(try CheckpointFolder(folder).openNewestUsable())
        #expect(choice.path == folder + "/00000001.h5" && bits(choice.contents) == bits(makeContents()))
        #expect(choice.rejected.map(\.path) == [folder + "/00000002.h5"])
        #expect(choice.rejected[0].reason.contains("generator/mapping.fc0.weight holds inf"))
    }

    @Test func everyFlippedByteIsDetectedOrHarmless() throws {
        let path = temporary.file("00000001.h5")
        let contents = makeContents()
        try CheckpointFile.write(contents, to: path)
        let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let expected = bits(contents)
        var detected = 0
        let places = Array(stride(from: 0, to: good.count, by: 7)) + Array(good.count - 40..<good.count)
        for (index, place) in places.enumerated() {
            var bytes = good
            bytes[place] ^= index % 3 == 0 ? 0xFF : 1 << UInt8(index % 8)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                #expect(bits(try CheckpointFile.read(path)) == expected, "byte \(place)")
            } catch {
                detected += 1
                #expect("\(error)".contains(path))
            }
        }
        #expect(detected >= places.count - 32)
    }

    @Test func everyTruncationIsDetectedOrHarmless() throws {
        let path = temporary.file("00000001.h5")
        let contents = makeContents()
        try CheckpointFile.write(contents, to: path)
        let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let expected = bits(contents)
        for length in Array(stride(from: 0, to: good.count, by: 61)) + Array(good.count - 80..<good.count) {
            try Data(good.prefix(length)).write(to: URL(fileURLWithPath: path))
            do {
                #expect(bits(try CheckpointFile.read(path)) == expected)
                #expect(length >= good.count - 32)
            } catch {
                #expect("\(error)".contains(path))
            }
        }
    }

    @Test func aDamagedOneIsNamedAndThePreviousTaken() throws {
        let writer = CheckpointWriter(folder: folder, keep: 3)
        for step in 1...3 { try writer.write(makeContents(Float(step)), name: "0000000\(step).h5") }
        let newest = folder + "/00000003.h5"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
        bytes[bytes.count / 2] ^= 4
        try bytes.write(to: URL(fileURLWithPath: newest))
        let second = folder + "/00000002.h5"
        try Data(contentsOf: URL(fileURLWithPath: second)).prefix(3000).write(to: URL(fileURLWithPath: second))
        let choice = try #require(try CheckpointFolder(folder).openNewestUsable())
        #expect(choice.path == folder + "/00000001.h5")
        #expect(bits(choice.contents) == bits(makeContents(1)))
        #expect(choice.rejected.map(\.path) == [newest, second])
        #expect(choice.rejected[0].reason.contains("checksum"))
        #expect(choice.rejected[1].reason.contains("truncated"))

        try Data().write(to: URL(fileURLWithPath: folder + "/00000001.h5"))
        expectError(ExitCode.badData, "all 3 checkpoints are damaged", newest, "0 bytes") {
            _ = try CheckpointFolder(folder).openNewestUsable()
        }
    }

    @Test func foldersListKeepAndPointToTheLatest() throws {
        #expect(try CheckpointFolder(folder).list() == [])
        #expect(try CheckpointFolder(folder).openNewestUsable() == nil)
        let writer = CheckpointWriter(folder: folder, keep: 2)
        for step in [1, 2, 9, 10] { try writer.write(makeContents(Float(step)), name: "\(step).h5") }
        #expect(try CheckpointFolder(folder).list() == ["10.h5", "9.h5"])
        #expect(CheckpointFolder(folder).latestName() == "10.h5")
        // A run taken back to an earlier checkpoint goes on from there.
        try writer.write(makeContents(5), name: "5.h5")
        #expect(try CheckpointFolder(folder).list() == ["10.h5", "5.h5"])
        #expect(try CheckpointFolder(folder).openNewestUsable()?.path == folder + "/5.h5")
        // The line that was left is cleared away first, however high its numbers.
        try writer.write(makeContents(6), name: "6.h5")
        #expect(try CheckpointFolder(folder).list() == ["6.h5", "5.h5"])
        // Killed between the file and `latest`: the file is whole, so it counts.
        try CheckpointFile.write(makeContents(11), to: folder + "/11.h5")
        #expect(try CheckpointFolder(folder).openNewestUsable()?.path == folder + "/11.h5")
    }

    @Test func partialFilesAreIgnoredAndCleared() throws {
        let writer = CheckpointWriter(folder: folder, keep: 2)
        try writer.write(makeContents(1), name: "1.h5")
        try AtomicFile.write("half", to: folder + "/.2.h5.partial-2147483646")
        #expect(try CheckpointFolder(folder).list() == ["1.h5"])
        try writer.write(makeContents(2), name: "2.h5")
        #expect(try names() == ["1.h5", "2.h5", "latest"])
    }

    @Test func otherProgramsCheckpoints() throws {
        let path = temporary.file("reference.h5")
        expectError(ExitCode.missingInput, path, "no such checkpoint") { _ = try CheckpointFile.read(path) }
        let file = try HDF5File(inMemory: path)
        try file.write([Float](repeating: 2, count: 600), shape: [20, 30], to: "ema/mapping.fc0.weight")
        try file.save(to: path)
        expectError(ExitCode.badData, path, "format is missing, expected \"ganglion-checkpoint\"") {
            _ = try CheckpointFile.read(path)
        }
        #expect(try CheckpointFile.read(path, verification: .ifPresent).arrays.count == 1)
        try file.setAttribute("format", to: .string("ganglion-checkpoint"))
        try file.setAttribute("version", to: .int(7))
        try file.save(to: path)
        expectError(
            ExitCode.badData, path,
            "is of format version 7, but this ganglion reads only version 1: a newer ganglion wrote"
        ) { _ = try CheckpointFile.read(path) }
        try file.setAttribute("version", to: .int(1))
        try file.save(to: path)
        expectError(ExitCode.badData, path, "not marked complete") { _ = try CheckpointFile.read(path) }
    }

    @Test func theSaverWritesInTheBackground() throws {
        let saver = CheckpointSaver(folder: folder, keep: 2)
        for step in 1...4 { try saver.save(makeContents(Float(step), size: 100_000), name: "\(step).h5") }
        try saver.waitUntilDone()
        #expect(try CheckpointFolder(folder).list() == ["4.h5", "3.h5"])
        let written = saver.takeWritten()
        #expect(written.map(\.path) == (1...4).map { "\(folder)/\($0).h5" })
        // Two hundred thousand numbers and more, of four bytes each.
        #expect(written.allSatisfy { $0.bytes > 800_000 && $0.bytes < 900_000 && $0.seconds > 0 })
        #expect(saver.takeWritten().isEmpty, "told once")
        let blocked = CheckpointSaver(folder: folder + "/4.h5/below", keep: 2)
        try blocked.save(makeContents(), name: "1.h5")
        expectError(ExitCode.cannotWrite, "4.h5/below") { try blocked.waitUntilDone() }
        #expect(blocked.takeWritten().isEmpty)
        try blocked.waitUntilDone()
    }

    @Test(.enabled(if: hasH5py, "Python has no h5py, which cluster/setup --tests installs")) func h5pyReadsCheckpoints()
        throws
    {
        let path = temporary.file("00000001.h5")
        try CheckpointFile.write(makeContents(), to: path)
        let text = python(
            """
            import h5py
            f = h5py.File('\(path)')
            print(f['generator/mapping.fc0.weight'].shape, f['state/pl_mean'][()], f.attrs['format'],
                  f.attrs['complete'], f.attrs['images_shown'], list(f))
            """)
        #expect(
            text == "(100, 2) 0.5 ganglion-checkpoint 1 1000 ['generator', 'optimizer', 'state']\n")
    }
}

@Suite struct KilledWriterTests {
    /// A process is killed at some point of its writing; whatever stands under a final name is whole.
    @Test func killingTheWriterLeavesThePreviousCheckpoint() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.file("checkpoints")
        let first = makeContents(1)
        try CheckpointWriter(folder: folder, keep: 2).write(first, name: "1.h5")
        for microseconds in [UInt32(500), 4000, 12_000, 20_000, 30_000, 50_000] {
            let writer = try ChildProcess.run(
                [ChildProcess.product("ExitProbe"), "write-checkpoint", folder, "2.h5", "\(microseconds)"])
            #expect(writer.status == 128 + SIGKILL, "\(writer.stderr)")
            let choice = try #require(try CheckpointFolder(folder).openNewestUsable())
            #expect(choice.rejected.isEmpty)
            let isFirst = choice.path.hasSuffix("/1.h5")
            #expect(choice.contents.array("state/pl_mean")?.values == [isFirst ? 1.5 : 2.5])
            try? FileManager.default.removeItem(atPath: folder + "/2.h5")
            try AtomicFile.write("1.h5\n", to: folder + "/latest")
        }
        try CheckpointWriter(folder: folder, keep: 2).write(first, name: "3.h5")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["1.h5", "3.h5", "latest"])
    }
}

@Suite(.enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here")) struct FullDiskTests {
    @Test func aFullDiskKeepsWhatWasThere() throws {
        let disk = try #require(SmallDisk(kilobytes: 4096))
        let folder = disk.path + "/checkpoints"
        let saver = CheckpointSaver(folder: folder, keep: 3)
        try saver.save(makeContents(1, size: 200_000), name: "1.h5")
        try saver.waitUntilDone()
        for _ in 0..<3 {
            try saver.save(makeContents(2, size: 400_000), name: "2.h5")
            expectError(ExitCode.cannotWrite, folder, "No space left on device", "Free some space") {
                try saver.waitUntilDone()
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["1.h5", "latest"])
        let choice = try #require(try CheckpointFolder(folder).openNewestUsable())
        #expect(choice.rejected.isEmpty)
        #expect(bits(choice.contents) == bits(makeContents(1, size: 200_000)))
        // With room again the next one succeeds.
        try saver.save(makeContents(3), name: "3.h5")
        try saver.waitUntilDone()
        #expect(CheckpointFolder(folder).latestName() == "3.h5")
    }

    @Test func aFullDiskLeavesNoHalfDataset() throws {
        let disk = try #require(SmallDisk(kilobytes: 3072))
        let folder = disk.path + "/data"
        for count in [200, 300] {
            expectError(ExitCode.cannotWrite, folder, "No space left on device") {
                try makeDataset(folder, count: count, resolution: 64, classes: 0, semantic: 0, shards: 2)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
        try makeDataset(folder, count: 40, resolution: 64, classes: 0, semantic: 0, shards: 2)
        #expect(try Dataset(folder).verify() == [])
    }
}
