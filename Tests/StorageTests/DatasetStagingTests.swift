import Failure
import Foundation
import Storage
import TestSupport
import Testing

/// A dataset, and a folder that it is staged in.
struct StagingCase {
    let temporary: TemporaryFolder
    let source: String
    let stage: String
    let rows: DatasetRows

    init(shards: Int = 3) throws {
        temporary = try TemporaryFolder()
        source = temporary.file("data")
        stage = temporary.file("disk/stage")
        rows = try makeDataset(source, count: 60, resolution: 32, shards: shards)
    }

    @discardableResult
    func run(_ tell: (DatasetStaging.Event) -> Void = { _ in }) throws -> DatasetStaging.Report {
        try DatasetStaging(Dataset(source), into: stage).run(tell: tell)
    }

    /// Expects a whole copy and nothing beside it.
    func expectWhole(_ folder: String, location: SourceLocation = #_sourceLocation) throws {
        let shards = try FileManager.default.contentsOfDirectory(atPath: source).sorted()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == [".lock"] + shards + ["staged.json"], sourceLocation: location)
        for name in shards {
            #expect(
                FileManager.default.contentsEqual(atPath: source + "/" + name, andPath: folder + "/" + name), "\(name)",
                sourceLocation: location)
        }
        #expect(try Dataset(folder).read(rows: 0..<60) == rows, sourceLocation: location)
    }

    static func change(_ path: String, _ change: (inout Data) throws -> Void) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        try change(&data)
        try data.write(to: URL(fileURLWithPath: path))
    }
}

@Suite struct DatasetStagingTests {
    @Test func theCopyIsWholeAndFoundAgain() throws {
        let staging = try StagingCase()
        var copied = 0
        let report = try staging.run { event in
            if case .copies(let bytes, _) = event { copied += bytes }
        }
        let id = try Dataset(staging.source).id
        #expect(report.folder == "\(staging.stage)/\(id)-3")
        #expect(report.copiedBytes == copied && copied == report.bytes && report.shards == 3 && report.mended == [])
        #expect(report.bytes > 60 * 32 * 32 * 3)
        try staging.expectWhole(report.folder)

        let files = try fileVersions(in: report.folder)
        let again = try staging.run { _ in Issue.record("something was done") }
        #expect(again.copiedBytes == 0 && again.folder == report.folder && again.mended == [])
        #expect(try fileVersions(in: report.folder) == files)
    }

