import Failure
import Synchronization

/// The rows of a data set in a shard whose seal has a hash for every chunk.
///
/// Chunks are read around HDF5, from where the seal says that they lie, and compared with their hash each time they come
/// from the file: a row is never used out of bytes that were not checked, also when a disk fails in the middle of a run.
/// HDF5 would compute Fletcher-32 of each chunk instead, which takes longer and cannot tell zeros from ones.
final class SealedChunks: Sendable {
    /// As much as HDF5 would keep in memory.
    private static let cacheBytes = 1 << 20

    private struct Slot {
        var chunk: Int
        var bytes: [UInt8]
    }

    private let name: String
    private let list: ChunkList
    private let count: Int
    private let rowBytes: Int
    private let reader: FileReader
    /// Chunk n is kept in slot n % count, if at all.
    private let cache: Mutex<[Slot?]>

    /// - Parameter elementBytes: of each of the data set's numbers.
    /// - Throws: ``DatasetError`` (65) when the list does not fit the data set, which only a forged seal's can.
    init(_ list: ChunkList, of dataset: HDF5Dataset, elementBytes: Int, in reader: FileReader) throws {
        name = dataset.path
        self.list = list
        self.reader = reader
        count = dataset.shape.first ?? 0
        let rowBytes = (dataset.shape.dropFirst() + [elementBytes]).checkedProduct()
        let bytes = [list.rows, rowBytes ?? -1].checkedProduct()
        guard let rowBytes, let bytes, list.rows > 0, rowBytes > 0,
            list.chunks.count == count / list.rows + (count % list.rows == 0 ? 0 : 1),
            list.chunks.allSatisfy({ $0.end - $0.start >= bytes })
        else {
            throw DatasetError.badData(
                "\(reader.path): its seal lists \(list.chunks.count) chunks of \(list.rows) rows, which do not make "
                    + "\(dataset.path) \(dataset.shape). Import the dataset again, or copy this shard anew")
        }
        self.rowBytes = rowBytes
        let slots = max(1, Self.cacheBytes / max(1, list.chunks.first.map { $0.end - $0.start } ?? 1))
        cache = Mutex(Array(repeating: nil, count: min(slots, max(1, list.chunks.count))))
    }

    /// Reads `rows` into `target`, which holds that many exactly.
    ///
    /// - Throws: ``DatasetError`` (65) naming the file and the rows of a chunk that cannot be read or is damaged.
    func read(_ rows: Range<Int>, into target: UnsafeMutableBufferPointer<UInt8>) throws {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= count && target.count == rows.count * rowBytes,
            "SealedChunks: rows \(rows) of \(count) into \(target.count) bytes")
        var row = rows.lowerBound
        while row < rows.upperBound {
            let chunk = row / list.rows
            let end = min((chunk + 1) * list.rows, rows.upperBound)
            let start = (row - chunk * list.rows) * rowBytes
            let bytes = try sound(chunk)
            bytes.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(target)[
                    (row - rows.lowerBound) * rowBytes..<(end - rows.lowerBound) * rowBytes
                ]
                .copyBytes(from: bytes[start..<start + (end - row) * rowBytes])
            }
            row = end
        }
    }

    /// The bytes of a chunk, which agree with its hash.
    private func sound(_ chunk: Int) throws -> [UInt8] {
        let kept = cache.withLock { slots -> [UInt8]? in
            guard let slot = slots[chunk % slots.count], slot.chunk == chunk else { return nil }
            return slot.bytes
        }
        if let kept { return kept }
        let place = list.chunks[chunk]
        let bytes: [UInt8]
        do {
            bytes = try reader.read(place.end - place.start, at: place.start)
        } catch {
            throw damage(chunk, "\(error)".replacing("\(reader.path): ", with: ""))
        }
        let found = bytes.withUnsafeBytes { FastHash.of($0) }
        guard found == place.hash else {
            throw damage(chunk, "XXH3 \(Self.text(found)), expected \(Self.text(place.hash))")
        }
        cache.withLock { slots in slots[chunk % slots.count] = Slot(chunk: chunk, bytes: bytes) }
        return bytes
    }

    private func damage(_ chunk: Int, _ reason: String) -> DatasetError {
        let (first, last) = (chunk * list.rows, min((chunk + 1) * list.rows, count) - 1)
        let rows = first == last ? "row \(first) of this shard is" : "rows \(first) to \(last) of this shard are"
        return .badData(
            "\(reader.path): \(name), \(rows) damaged (\(reason)). Import the dataset again, or copy this shard anew")
    }

    private static func text(_ hash: UInt64) -> String { String(hash, radix: 16) }
}
