/// Where the rows of one of a shard's arrays come from.
enum ShardRows: Sendable {
    /// By way of HDF5, which unpacks them and compares each chunk with its Fletcher-32.
    case dataset(HDF5Dataset, SampleFormat.Element)
    case chunks(SealedChunks)

    /// - Parameter list: of the array's chunks; nil where the seal has none, or there is no seal.
    init(_ dataset: HDF5Dataset, _ element: SampleFormat.Element, _ seal: ShardSeal?, _ list: ChunkList?) throws {
        guard let seal, let list, seal.version < DatasetFormat.version || !dataset.isPacked else {
            self = .dataset(dataset, element)
            return
        }
        self = .chunks(try SealedChunks(list, of: dataset, elementBytes: element.bytes, in: seal.reader))
    }

    /// - Parameters:
    ///   - target: of the rows' bytes, as stored, little-endian.
    ///   - path: of the shard.
    /// - Throws: ``DatasetError`` (65) naming the shard, and the row that is damaged.
    func read(_ rows: Range<Int>, into target: UnsafeMutableBufferPointer<UInt8>, _ path: String) throws {
        switch self {
        case .chunks(let chunks): try chunks.read(rows, into: target)
        case .dataset(let dataset, let element): try Self.read(dataset, element, rows, target, path)
        }
    }

    private static func read(
        _ dataset: HDF5Dataset, _ element: SampleFormat.Element, _ rows: Range<Int>,
        _ target: UnsafeMutableBufferPointer<UInt8>, _ path: String
    ) throws {
        do {
            try dataset.readStored(rows: rows, element, into: target)
        } catch {
            // A run of rows is read again one by one, to tell which of them is damaged.
            let size = target.count / rows.count
            guard rows.count > 1 else { throw damage(dataset, rows.lowerBound, error, path) }
            for row in rows {
                do {
                    let start = (row - rows.lowerBound) * size
                    try dataset.readStored(
                        rows: row..<row + 1, element,
                        into: UnsafeMutableBufferPointer(rebasing: target[start..<start + size]))
                } catch { throw damage(dataset, row, error, path) }
            }
        }
    }

    private static func damage(_ dataset: HDF5Dataset, _ row: Int, _ error: any Error, _ path: String) -> DatasetError {
        let reason = (error as? HDF5Error)?.message ?? "\(error)"
        return .badData(
            "\(path): \(dataset.path), row \(row) of this shard is damaged (\(reason)). "
                + "Import the dataset again, or copy this shard anew")
    }
}
