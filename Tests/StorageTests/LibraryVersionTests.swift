import Foundation
import Storage
import TestSupport
import Testing

/// Files may be written where HDF5 is of one version, and read where it is of another. `Tests/Golden/hdf5-1.10.8` was
/// written with Debian 12's. As the bytes are the same with each version that these tests run with, so is what any of them
/// reads, and in both directions. Who changes the format of a file writes it anew.
@Suite struct LibraryVersionTests {
    private static let golden = Repository.path + "/Tests/Golden/hdf5-1.10.8"
    private let temporary: TemporaryFolder
    init() throws { temporary = try TemporaryFolder() }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func checkpointsHaveTheSameBytes() throws {
        let (known, path) = (Self.golden + "/checkpoint.h5", temporary.file("checkpoint.h5"))
        try CheckpointFile.write(makeContents(), to: path)
        #expect(try bytes(path) == bytes(known))
        #expect(bits(try CheckpointFile.read(known)) == bits(makeContents()))
    }

    /// With chunks, checksums of chunks, labels and semantic maps.
    @Test func shardsHaveTheSameBytes() throws {
        let folder = temporary.file("data")
        let writer = try DatasetWriter(
            folder: folder,
            description: DatasetDescription(resolution: 8, channels: 3, classes: 4, semanticClasses: 256))
        var images: [[UInt8]] = []
        for row in 0..<100 {
            images.append((0..<192).map { UInt8((row * row + 5 * $0) % 251) })
            let semantic = (0..<64).map { UInt8((row + $0) % 7) }
            try writer.append(image: images[row], label: Int32(row % 4), semantic: semantic)
        }
        _ = try writer.finish()
        #expect(try bytes(folder + "/shard-00000.h5") == bytes(Self.golden + "/data/shard-00000.h5"))
        let read = try Dataset(Self.golden + "/data").read(rows: Array(0..<100))
        #expect(read.images == images.flatMap(\.self))
        #expect(read.labels == (0..<100).map { Int32($0 % 4) })
        #expect(read.semantic?.count == 6400)
    }
}
