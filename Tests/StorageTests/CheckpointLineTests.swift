import Failure
import Foundation
import Glibc
import Storage
import Testing

/// Which checkpoint counts, whatever the clock says and whatever has become of the others.
@Suite struct CheckpointLineTests {
    private let temporary: TemporaryFolder
    private let path: String
    private var folder: CheckpointFolder { CheckpointFolder(path) }
    init() throws {
        temporary = try TemporaryFolder()
        path = temporary.file("checkpoints")
    }

    private func write(_ numbers: Int..., keep: Int = 3) throws {
        let writer = CheckpointWriter(folder: path, keep: keep)
        for number in numbers { try writer.write(makeContents(Float(number)), name: "\(number).h5") }
    }

    private func remove(_ numbers: Int...) throws {
        for number in numbers { try FileManager.default.removeItem(atPath: "\(path)/\(number).h5") }
    }

    private func setAge(_ seconds: Double, _ name: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path + "/" + name)
    }

    private func newest() throws -> String? {
        try folder.openNewestUsable().map { String($0.path.dropFirst(path.count + 1)) }
    }

    @Test func theClockDoesNotCount() throws {
        try write(1, 2, 3)
        // The clock has been set back: what is written from now on is older.
        for (age, name) in [(100.0, "1.h5"), (200, "2.h5"), (300, "3.h5"), (50, "latest")] { try setAge(age, name) }
        try write(4)
        #expect(try folder.list() == ["4.h5", "3.h5", "2.h5"])
        try setAge(4000, "4.h5")
        try write(5)
        #expect(try folder.list() == ["5.h5", "4.h5", "3.h5"])
        // Killed before `latest` was renewed, with a file that seems older than it.
        try CheckpointFile.write(makeContents(6), to: path + "/6.h5")
        try setAge(9000, "6.h5")
        #expect(try newest() == "6.h5")
    }

    @Test func aRunThatIsTakenBackGoesOnFromThere() throws {
        try write(10, 20, 30, 40, keep: 9)
        try folder.goOn(from: path + "/20.h5", number: 20)
        #expect(folder.latestName() == "20.h5" && folder.reached() == 20)
        #expect(try newest() == "20.h5", "it ended before its next checkpoint")
        try write(25, keep: 9)
        #expect(try newest() == "25.h5")
        // Past one of the line that was left, and killed before `latest` is renewed.
        try write(35, keep: 9)
        try CheckpointFile.write(makeContents(38), to: path + "/38.h5")
        #expect(try newest() == "38.h5")
        #expect(try folder.list().contains("40.h5"))
        // The damaged one gives way to one of its own line.
        try Data().write(to: URL(fileURLWithPath: path + "/38.h5"))
        #expect(try newest() == "35.h5")
        // What was left goes first.
        try write(39, keep: 4)
        #expect(try folder.list() == ["39.h5", "38.h5", "35.h5", "25.h5"])
        #expect(!FileManager.default.fileExists(atPath: path + "/superseded"))
    }

    @Test func aNumberWrittenAnewCountsAgain() throws {
        try write(10, 20, 30)
        try folder.goOn(from: path + "/10.h5", number: 10)
        try write(20)
        #expect(try newest() == "20.h5" && folder.reached() == 20)
        try write(40)
        #expect(try folder.list() == ["40.h5", "20.h5", "10.h5"], "30 was left")
    }

    @Test func aCheckpointFromElsewhereSupersedesAll() throws {
        try write(10, 20)
        let other = temporary.file("15.h5")
        try CheckpointFile.write(makeContents(15), to: other)
        try folder.goOn(from: other, number: 15)
        #expect(try newest() == "20.h5", "nothing has been written since")
        try write(25, keep: 2)
        #expect(try folder.list() == ["25.h5", "20.h5"])
        try Data().write(to: URL(fileURLWithPath: path + "/25.h5"))
        expectError(ExitCode.badData, "all 1 checkpoints are damaged", "give --resume \(path)/20.h5") {
            _ = try newest()
        }
    }

    @Test func aLostNewestOneIsMissed() throws {
        try write(10, 20, 30)
        try remove(30)
        expectError(
            ExitCode.missingInput, "\(path)/30.h5: is gone", "\(path)/latest names it",
            "--resume \(path)/20.h5 (there are also \(path)/10.h5)"
        ) { _ = try newest() }
        // As advised.
        try folder.goOn(from: path + "/20.h5", number: 20)
        #expect(try newest() == "20.h5")
        try remove(10, 20)
        expectError(ExitCode.missingInput, "\(path)/20.h5: is gone", "--resume never") { _ = try newest() }
        // As advised.
        try folder.begin()
        #expect(try newest() == nil && !folder.hasLatest && folder.awaitsFirst)
        try write(5)
        #expect(!folder.awaitsFirst)
    }

    @Test func aNewerOneThanTheLostCounts() throws {
        try write(10, 20)
        try CheckpointFile.write(makeContents(30), to: path + "/30.h5")
        try remove(20)
        #expect(try newest() == "30.h5")
    }

    /// They are files from outside.
    @Test func latestAndSupersededMayHoldAnything() throws {
        try write(10, 20)
        for name in ["latest", "superseded"] {
            let file = path + "/" + name
            for bytes in [Data(), Data(count: 20_000_000), Data([0xFF, 0xFE, 0, 10, 10]), Data("../../x.h5\n".utf8)] {
                try bytes.write(to: URL(fileURLWithPath: file))
                #expect(try newest() == "20.h5")
                #expect(folder.hasLatest && (name == "superseded" || folder.latestName() == nil))
            }
            unlink(file)
            #expect(mkfifo(file, 0o600) == 0)
            #expect(try newest() == "20.h5")
            unlink(file)
            #expect(symlink("/dev/zero", file) == 0)
            #expect(try newest() == "20.h5")
            unlink(file)
            try AtomicFile.write("20.h5\n", to: path + "/latest")
        }
        // All that are superseded, with the newest among them, as after a kill at the wrong moment.
        try AtomicFile.write("10.h5\n20.h5\n99999999999999999999.h5\n", to: path + "/superseded")
        #expect(try newest() == "20.h5")
    }

    @Test(arguments: [(0, "missing"), (2, "a newer ganglion"), (9, "a newer ganglion")])
    func anotherVersionIsNoDamage(version: Int, text: String) throws {
        try write(10)
        let file = try HDF5File(inMemory: path + "/20.h5")
        try file.setAttribute("format", to: .string(CheckpointFile.format))
        if version > 0 { try file.setAttribute("version", to: .int(version)) }
        try file.write([Float](repeating: 2, count: 600), shape: [20, 30], to: "ema/mapping.fc0.weight")
        try file.save(to: path + "/20.h5")
        guard version > 0 else { return #expect(try newest() == "10.h5") }
        expectError(
            ExitCode.badData, "\(path)/20.h5: is of format version \(version), but this ganglion reads only version 1",
            text, "give --resume \(path)/10.h5"
        ) { _ = try newest() }
        let error = caught { _ = try newest() }
        #expect(error?.message.contains("damaged") == false)
    }

    @Test(arguments: [
        ("step", Int.max), ("images_shown", .max), ("step", -1), ("images_shown", .min), ("step", 1001),
        ("optimizer_steps_generator", .max), ("optimizer_steps_discriminator", -1), ("step", 1 << 41),
    ])
    func countersThatNoRunReachesAreDamage(name: String, value: Int) throws {
        try write(10)
        var contents = makeContents()
        contents.attributes.removeAll { $0.0 == name }
        contents.attributes.append((name, .int(value)))
        try CheckpointFile.write(contents, to: path + "/20.h5")
        for verification in [CheckpointFile.Verification.required, .ifPresent] {
            expectError(ExitCode.badData, "\(path)/20.h5", "attribute \(name) is \(value)") {
                _ = try CheckpointFile.read(path + "/20.h5", verification: verification)
            }
        }
        #expect(try newest() == "10.h5")
    }
}
