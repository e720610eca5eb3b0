import Failure

/// An array in numpy's format: a file `.npy`, or a member of an `.npz`.
final class NPYNumbers: NumberArray {
    let path: String
    let key: String
    private let header: NPYHeader
    private let source: any ByteSource
    /// Of an array in Fortran's order: all of it, in C's.
    private var reordered: [Double]?

    var shape: [Int] { header.shape }
    var type: NumberType { header.type }

    /// An array in Fortran's order is turned over in memory: so many numbers at most.
    private static let largestFortran = 1 << 27

    /// - Throws: ``DatasetError`` (65) naming the file and what is wrong with it.
    init(_ path: String, key: String = "", source: any ByteSource) throws {
        self.path = path
        self.key = key
        self.source = source
        let place = key.isEmpty ? path : "\(path): \(key)"
        var done = 0
        header = try NPYHeader(place) { count in
            guard count <= source.size - done else {
                throw DatasetError.badData(
                    "\(place): ends after \(source.size) bytes, within its head: it is cut short")
            }
            defer { done += count }
            return try source.read(count, at: done)
        }
        guard source.size - header.size == header.bytes else {
            throw DatasetError.badData(
                "\(place): \(source.size - header.size) bytes follow its head, expected \(header.bytes) for "
                    + "\(header.type) \(header.shape): it is damaged or cut short")
        }
    }

    func numbers(rows: Range<Int>) throws -> [Double] {
        if header.isFortran, shape.count > 1 {
            let all = try reordered ?? turned()
            reordered = all
            return Array(all[rows.lowerBound * rowCount..<rows.upperBound * rowCount])
        }
        let rowBytes = rowCount * header.type.bytes
        return header.decode(try source.read(rows.count * rowBytes, at: header.size + rows.lowerBound * rowBytes))
    }

    func finish() throws { try source.finish() }

    private func turned() throws -> [Double] {
        let count = header.bytes / header.type.bytes
        guard count <= Self.largestFortran else {
            throw DatasetError.badData(
                "\(place): \(kindText) in Fortran's order is too large to be turned over, expected at most "
                    + "\(Self.largestFortran) numbers. Save numpy.ascontiguousarray of it")
        }
        let stored = header.decode(try source.read(header.bytes, at: header.size))
        var result = [Double](repeating: 0, count: count)
        // The last axis is the slowest here: walk where the numbers go.
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        var index = [Int](repeating: 0, count: shape.count)
        var target = 0
        for value in stored {
            result[target] = value
            for axis in shape.indices {
                index[axis] += 1
                target += strides[axis]
                if index[axis] < shape[axis] { break }
                target -= index[axis] * strides[axis]
                index[axis] = 0
            }
        }
        return result
    }
}
