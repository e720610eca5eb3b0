import Failure
import Foundation
import Storage
import TestSupport
import Testing

/// Stages that others may write to: what is not the user's own is refused or copied anew.
@Suite struct StagingTrustTests {
    private static let isRoot = geteuid() == 0

    /// A second dataset whose shards are as long as the first one's.
    private func other(_ staging: StagingCase) throws -> String {
        let folder = staging.temporary.file("other")
        try makeDataset(folder, count: 60, resolution: 32, shards: 3, seed: 7)
        return folder
    }

    @Test func aFolderThatOthersMayWriteToIsRefused() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        #expect(chmod(folder, 0o777) == 0)
        expectError(ExitCode.cannotWrite, folder, "can be written to by others (mode 777)", "another data.stage") {
            try staging.run()
        }
        #expect(chmod(folder, 0o775) == 0)
        expectError(ExitCode.cannotWrite, folder, "mode 775") { try staging.run() }
        #expect(chmod(folder, 0o755) == 0)
        #expect(try staging.run().copiedBytes == 0)
    }

    @Test func aLinkInPlaceOfTheFolderIsRefused() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        let moved = staging.temporary.file("moved")
        try FileManager.default.moveItem(atPath: folder, toPath: moved)
        try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: moved)
        expectError(ExitCode.cannotWrite, folder, "is a symbolic link") { try staging.run() }
        try FileManager.default.removeItem(atPath: moved)
        expectError(ExitCode.cannotWrite, folder, "is a symbolic link") { try staging.run() }
        #expect(!FileManager.default.fileExists(atPath: moved))
    }

    @Test(.enabled(if: isRoot, "only root can give files away")) func anothersFolderIsRefused() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        #expect(chown(folder, 4711, 4711) == 0)
        let files = try fileVersions(in: folder)
        expectError(ExitCode.cannotWrite, folder, "belongs to user 4711") { try staging.run() }
        #expect(try fileVersions(in: folder) == files)
    }

    @Test(.enabled(if: isRoot, "only root can give files away")) func aShardOfAnothersIsCopiedAgain() throws {
        try aShardThatIsNotOursIsCopiedAgain(how: "owner")
    }

    @Test(arguments: ["link", "mode"]) func aShardThatIsNotOursIsCopiedAgain(how: String) throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        let shard = folder + "/shard-00001.h5"
        let reason: String
        switch how {
        case "link":
            try FileManager.default.removeItem(atPath: shard)
            try FileManager.default.createSymbolicLink(
                atPath: shard, withDestinationPath: staging.source + "/shard-00001.h5")
            reason = "is a symbolic link"
        case "mode":
            #expect(chmod(shard, 0o666) == 0)
            reason = "can be written to by others (mode 666)"
        default:
            #expect(chown(shard, 4711, 4711) == 0)
            reason = "belongs to user 4711, not to this one (0)"
        }
        let report = try staging.run()
        #expect(report.mended == ["\(shard): \(reason)"])
        try staging.expectWhole(folder)
        #expect(try staging.run().copiedBytes == 0)
    }

    @Test func aListThatOthersMayWriteToCountsForNothing() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        #expect(chmod(folder + "/staged.json", 0o646) == 0)
        let report = try staging.run()
        #expect(report.mended == ["\(folder)/staged.json: can be written to by others (mode 646)"])
        #expect(report.copiedBytes == report.bytes)
        try staging.expectWhole(folder)
    }

    /// Sound by itself, but of another dataset: its seal is another one.
    @Test func aShardOfOtherImagesIsCopiedAgain() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        let shard = folder + "/shard-00001.h5"
        try FileManager.default.removeItem(atPath: shard)
        try FileManager.default.copyItem(atPath: try other(staging) + "/shard-00001.h5", toPath: shard)
        let report = try staging.run()
        #expect(report.mended == ["\(shard): had another seal than \(staging.source)/shard-00001.h5"])
        try staging.expectWhole(folder)
    }

    /// Nothing but the checksum of the whole file says what is in the chunks of version 1.
    @Test func shardsOfVersionOneAreReadAtStart() throws {
        let staging = try StagingCase()
        let source = Repository.path + "/Tests/Golden/dataset-version-1"
        let folder = try DatasetStaging(Dataset(source), into: staging.stage).run().folder
        #expect(try DatasetStaging(Dataset(source), into: staging.stage).run().copiedBytes == 0)
        let shard = folder + "/shard-00000.h5"
        try StagingCase.change(shard) { data in
            let place = try #require(data.range(of: Data(count: 32) + Data(repeating: 255, count: 32)))
            data[place.lowerBound] = 255
            data[place.lowerBound + 1] = 255
        }
        let report = try DatasetStaging(Dataset(source), into: staging.stage).run()
        #expect(report.mended.count == 1 && report.mended.first?.hasPrefix("\(shard): had CRC-32") == true)
        #expect(FileManager.default.contentsEqual(atPath: shard, andPath: source + "/shard-00000.h5"))
    }
}
