import Autodiff
import Kernels
import Layers
import Models
import NumericalTesting
import Storage
import Testing

/// A group `lod_<x>` of `pggan_*.h5`.
package struct GoldenLod: Sendable {
    package let group: String
    package let level: GrowthLevel
    /// How often the final resolution is halved.
    package let halvings: Int

    package func path(_ name: String) -> String { "\(group)/\(name)" }
}

/// What is peculiar to the files `pggan_*.h5`.
extension GoldenArrays {
    /// The levels of detail that the file holds.
    package func levels() throws -> [GoldenLod] {
        let resolution = try integer("res")
        return try file.groupPaths().filter { $0.hasPrefix("lod_") && !$0.contains("/") }.map { group in
            let lod = try #require(Float(group.dropFirst("lod_".count)))
            let halvings = Int(lod)
            let level = GrowthLevel(resolution: resolution >> halvings, fade: lod - Float(halvings))
            return GoldenLod(group: group, level: level, halvings: halvings)
        }
    }

    /// Real images at a level's resolution.
    package func real(_ lod: GoldenLod) throws -> Tensor {
        (0..<lod.halvings).reduce(try tensor("input/real")) { image, _ in image.boxDownsampled() }
    }

    /// Loads the parameters of a network of a progressive GAN.
    package func loadProgressive(_ group: String, into parameters: Parameters) throws {
        for entry in parameters.trained {
            let values = try progressiveValues(of: entry, group)
            Elementwise.copy(BufferView(values), into: parameters.view(entry))
        }
        parameters.didChange()
    }

    /// A parameter, or its gradient, in the layout of the kernels. Weights of convolutions are HWIO in the file; those
    /// of `Conv0_up` HWOI and turned by half a circle, as it is a transposed convolution; dense ones [in, out].
    package func progressiveValues(of entry: Parameters.Entry, _ group: String) throws -> [Float] {
        let (shape, values) = try file.floats("\(group)/\(entry.name)")
        let layout = entry.declaration.layout
        switch layout {
        case .convolution(let kernel, let input, let output) where entry.name.hasSuffix("/Conv0_up/weight"):
            #expect(shape == [kernel, kernel, output, input], "\(entry.name)")
            return (0..<values.count).map { index in
                let (o, i, tap) = (index % output, index / output % input, index / (input * output))
                return values[((kernel * kernel - 1 - tap) * output + o) * input + i]
            }
        case .dense, .flattened, .unflattened:
            #expect(shape == layout.referenceShape.reversed(), "\(entry.name)")
            let (inputs, outputs) = (shape[0], shape[1])
            return layout.fromReference(
                (0..<values.count).map { values[$0 % inputs * outputs + $0 / inputs] })
        default:
            #expect(shape == layout.shape, "\(entry.name)")
            return values
        }
    }
}
