/// Arrays of a file that carry a checksum each, in an attribute `crc32`: the CRC-32 of their bytes, little-endian.
extension HDF5File {
    /// The values of a dataset of float32 numbers whose shape is known beforehand, and their checksum.
    ///
    /// - Throws: ``HDF5Error`` where it is missing, has another shape (told before anything is read), has no checksum or
    ///   another one.
    public func checkedFloats(_ path: String, shape: [Int]) throws -> (values: [Float], checksum: UInt32) {
        let dataset = try dataset(path)
        guard dataset.shape == shape else {
            throw HDF5Error(
                file: self.path, operation: "reading \(path)",
                message: "its shape is \(dataset.shape), expected \(shape)")
        }
        guard let stated = try attribute("crc32", on: path)?.intValue else {
            throw HDF5Error(
                file: self.path, operation: "reading \(path)",
                message: "it has no attribute crc32, expected the checksum of its bytes")
        }
        let values = try dataset.values(as: Float.self)
        let checksum = CheckpointDigest.checksum(of: values)
        guard stated == Int(checksum) else {
            throw HDF5Error(
                file: self.path, operation: "reading \(path)",
                message: "its checksum is \(checksum), expected \(stated): it is damaged, or was altered")
        }
        return (values, checksum)
    }

    /// Writes a dataset with its checksum.
    public func writeChecked(_ values: [Float], shape: [Int], to path: String) throws {
        try write(values, shape: shape, to: path)
        try setAttribute("crc32", to: .int(Int(CheckpointDigest.checksum(of: values))), on: path)
    }
}

/// A hash over the names, shapes and checksums of arrays, in whatever order they are added.
public struct ArraysDigest {
    private var digest = CheckpointDigest()

    public init() {}

    public mutating func add(path: String, shape: [Int], checksum: UInt32) {
        digest.add(path: path, shape: shape, checksum: checksum)
    }

    /// 32 hexadecimal digits.
    public var text: String { digest.text }
}