    @Test func whatAKilledJobLeftIsMadeAnew() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        try FileManager.default.removeItem(atPath: folder + "/staged.json")
        try FileManager.default.removeItem(atPath: folder + "/shard-00002.h5")
        try StagingCase.change(folder + "/shard-00001.h5") { $0[100] ^= 1 }
        // Of a process that runs: with the lock held it is known not to be writing here.
        try Data("half".utf8).write(to: URL(fileURLWithPath: folder + "/.shard-00002.h5.partial-\(getppid())"))
        try Data("foreign".utf8).write(to: URL(fileURLWithPath: folder + "/shard-00007.h5"))
        let report = try staging.run()
        #expect(report.copiedBytes == report.bytes)
        #expect(report.mended == ["\(folder): the copy in it was not finished"])
        try staging.expectWhole(folder)
    }

    @Test(arguments: ["cut", "altered", "missing"]) func aDamagedShardIsNamedAndCopiedAgain(how: String) throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        let files = try fileVersions(in: folder)
        let shard = folder + "/shard-00001.h5"
        switch how {
        case "cut": try StagingCase.change(shard) { $0.removeLast(10) }
        case "altered": try StagingCase.change(shard) { $0[100] ^= 1 }
        default: try FileManager.default.removeItem(atPath: shard)
        }
        let report = try staging.run()
        #expect(report.mended.count == 1 && report.mended.first?.hasPrefix(shard) == true, "\(report.mended)")
        #expect(report.copiedBytes > 0 && report.copiedBytes < report.bytes)
        try staging.expectWhole(folder)
        for name in ["shard-00000.h5", "shard-00002.h5"] {
            #expect(try fileVersions(in: folder)[name] == files[name], "\(name) was copied again, too")
        }
    }

    /// Damaged pixels are found by who reads them; he leaves a note, and the next staging reads everything.
    @Test func aReaderThatMeetsDamageHasTheCopyMended() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        let shard = folder + "/shard-00001.h5"
        try StagingCase.change(shard) { data in
            let row = Data(staging.rows.images[25 * 3072..<26 * 3072])
            let place = try #require(data.range(of: row))
            data[place.lowerBound] ^= 1
        }
        #expect(try staging.run().copiedBytes == 0, "the seal says nothing about pixels")
        expectError(ExitCode.internalError, shard, "damaged", "staged copy", "copies anew") {
            _ = try Dataset(folder).read(rows: [25])
        }
        let report = try staging.run()
        #expect(report.mended.count == 1 && report.mended.first?.hasPrefix("\(shard): had CRC-32") == true)
        try staging.expectWhole(folder)
        #expect(try staging.run().copiedBytes == 0)
        // The original is no copy.
        try StagingCase.change(staging.source + "/shard-00001.h5") { data in
            let place = try #require(data.range(of: Data(staging.rows.images[25 * 3072..<26 * 3072])))
            data[place.lowerBound] ^= 1
        }
        let error = try #require(caught { _ = try Dataset(staging.source).read(rows: [25]) })
        #expect(!error.message.contains("staged"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: staging.source).count == 3)
    }

    /// A faithful copy of a damaged shard is no copy to be made again; and when the shard is mended, it is.
    @Test func damageThatTheSourceHadIsTheSources() throws {
        let staging = try StagingCase()
        let shard = staging.source + "/shard-00001.h5"
        let sound = try #require(FileManager.default.contents(atPath: shard))
        try StagingCase.change(shard) { data in
            let place = try #require(data.range(of: Data(staging.rows.images[25 * 3072..<26 * 3072])))
            data[place.lowerBound] ^= 1
        }
        let folder = try staging.run().folder
        expectError(ExitCode.internalError, "staged copy") { _ = try Dataset(folder).read(rows: [25]) }
        for _ in 0..<2 { expectError(ExitCode.badData, shard, "damaged") { _ = try staging.run() } }
        try sound.write(to: URL(fileURLWithPath: shard))
        #expect(try staging.run().mended.count == 1)
        try staging.expectWhole(folder)
    }

    /// Shards that other programs wrote: nothing but their bytes tells whether a copy is sound, nothing but their date
    /// whether it is of this source.
    @Test func shardsWithoutSealAreReadAndDated() throws {
        let staging = try StagingCase()
        for index in 0..<3 { try rewrite("\(staging.source)/shard-0000\(index).h5") }
        let folder = try staging.run().folder
        #expect(try staging.run().copiedBytes == 0)
        try StagingCase.change(folder + "/shard-00002.h5") { data in
            let place = try #require(data.range(of: Data(staging.rows.images[50 * 3072..<51 * 3072])))
            data[place.lowerBound] ^= 1
        }
        let report = try staging.run()
        #expect(report.mended.count == 1 && report.mended.first?.hasPrefix(folder + "/shard-00002.h5") == true)
        try staging.expectWhole(folder)
        // As long as before, and under the same id.
        try StagingCase.change(staging.source + "/shard-00000.h5") { data in
            let place = try #require(data.range(of: Data(staging.rows.images[0..<3072])))
            data[place.lowerBound] ^= 1
        }
        #expect(try staging.run().mended == ["\(folder): held other shards"])
        #expect(try Dataset(folder).read(rows: [0]).images[0] == staging.rows.images[0] ^ 1)
    }

    @Test func otherShardsOfTheSameImagesHaveAPlaceOfTheirOwn() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        let files = try fileVersions(in: folder)
        let other = staging.temporary.file("other")
        try makeDataset(other, count: 60, resolution: 32, shards: 2)
        #expect(try Dataset(other).id == Dataset(staging.source).id)
        let report = try DatasetStaging(Dataset(other), into: staging.stage).run()
        #expect(report.copiedBytes == report.bytes && report.folder != folder)
        #expect(try fileVersions(in: folder) == files)
    }

    @Test func anIdThatIsAPathStaysInTheStage() throws {
        let staging = try StagingCase(shards: 1)
        try rewrite(staging.source + "/shard-00000.h5", attributes: ["dataset_id": .string("../../out")])
        let folder = try staging.run().folder
        #expect(folder.hasPrefix(staging.stage + "/") && !folder.contains(".."))
        try staging.expectWhole(folder)
    }

    @Test func aStageThatIsTheSourceIsLeftAlone() throws {
        let staging = try StagingCase()
        let folder = try staging.run().folder
        try FileManager.default.removeItem(atPath: folder + "/staged.json")
        let files = try fileVersions(in: folder)
        let report = try DatasetStaging(Dataset(folder), into: staging.stage).run()
        #expect(report.copiedBytes == 0 && report.folder == folder)
        #expect(try fileVersions(in: folder) == files)
    }

    /// Whoever comes second waits for the first, and copies nothing.
    @Test func manyAtOnceMakeOneCopy() throws {
        let staging = try StagingCase()
        let dataset = try Dataset(staging.source)
        let (results, stage) = (Results(), staging.stage)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            results.add(Result { try DatasetStaging(dataset, into: stage).run() })
        }
        let reports = try results.all.map { try $0.get() }
        #expect(reports.count == 8 && reports.allSatisfy { $0.mended == [] })
        #expect(reports.map(\.copiedBytes).filter { $0 > 0 } == [reports[0].bytes])
        try staging.expectWhole(reports[0].folder)
    }

    private final class Results: @unchecked Sendable {
        private let lock = NSLock()
        private(set) var all: [Result<DatasetStaging.Report, any Error>] = []
        func add(_ result: Result<DatasetStaging.Report, any Error>) { lock.withLock { all.append(result) } }
    }
}
