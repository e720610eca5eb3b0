import Failure
import Foundation
import Storage
import TestSupport
import Testing

/// The ends of packed and unpacked IDX files.
@Suite struct GzipTests {
    let temporary: TemporaryFolder
    let images: String
    let labels: String
    init() throws {
        temporary = try TemporaryFolder()
        images = temporary.file("train-images-idx3-ubyte.gz")
        labels = temporary.file("train-labels-idx1-ubyte.gz")
    }

    private func idx(_ numbers: [Int], _ bytes: [UInt8]) -> Data {
        Data(numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } } + bytes)
    }

    /// Thirty images of 16×16, which do not pack well.
    private var plain: Data {
        var state: UInt32 = 1
        return idx(
            [2051, 30, 16, 16],
            (0..<30 * 256).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            })
    }

    private func packed(_ data: Data) throws -> Data {
        let path = temporary.file("unpacked-\(UUID().uuidString)")
        try data.write(to: URL(fileURLWithPath: path))
        defer { unlink(path + ".gz") }
        #expect(try ChildProcess.run(["gzip", path], timeout: 60).status == 0)
        return try Data(contentsOf: URL(fileURLWithPath: path + ".gz"))
    }

    private func run(_ data: Data, to path: String? = nil, limit: Int? = nil) throws -> DatasetImport.Result {
        try data.write(to: URL(fileURLWithPath: path ?? images))
        var options = ImportOptions()
        options.limit = limit
        options.onError = .skip
        let out = temporary.file("out-\(UUID().uuidString)")
        do {
            return try DatasetImport(images, options: options).run(to: out)
        } catch {
            #expect((try? FileManager.default.contentsOfDirectory(atPath: out)) ?? [] == [], "nothing is made")
            throw error
        }
    }

    @Test(arguments: [nil, 5] as [Int?]) func theEndOfAPackedFileIsReached(limit: Int?) throws {
        let whole = try packed(plain)
        #expect(try run(whole, limit: limit).count == limit ?? 30)
        for cut in [1, 4, 8, 9, 100] {
            expectError(ExitCode.badData, images, "cut short") { _ = try run(whole.dropLast(cut), limit: limit) }
        }
        for (place, reason) in [
            (8, "incorrect data check"), (5, "incorrect data check"), (4, "incorrect length check"),
        ] {
            var wrong = whole
            wrong[whole.count - place] ^= 1
            expectError(ExitCode.badData, images, "is damaged: \(reason)") { _ = try run(wrong, limit: limit) }
        }
        for garbage in [Data([0]), Data("garbage".utf8), Data([0x1F]), Data([0x1F, 0x8C, 8]), Data(count: 1000)] {
            expectError(ExitCode.badData, images, "damaged") { _ = try run(whole + garbage, limit: limit) }
        }
    }

    @Test func severalMembersAreReadAsOne() throws {
        let parts = try [0..<7, 7..<16, 16..<3000, 3000..<plain.count].map { try packed(plain[$0]) }
        let id = try run(packed(plain)).id
        #expect(try run(parts.reduce(Data(), +)).id == id)
        #expect(try run(parts.reduce(Data(), +) + packed(Data())).id == id)
        expectError(ExitCode.badData, images, "3 bytes more than expected") {
            _ = try run(packed(plain) + packed(Data([1, 2, 3])))
        }
        expectError(ExitCode.badData, images, "over 1048576 bytes more than expected") {
            _ = try run(packed(plain) + packed(Data(count: 3 << 20)))
        }
        expectError(ExitCode.badData, images, "cut short") {
            _ = try run(packed(plain) + packed(Data([1, 2, 3])).dropLast(5))
        }
    }

    @Test(arguments: [nil, 5] as [Int?]) func anUnpackedFileHasItsLength(limit: Int?) throws {
        #expect(try run(plain, limit: limit).count == limit ?? 30)
        expectError(ExitCode.badData, images, "holds 2 bytes more than expected") {
            _ = try run(plain + Data([0, 0]), limit: limit)
        }
        expectError(ExitCode.badData, images, "30 images of 16x16", "cut short") {
            _ = try run(plain.dropLast(1), limit: limit)
        }
    }

    @Test func theLabelsFileLikewise() throws {
        try packed(plain).write(to: URL(fileURLWithPath: images))
        let whole = try packed(idx([2049, 30], (0..<30).map { UInt8($0 % 10) }))
        func run(_ data: Data) throws { _ = try self.run(data, to: labels) }
        try run(whole)
        expectError(ExitCode.badData, labels, "cut short") { try run(whole.dropLast(3)) }
        expectError(ExitCode.badData, labels, "not gzip") { try run(whole + Data([7])) }
        expectError(ExitCode.badData, labels, "2 bytes more than expected") {
            try run(packed(idx([2049, 30], [UInt8](repeating: 1, count: 32))))
        }
    }

    /// A head may state anything; nothing is allocated or read for what the file cannot hold.
    @Test func sizesAreHeldAgainstTheFile() throws {
        for head in [[2051, 0xFFFF_FFFF, 16384, 16384], [2051, 1 << 20, 28, 28]] {
            expectError(ExitCode.badData, images, "states \(head[1]) images", "of gzip cannot hold") {
                _ = try run(packed(idx(head, [])))
            }
            expectError(ExitCode.badData, images, "states \(head[1]) images", "ends after 16 bytes") {
                _ = try run(idx(head, []))
            }
        }
        try packed(plain).write(to: URL(fileURLWithPath: images))
        for data in [idx([2049, 30], []), try packed(idx([2049, 30], []))] {
            expectError(ExitCode.badData, labels, "cut short") { _ = try run(data, to: labels) }
        }
    }
}
