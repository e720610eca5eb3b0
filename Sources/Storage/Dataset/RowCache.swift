/// Rows of equal size in memory, by their number.
///
/// Rows below ``capacity`` are kept and no others: which ones it is does not depend on the order of reading, and nothing
/// is ever given up for another. Memory is taken piece by piece, as rows come.
struct RowCache {
    /// About so many bytes are taken at once.
    private static let chunkBytes = 1 << 18

    /// Rows below this number are kept.
    let capacity: Int
    /// Rows that are here.
    private(set) var count = 0
    /// Bytes that have been taken.
    private(set) var bytes: Int
    private let rowBytes: Int
    private let chunkRows: Int
    private var chunks: [[UInt8]]
    private var isHere: [Bool]

    /// - Parameters:
    ///   - rows: rows there are in all.
    ///   - rowBytes: bytes of each.
    ///   - budget: bytes that may be taken at most.
    init(rows: Int, rowBytes: Int, budget: Int) {
        // One byte a row says whether it is here.
        capacity = min(rows, budget / (rowBytes + 1))
        self.rowBytes = rowBytes
        chunkRows = max(1, Self.chunkBytes / rowBytes)
        chunks = Array(repeating: [], count: (capacity + chunkRows - 1) / chunkRows)
        isHere = Array(repeating: false, count: capacity)
        bytes = capacity
    }

    /// The bytes of a row, or nil when it is not here.
    subscript(row: Int) -> ArraySlice<UInt8>? {
        guard row < capacity, isHere[row] else { return nil }
        let start = row % chunkRows * rowBytes
        return chunks[row / chunkRows][start..<start + rowBytes]
    }

    /// Keeps a row if its number is below ``capacity``.
    mutating func keep(_ row: Int, _ values: [UInt8]) {
        precondition(values.count == rowBytes, "RowCache: \(values.count) bytes for a row of \(rowBytes)")
        guard row < capacity, !isHere[row] else { return }
        let chunk = row / chunkRows
        if chunks[chunk].isEmpty {
            let size = min(chunkRows, capacity - chunk * chunkRows) * rowBytes
            chunks[chunk] = [UInt8](repeating: 0, count: size)
            bytes += size
        }
        let start = row % chunkRows * rowBytes
        chunks[chunk].replaceSubrange(start..<start + rowBytes, with: values)
        isHere[row] = true
        count += 1
    }
}
