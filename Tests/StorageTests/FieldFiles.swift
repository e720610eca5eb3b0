import Foundation
import Storage

/// Arrays in files, and datasets of them, for the tests of the import.
struct FieldFiles {
    let temporary: TemporaryFolder
    var out: String { temporary.file("out") }

    init() throws { temporary = try TemporaryFolder() }

    /// An HDF5 file of float32 arrays.
    func hdf5(_ arrays: [(key: String, shape: [Int], values: [Float])], name: String = "source.h5") throws -> String {
        let path = temporary.file(name)
        let file = try HDF5File(inMemory: path)
        for array in arrays { try file.write(array.values, shape: array.shape, to: array.key) }
        try file.save(to: path)
        return path
    }

    /// An array of floats in numpy's format, version 1.0.
    func npy(_ shape: [Int], _ values: [Float], name: String = "source.npy") throws -> String {
        let path = temporary.file(name)
        try AtomicFile.write(Self.npy(shape, values), to: path)
        return path
    }

    static func npy(_ shape: [Int], _ values: [Float]) -> [UInt8] {
        npy(header: header("<f4", shape), values.flatMap { value in bytes(UInt64(value.bitPattern), 4) })
    }

    static func header(_ type: String, _ shape: [Int], fortran: Bool = false) -> String {
        let sides = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
        return "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(sides)), }"
    }

    static func npy(header: String, version: UInt8 = 1, _ content: [UInt8]) -> [UInt8] {
        let text = Array(header.utf8) + [0x0A]
        let length = version == 1 ? bytes(UInt64(text.count), 2) : bytes(UInt64(text.count), 4)
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + content
    }

    /// Little-endian.
    static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    @discardableResult
    func run(
        _ sources: [String], to folder: String? = nil,
        _ change: (inout FieldOptions, inout ImportOptions) -> Void = { _, _ in }
    ) throws -> FieldImport.Result {
        var (fields, options) = (FieldOptions(), ImportOptions())
        change(&fields, &options)
        return try FieldImport(sources, fields: fields, options: options).run(to: folder ?? out)
    }

    /// Physical values of a dataset's rows.
    func fields(_ rows: [Int], of folder: String? = nil) throws -> [Float] {
        try Dataset(folder ?? out).read(rows: rows).fields
    }

    func hasShards(_ folder: String? = nil) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder ?? out)) ?? []
        return names.contains { $0.hasSuffix(".h5") }
    }
}

/// 100 n + 10 c + y + x / 4, as Tests/Reference/field_files.py writes it; without c for three axes.
func placed(_ shape: [Int]) -> [Float] {
    let weights: [Float] = shape.count == 3 ? [100, 1, 0.25] : [100, 10, 1, 0.25]
    return (0..<shape.reduce(1, *)).map { number in
        var (rest, value): (Int, Float) = (number, 0)
        for axis in shape.indices.reversed() {
            value += weights[axis] * Float(rest % shape[axis])
            rest /= shape[axis]
        }
        return value
    }
}

/// [N, C, H, W] to [N, H, W, C].
func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
    let (count, channels, pixels) = (shape[0], shape[1], shape[2] * shape[3])
    var result = values
    for n in 0..<count {
        for c in 0..<channels {
            for p in 0..<pixels { result[(n * pixels + p) * channels + c] = values[(n * channels + c) * pixels + p] }
        }
    }
    return result
}
