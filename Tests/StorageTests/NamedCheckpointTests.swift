import Failure
import Foundation
import Storage
import Testing

/// What may be named where a checkpoint is asked for.
@Suite struct NamedCheckpointTests {
    private let temporary: TemporaryFolder
    private let run: String
    private var checkpoints: String { run + "/checkpoints" }
    init() throws {
        temporary = try TemporaryFolder()
        run = temporary.file("run")
        let writer = CheckpointWriter(folder: run + "/checkpoints", keep: 3)
        for number in [10, 20, 30] { try writer.write(makeContents(Float(number)), name: "\(number).h5") }
    }

    private var places: [String] {
        [run, run + "/", checkpoints, checkpoints + "/", checkpoints + "/latest"]
    }

    @Test func aFileIsItself() throws {
        for name in ["\(checkpoints)/10.h5", temporary.file("nowhere.h5"), temporary.file("latest")] {
            let named = try NamedCheckpoint(name)
            #expect(named.path == name && named.notes.isEmpty)
        }
    }

    @Test func aPlaceIsItsNewest() throws {
        for place in places {
            let named = try NamedCheckpoint(place)
            #expect(named.path == checkpoints + "/30.h5", "\(place)")
            #expect(named.notes == ["\(place): its newest sound checkpoint is \(checkpoints)/30.h5"])
        }
    }

    @Test func theBestIsTheOneThatIsNamed() throws {
        let best = checkpoints + "/best"
        try CheckpointFolder(checkpoints).setBest("20.h5")
        let named = try NamedCheckpoint(best)
        #expect(named.path == checkpoints + "/20.h5")
        #expect(named.notes == ["\(best): the best checkpoint of its run is \(checkpoints)/20.h5"])
        #expect(try NamedCheckpoint(run).path == checkpoints + "/30.h5")
        try FileManager.default.removeItem(atPath: checkpoints + "/20.h5")
        expectError(ExitCode.missingInput, best, "names 20.h5, which is gone") { _ = try NamedCheckpoint(best) }
        for text in ["", "../../etc/passwd\n", "20.h5.h5"] {
            try text.write(toFile: best, atomically: true, encoding: .utf8)
            expectError(ExitCode.badData, best, "holds no name of a checkpoint", "00001000.h5") {
                _ = try NamedCheckpoint(best)
            }
        }
    }

    /// However many newer ones come; the one before it has no such right any more.
    @Test func theBestStays() throws {
        let writer = CheckpointWriter(folder: checkpoints, keep: 2)
        let folder = writer.folder
        try writer.write(makeContents(40), name: "40.h5", isBest: true)
        for number in [50, 60, 70] { try writer.write(makeContents(Float(number)), name: "\(number).h5") }
        #expect(try folder.list() == ["70.h5", "60.h5", "40.h5"])
        #expect(folder.bestName() == "40.h5" && folder.latestName() == "70.h5")
        try writer.write(makeContents(80), name: "80.h5", isBest: true)
        try writer.write(makeContents(90), name: "90.h5")
        #expect(try folder.list() == ["90.h5", "80.h5"])
        #expect(folder.bestName() == "80.h5")
        try folder.begin()
        #expect(folder.bestName() == nil)
    }

    @Test func damagedOnesArePassedOver() throws {
        let file = try #require(FileHandle(forWritingAtPath: checkpoints + "/30.h5"))
        try file.truncate(atOffset: 3000)
        try file.close()
        for place in places {
            let named = try NamedCheckpoint(place)
            #expect(named.path == checkpoints + "/20.h5", "\(place)")
            #expect(named.notes.count == 2 && named.notes[1].hasPrefix("not used: \(checkpoints)/30.h5: "))
        }
    }

    @Test func whereThereIsNone() throws {
        let folder = try temporaryFolder("empty")
        expectError(ExitCode.badData, folder, "a folder without checkpoints", "00001000.h5", "a run folder") {
            _ = try NamedCheckpoint(folder)
        }
        let begun = try temporaryFolder("begun/checkpoints")
        for place in [temporary.file("begun"), temporary.file("begun/")] {
            expectError(ExitCode.missingInput, place, "no checkpoint has been written") {
                _ = try NamedCheckpoint(place)
            }
        }
        try CheckpointFolder(begun).begin()
        expectError(ExitCode.missingInput, begun, "no checkpoint has been written") { _ = try NamedCheckpoint(begun) }
        try makeDataset(temporary.file("data"))
        expectError(ExitCode.badData, "is a data set", "expected a checkpoint") {
            _ = try NamedCheckpoint(temporary.file("data"))
        }
        for name in ["10.h5", "20.h5", "30.h5"] { try AtomicFile.write("no", to: checkpoints + "/" + name) }
        expectError(ExitCode.badData, "all 3 checkpoints are damaged") { _ = try NamedCheckpoint(run) }
    }

    private func temporaryFolder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: temporary.file(name), withIntermediateDirectories: true)
        return temporary.file(name)
    }
}
