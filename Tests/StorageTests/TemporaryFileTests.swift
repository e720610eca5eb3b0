import Failure
import Foundation
import Storage
import TestSupport
import Testing

/// Temporary files in folders that others may write to.
@Suite struct TemporaryFileTests {
    let temporary: TemporaryFolder
    let victim: String
    init() throws {
        temporary = try TemporaryFolder()
        victim = temporary.file("victim")
        try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
        try FileManager.default.createDirectory(atPath: temporary.file("shared"), withIntermediateDirectories: true)
    }

    private func shared(_ name: String) -> String { temporary.file("shared/" + name) }

    /// Puts a link to the victim where a file of that name would be written.
    private func plant(_ name: String) throws {
        try FileManager.default.createSymbolicLink(atPath: shared(name), withDestinationPath: victim)
    }

    private func expectUnhurt(location: SourceLocation = #_sourceLocation) throws {
        #expect(try Data(contentsOf: URL(fileURLWithPath: victim)) == Data("precious".utf8), sourceLocation: location)
    }

    /// Names that could be guessed from the process's number, as earlier versions had them.
    @Test func linksThatWerePlantedAreNotFollowed() throws {
        try plant(".out.txt.partial-\(getpid())")
        try AtomicFile.write("mine", to: shared("out.txt"))
        try expectUnhurt()
        #expect(try String(contentsOfFile: shared("out.txt"), encoding: .utf8) == "mine")

        try plant(".spool.partial-\(getpid())")
        for index in 0..<3 { try plant(".shard-0000\(index).h5.partial-\(getpid())") }
        try makeDataset(temporary.file("shared"), semantic: 0)
        try expectUnhurt()
        #expect(try Dataset(temporary.file("shared")).verify() == [])

        try plant(".1.h5.partial-\(getpid())")
        let writer = CheckpointWriter(folder: temporary.file("shared"), keep: 1)
        try writer.write(CheckpointContents(), name: "1.h5")
        try expectUnhurt()
        #expect(try writer.folder.list() == ["1.h5"])
        // A link at the name itself is replaced, not followed.
        try plant("2.txt")
        try AtomicFile.write("mine", to: shared("2.txt"))
        try expectUnhurt()
    }

    @Test func aPlantedLockIsNotOpened() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        try FileManager.default.removeItem(atPath: folder + "/.lock")
        try FileManager.default.removeItem(atPath: folder + "/staged.json")
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/.lock", withDestinationPath: temporary.file("made through the link"))
        expectError(ExitCode.cannotWrite, folder + "/.lock") { try staging.run() }
        #expect(!FileManager.default.fileExists(atPath: temporary.file("made through the link")))
    }

    @Test func namesCannotBeGuessed() {
        let names = (0..<100).map { _ in PartialName.make(for: "shard.h5") }
        #expect(Set(names).count == 100)
        #expect(names.allSatisfy { $0.hasPrefix(".shard.h5.partial-\(getpid()).\(PartialName.thisHost).") })
        // With room for the longest names that a file system takes.
        #expect(PartialName.make(for: String(repeating: "é", count: 127)).utf8.count <= 255)
    }

    /// What a killed process left is removed; what may still be written to, or is not ours, is not.
    @Test func onlyOwnLeftoversAreRemoved() throws {
        let dead = 2_147_483_646
        let host = PartialName.thisHost
        let gone = [
            ".1.h5.partial-\(dead)", ".1.h5.partial-\(dead).\(host).0123456789abcdef",
            ".1.h5.partial-\(getpid()).\(host).0123456789abcdef", ".1.h5.partial-\(dead).another.old",
        ]
        let kept = [
            ".1.h5.partial-\(dead).another.0123456789abcdef", ".1.h5.partial-\(getppid()).\(host).0123456789abcdef",
            ".1.h5.partial-\(dead).\(host)", ".1.h5.partial-", ".1.h5.partial-x", "1.h5.partial-\(dead)",
        ]
        for name in gone + kept { try Data("half".utf8).write(to: URL(fileURLWithPath: shared(name))) }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -200_000)], ofItemAtPath: shared(gone[3]))
        try plant(".link.partial-\(dead)")
        try FileManager.default.createDirectory(
            atPath: shared(".folder.partial-\(dead)"), withIntermediateDirectories: false)
        var foreign: [String] = []
        if geteuid() == 0 {
            foreign = [".foreign.partial-\(dead)"]
            try Data("half".utf8).write(to: URL(fileURLWithPath: shared(foreign[0])))
            #expect(chown(shared(foreign[0]), 4711, 4711) == 0)
        }
        let writer = CheckpointWriter(folder: temporary.file("shared"), keep: 1)
        try writer.write(CheckpointContents(), name: "1.h5")
        let found = try FileManager.default.contentsOfDirectory(atPath: temporary.file("shared"))
        let expected = kept + foreign + [".link.partial-\(dead)", ".folder.partial-\(dead)", "1.h5", "latest"]
        #expect(found.sorted() == expected.sorted())
        try expectUnhurt()
    }
}
