import Autodiff
import Foundation
import Kernels
import Layers
import Storage
import TestSupport
import Testing

/// Arrays that the reference implementation computed, with the configuration that the file states.
package struct GoldenFile: CustomTestStringConvertible, Sendable {
    package let path: String
    package var testDescription: String { URL(fileURLWithPath: path).lastPathComponent }

    package static func all(prefix: String) -> [GoldenFile] {
        GoldenFolder.files(prefix: prefix).map { GoldenFile(path: $0) }
    }

    package func open() throws -> GoldenArrays {
        GoldenArrays(file: try HDF5File(reading: path), name: testDescription)
    }
}

package struct GoldenArrays {
    package let file: HDF5File
    package let name: String

    package func integer(_ name: String) throws -> Int { try #require(try file.attribute(name)?.intValue) }
    package func number(_ name: String) throws -> Float { try #require(try file.attribute(name)?.floatValue) }
    package func text(_ name: String) throws -> String { try #require(try file.attribute(name)?.stringValue) }

    package func values(_ path: String) throws -> [Float] { try file.floats(path).values }

    /// NCHW in the file, NHWC here; other ranks as they are.
    package func tensor(_ path: String) throws -> Tensor {
        let (shape, values) = try file.floats(path)
        return Self.tensor(values, shape)
    }

    /// One of many stacked along the first `indices.count` axes.
    package func tensor(_ path: String, at indices: [Int]) throws -> Tensor {
        let (shape, values) = try file.floats(path)
        let inner = Array(shape[indices.count...])
        var offset = 0
        for (index, size) in zip(indices, shape) { offset = offset * size + index }
        let count = inner.reduce(1, *)
        return Self.tensor(Array(values[offset * count..<(offset + 1) * count]), inner)
    }

    private static func tensor(_ values: [Float], _ shape: [Int]) -> Tensor {
        guard shape.count == 4 else { return Tensor(values, shape: shape) }
        let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
        let layout = ParameterLayout.image(channels: c, height: h, width: w)
        let size = c * h * w
        let permuted = (0..<n).flatMap { layout.fromReference(Array(values[$0 * size..<($0 + 1) * size])) }
        return Tensor(permuted, shape: [n, h, w, c])
    }

    /// Loads every parameter from a group of the reference's state dictionary.
    package func load(_ group: String, into parameters: Parameters) throws {
        for entry in parameters.trained + parameters.untrained {
            let values = try values("\(group)/\(entry.name)")
            Elementwise.copy(BufferView(entry.declaration.layout.fromReference(values)), into: parameters.view(entry))
        }
        parameters.didChange()
    }
}
