import CXXHash
import Failure
import Foundation
import Storage
import TestSupport
import Testing

/// The hash of every chunk that format version 2 has in its seal, and shards of version 1, which have none.
@Suite struct ShardSealTests {
    let temporary: TemporaryFolder
    let folder: String
    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.file("data")
    }

    var shard: String { folder + "/shard-00000.h5" }

    /// Written by the program as it was before version 2: eight images of 8×8, every other one black above and white
    /// below, with labels and semantic maps.
    private func makeVersionOne() throws {
        try FileManager.default.copyItem(atPath: Repository.path + "/Tests/Golden/dataset-version-1", toPath: folder)
    }

    private let rowsOfVersionOne: DatasetRows = {
        var rows = DatasetRows(images: [], labels: [], semantic: [])
        for image in 0..<8 {
            for pixel in 0..<64 {
                let (grey, contrast) = (UInt8(image * 37 % 256), pixel < 32 ? UInt8(0) : 255)
                rows.images.append(image % 2 == 1 ? grey &+ UInt8(pixel) : contrast)
                rows.semantic?.append(UInt8((image + pixel) % 3))
            }
            rows.labels?.append(Int32(image % 3))
        }
        return rows
    }()

    /// The same rows in the present version.
    private func makeVersionTwo() throws -> String {
        let writer = try DatasetWriter(
            folder: folder,
            description: DatasetDescription(resolution: 8, channels: 1, classes: 3, semanticClasses: 256))
        for row in 0..<8 {
            try writer.append(
                image: Array(rowsOfVersionOne.images[64 * row..<64 * row + 64]), label: Int32(row % 3),
                semantic: rowsOfVersionOne.semantic.map { Array($0[64 * row..<64 * row + 64]) })
        }
        return try writer.finish()
    }

    private func change(_ body: (inout Data) throws -> Void) throws { try StagingCase.change(shard, body) }

    /// Makes two black pixels white: the sums of Fletcher-32 stay as they are.
    private func whiten() throws {
        try change { data in
            let place = try #require(data.range(of: Data(rowsOfVersionOne.images.prefix(64))))
            #expect(data[place.lowerBound + 10] == 0 && data[place.lowerBound + 11] == 0)
            data[place.lowerBound + 10] = 255
            data[place.lowerBound + 11] = 255
        }
    }

    @Test func versionOneIsReadAndHasTheSameIdentity() throws {
        try makeVersionOne()
        let dataset = try Dataset(folder)
        #expect(try dataset.read(rows: 0..<8) == rowsOfVersionOne)
        #expect(try HDF5File(reading: shard).attribute("version") == .int(1))
        #expect(dataset.verify() == [])
        let id = dataset.id
        try FileManager.default.removeItem(atPath: folder)
        // A run on the old dataset goes on with the new one.
        #expect(try makeVersionTwo() == id)
        #expect(try HDF5File(reading: shard).attribute("version") == .int(2))
        #expect(try Dataset(folder).read(rows: 0..<8) == rowsOfVersionOne)
        #expect(try Dataset(folder).verify() == [])
    }

    @Test func aVersionOneSealIsChecked() throws {
        try makeVersionOne()
        try change { $0[100] ^= 1 }
        expectError(ExitCode.badData, shard, "structure does not match") { _ = try Dataset(folder) }
    }

    @Test func whiteForBlackIsNoticed() throws {
        try makeVersionOne()
        try whiten()
        // Not by Fletcher-32, only by the identity, for which everything has to be read.
        #expect(try Dataset(folder).read(rows: [0]).images[10] == 255)
        #expect(try Dataset(folder).verify().first?.contains("expected dataset_id") == true)

        try FileManager.default.removeItem(atPath: folder)
        _ = try makeVersionTwo()
        try whiten()
        expectError(ExitCode.badData, shard, "images", "rows 0 to 7", "XXH3", "Import the dataset again") {
            _ = try Dataset(folder).read(rows: [0])
        }
        let faults = try Dataset(folder).verify()
        #expect(
            faults.count == 1 && faults.first?.contains("rows 0 to 7 of this shard are damaged") == true, "\(faults)")
    }

    @Test func semanticMapsAreHashed() throws {
        _ = try makeVersionTwo()
        try change { data in
            let maps = try #require(rowsOfVersionOne.semantic)
            let place = try #require(data.range(of: Data(maps.prefix(128))))
            data[place.lowerBound + 64] = 2
        }
        let dataset = try Dataset(folder)
        #expect(
            try dataset.read(rows: Array(0..<8), withMaps: false, withConditions: false).images
                == rowsOfVersionOne.images)
        expectError(ExitCode.badData, shard, "semantic", "rows 0 to 7") { _ = try dataset.read(rows: [3]) }
    }

    /// What HDF5 itself reads, in order and not, by many at once.
    @Test func chunksAreWhatHDF5Reads() throws {
        let rows = try makeDataset(folder, count: 100, resolution: 32, shards: 1)
        let dataset = try Dataset(folder)
        let read = try HDF5File(reading: shard).bytes("images").values
        #expect(read == rows.images)
        let order = (0..<300).map { index -> Int in (index * 37 + index / 100) % 100 }
        let expected = order.flatMap { row in Array(read[row * 3072..<row * 3072 + 3072]) }
        let results = Results()
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            results.add(Result { try dataset.read(rows: order).images == expected })
        }
        for result in results.all { #expect(try result.get()) }
        #expect(results.all.count == 8)
        #expect(try dataset.read(rows: 0..<100) == rows)
    }

    /// A disk that fails in the middle of a run: bytes are compared each time that they come from the file.
    @Test func damageAfterTheFirstReadingIsNoticed() throws {
        let rows = try makeDataset(folder, count: 600, resolution: 32, classes: 0, semantic: 0, shards: 1)
        let dataset = try Dataset(folder)
        #expect(try dataset.read(rows: 0..<600) == rows)
        let place = try #require(
            try Data(contentsOf: URL(fileURLWithPath: shard)).range(of: Data(rows.images.prefix(64))))
        let file = try #require(FileHandle(forWritingAtPath: shard))
        try file.seek(toOffset: UInt64(place.lowerBound))
        try file.write(contentsOf: [rows.images[0] ^ 1])
        expectError(ExitCode.badData, shard, "rows 0 to 20") { _ = try dataset.read(rows: 0..<600) }
        try file.truncate(atOffset: 1000)
        expectError(ExitCode.badData, shard, "rows 0 to 20", "damaged", "cut short") { _ = try dataset.read(rows: [0]) }
    }

    @Test func theSealHasToBeThereAndOfTheVersionStated() throws {
        _ = try makeVersionTwo()
        let whole = try Data(contentsOf: URL(fileURLWithPath: shard))
        let (_, length) = SealWords.read(whole)
        try whole.prefix(length).write(to: URL(fileURLWithPath: shard))
        expectError(ExitCode.badData, shard, "version 2, but its seal is missing", "cut short") {
            _ = try Dataset(folder)
        }
        try FileManager.default.removeItem(atPath: folder)
        try makeVersionOne()
        try rewrite(shard, attributes: ["version": .int(2)])
        expectError(ExitCode.badData, shard, "version 2, but its seal is missing") { _ = try Dataset(folder) }
    }

    /// Words of a seal, changed, with a hash that fits again.
    static let forgeries: [(String, @Sendable (inout [UInt64], Int) -> Void)] = [
        ("images overlap maps", { words, _ in (words[3], words[4]) = (words[0], words[1]) }),
        ("a chunk ends before it starts", { words, _ in words.swapAt(0, 1) }),
        ("a chunk lies behind the end", { words, length in words[1] = UInt64(length + 1) }),
        ("a chunk begins below zero", { words, _ in words[0] = .max }),
        ("more chunks than bytes", { words, _ in words[7] = 1 << 40 }),
        ("a negative number of chunks", { words, _ in words[7] = .max }),
        ("no rows in a chunk", { words, _ in words[6] = 0 }),
        ("rows without end", { words, _ in words[6] = UInt64(Int.max) }),
        ("negative rows", { words, _ in words[6] = UInt64(bitPattern: -8) }),
        ("more rows than its bytes", { words, _ in words[6] = 9 }),
        ("chunks of fewer rows than there are", { words, _ in words[6] = 4 }),
        ("a negative length", { words, _ in words[10] = .max }),
    ]

    @Test(arguments: forgeries.map(\.0)) func forgedSealsAreRefused(forgery: String) throws {
        _ = try makeVersionTwo()
        let forge = try #require(Self.forgeries.first { $0.0 == forgery }).1
        try change { data in
            var (words, length) = SealWords.read(data)
            let untouched = words
            #expect(SealWords.sealed(data.prefix(length), words) == data, "the helper makes the same seal")
            forge(&words, length)
            #expect(words != untouched)
            data = SealWords.sealed(data.prefix(length), words)
        }
        expectError(ExitCode.badData, shard) { _ = try Dataset(folder).read(rows: 0..<8) }
    }

    private final class Results: @unchecked Sendable {
        private let lock = NSLock()
        private(set) var all: [Result<Bool, any Error>] = []
        func add(_ result: Result<Bool, any Error>) { lock.withLock { all.append(result) } }
    }
}

/// A second implementation of the seal of shards with one chunk of images and one of maps.
enum SealWords {
    /// All words but the hash, and the length of what is sealed.
    static func read(_ data: Data) -> (words: [UInt64], length: Int) {
        let bytes = [UInt8](data.suffix(16 + 8 * 12).dropLast(16))
        let words = bytes.withUnsafeBytes { bytes in
            (0..<12).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
        }
        return (Array(words.dropLast()), data.count - bytes.count - 16)
    }

    static func sealed(_ content: Data, _ words: [UInt64]) -> Data {
        let list = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        // What lies outside the chunks, wherever they claim to be.
        let extents = [(words[0], words[1]), (words[3], words[4])].map { start, end in
            let start = Int(clamping: start)
            return min(start, content.count)..<max(min(start, content.count), min(Int(clamping: end), content.count))
        }.sorted { $0.lowerBound < $1.lowerBound }
        var hashed = list
        var last = 0
        for extent in extents {
            hashed += content[last..<max(last, extent.lowerBound)]
            last = max(last, extent.upperBound)
        }
        hashed += content[last...]
        let hash = hashed.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
        let foot = (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) } + Array("GANGLION-SHARD-2".utf8)
        return content + Data(list + foot)
    }
}
