import Failure
import Foundation
import Storage
import TestSupport
import Testing

/// Stages that cannot be written, and sources that cannot be read.
@Suite struct StagingFailureTests {
    @Test func aStageUnderAFile() throws {
        let staging = try StagingCase()
        try Data("x".utf8).write(to: URL(fileURLWithPath: staging.temporary.file("disk")))
        expectError(ExitCode.cannotWrite, staging.stage, "making the folder", "Not a directory") { try staging.run() }
    }

    @Test func aSourceThatChangesMeanwhile() throws {
        let staging = try StagingCase()
        let shard = staging.source + "/shard-00001.h5"
        let whole = try Data(contentsOf: URL(fileURLWithPath: shard))
        let folder = staging.stage + "/\(try Dataset(staging.source).id)-3"
        expectError(ExitCode.missingInput, shard, "No such file") {
            try staging.run { _ in unlink(shard) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [".lock"])
        try whole.write(to: URL(fileURLWithPath: shard))
        try staging.run()
        try staging.expectWhole(folder)
    }

    @Test(.enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here"))
    func notEnoughSpace() throws {
        let staging = try StagingCase()
        let disk = try #require(SmallDisk(kilobytes: 128))
        let started = Flag()
        expectError(ExitCode.cannotWrite, disk.path, "are needed for 3 shards", " kB are free", "Free some space") {
            _ = try DatasetStaging(Dataset(staging.source), into: disk.path).run { _ in started.set() }
        }
        #expect(!started.isSet, "it is said before anything is copied")
        let folder = try #require(try FileManager.default.contentsOfDirectory(atPath: disk.path).first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/" + folder) == [".lock"])
    }

    @Test(.enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here"))
    func aDiskThatFillsUpMeanwhile() throws {
        let staging = try StagingCase()
        let disk = try #require(SmallDisk(kilobytes: 400))
        let ballast = disk.path + "/ballast"
        let dataset = try Dataset(staging.source)
        // The first shard fits beside it, the second does not.
        expectError(ExitCode.cannotWrite, disk.path, "shard-00001.h5", "No space left on device") {
            _ = try DatasetStaging(dataset, into: disk.path).run { _ in
                _ = FileManager.default.createFile(atPath: ballast, contents: Data(count: 270 << 10))
            }
        }
        let folder = disk.path + "/" + dataset.id + "-3"
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [".lock"])
        try FileManager.default.removeItem(atPath: ballast)
        _ = try DatasetStaging(dataset, into: disk.path).run()
        try staging.expectWhole(folder)
    }

    @Test(.enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here"))
    func aReadOnlyDiskServesWhenItHoldsACopy() throws {
        let staging = try StagingCase()
        let disk = try #require(SmallDisk(kilobytes: 4000))
        let dataset = try Dataset(staging.source)
        let folder = try DatasetStaging(dataset, into: disk.path + "/full").run().folder
        try FileManager.default.removeItem(atPath: folder + "/.lock")
        #expect(disk.becomeReadOnly())
        #expect(try DatasetStaging(dataset, into: disk.path + "/full").run().copiedBytes == 0)
        #expect(try Dataset(folder).read(rows: 0..<60) == staging.rows)
        expectError(ExitCode.cannotWrite, disk.path + "/empty", "Read-only file system") {
            _ = try DatasetStaging(dataset, into: disk.path + "/empty").run()
        }
    }

    private final class Flag {
        private(set) var isSet = false
        func set() { isSet = true }
    }
}
