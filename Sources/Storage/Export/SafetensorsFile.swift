import Failure
import Foundation

/// Named arrays in the format of the library safetensors: eight bytes of length, a header of JSON padded to a multiple of
/// eight bytes, then all numbers, little-endian, one array behind another.
public enum SafetensorsFile {
    /// What no array can be called.
    public static let metadataName = "__metadata__"

    /// Writes a file, whole or not at all.
    ///
    /// - Parameters:
    ///   - arrays: of different names; an empty shape is a scalar.
    ///   - metadata: what else there is to say.
    /// - Throws: ``FileError`` (73) where it cannot be written.
    public static func write(
        _ arrays: [(name: String, shape: [Int], values: [Float])], metadata: [String: String], to path: String
    ) throws {
        var header: [String: Any] = [metadataName: metadata]
        var end = 0
        for array in arrays {
            precondition(
                array.values.count == array.shape.reduce(1, *) && header[array.name] == nil,
                "SafetensorsFile: \(array.name) of shape \(array.shape) has \(array.values.count) values, or stands there twice"
            )
            let start = end
            end += array.values.count * MemoryLayout<Float>.stride
            header[array.name] = ["dtype": "F32", "shape": array.shape, "data_offsets": [start, end]]
        }
        // The names decide how long it is, and nothing else does.
        var bytes = [UInt8](
            try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes]))
        bytes += Array(repeating: UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8)
        let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) }
        var file = length + bytes
        file.reserveCapacity(file.count + end)
        for array in arrays { array.values.withUnsafeBytes { file += $0 } }
        try AtomicFile.write(file, to: path)
    }
}
