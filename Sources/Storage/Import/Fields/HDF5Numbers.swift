import CHDF5

/// An array of numbers of an HDF5 file.
final class HDF5Numbers: NumberArray {
    let path: String
    let key: String
    let type: NumberType
    let facts: ArrayFacts
    let rowsTogether: Int
    private let dataset: HDF5Dataset

    var shape: [Int] { dataset.shape }

    /// - Throws: ``HDF5Error`` or ``DatasetError`` (65) where it holds no numbers, or is stored in a way that is not read.
    init(_ key: String, in file: HDF5File) throws {
        dataset = try file.dataset(key)
        guard let (type, rows) = try file.numberType(of: key) else {
            throw DatasetError.badData("\(file.path): \(key) holds no numbers, expected integers or floats")
        }
        path = file.path
        self.key = key
        self.type = type
        rowsTogether = rows
        facts = try NetCDFFacts.read(of: key, type, in: file)
    }

    func numbers(rows: Range<Int>) throws -> [Double] { try dataset.values(rows: rows) }
}

extension HDF5File {
    /// What the numbers of a dataset are, and how many rows a chunk holds; nil where it holds none, or more than 8 bytes
    /// each.
    func numberType(of path: String) throws -> (type: NumberType, rowsTogether: Int)? {
        try HDF5Library.withLock {
            let dataset = HDF5Handle(H5Dopen2(id, path, 0), close: H5Dclose)
            guard dataset.id >= 0 else { throw failure("opening dataset \(path)") }
            let type = HDF5Handle(H5Dget_type(dataset.id), close: H5Tclose)
            let bytes = H5Tget_size(type.id)
            guard (1...8).contains(bytes) else { return nil }
            let rows = try HDF5Storage(of: dataset.id, at: path, in: self).chunk.first ?? 1
            switch H5Tget_class(type.id) {
            case H5T_INTEGER:
                return (.integer(bytes: bytes, isSigned: H5Tget_sign(type.id) != H5T_SGN_NONE), max(1, rows))
            case H5T_FLOAT: return (.float(bytes: bytes), max(1, rows))
            default: return nil
            }
        }
    }
}
