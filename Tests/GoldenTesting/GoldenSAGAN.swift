import Autodiff
import Kernels
import Layers
import Models
import NumericalTesting
import Storage
import Testing

/// The networks of a file `sagan_*.h5` as it states them, with their initial weights, and its inputs.
package struct GoldenSAGAN {
    package let golden: GoldenArrays
    package let generator: SAGANGenerator
    package let discriminator: SAGANDiscriminator
    package let g: Parameters
    package let d: Parameters
    package let real: Tensor
    package let realLabels: Tensor
    package let input: GeneratorInput

    package init(_ file: GoldenFile) throws {
        let golden = try file.open()
        let classes = try golden.integer("classes")
        self.golden = golden
        let real = try golden.plain("input/real")
        self.real = real
        realLabels = try golden.oneHot("input/labels_real", classes: classes)
        input = GeneratorInput(
            z: try golden.plain("input/z"), labels: try golden.oneHot("input/labels_fake", classes: classes),
            noise: .none)
        let (resolution, channels) = (real.shape[1], real.shape[3])
        /// With the widths of one of the two networks, whose widest map stands at 4×4.
        func shape(_ width: String, widest: Int) throws -> SAGANShape {
            SAGANShape(
                resolution: resolution, imageChannels: channels, zDim: try golden.integer("zdim"), labelDim: classes,
                channelBase: try golden.integer(width) * resolution, channelMax: widest)
        }
        let first = try golden.file.floats("init/G/model/g_snh0/Matrix").shape[1] / 16
        let last = try golden.file.floats("init/D/model/d_sn_linear/Matrix").shape[0]
        let (shapeG, shapeD) = (try shape("gf", widest: first), try shape("df", widest: last))
        generator = SAGANGenerator(
            shapeG,
            extras: try golden.extras(
                "init/G/model/g_non_local", channels: shapeG.generatorChannels,
                SAGANGenerator.attentionResolutions(shapeG)))
        discriminator = SAGANDiscriminator(
            shapeD,
            extras: try golden.extras(
                "init/D/model/d_non_local", channels: shapeD.discriminatorChannels,
                SAGANDiscriminator.attentionResolutions(shapeD)))
        (g, d) = (Parameters(generator.declarations), Parameters(discriminator.declarations))
        try golden.loadSAGAN("init/G", into: g)
        try golden.loadSAGAN("init/D", into: d)
    }

    /// A bias before a batch normalisation has no gradient but for what is rounded: such ones are compared with the
    /// network's largest.
    package static func floors(_ expected: [(String, [Float])]) -> [String: Double] {
        let sizes = sizes(expected)
        let largest = sizes.max() ?? 0
        let null = zip(expected, sizes).filter { $1 < 1e-6 * largest }
        return Dictionary(uniqueKeysWithValues: null.map { ($0.0, 0x1p-21 * largest / $1) })
    }

    /// Attention's gain, and biases that only attention sees, have gradients far smaller than the terms that they are
    /// sums of: what kinks move is compared with the network's median.
    package static func sensitive(_ expected: [(String, [Float])]) -> [String: Double] {
        let sizes = sizes(expected)
        let median = sizes.sorted()[sizes.count / 2]
        return Dictionary(uniqueKeysWithValues: zip(expected, sizes).map { ($0.0, median / max($1, 1e-6 * median)) })
    }

    private static func sizes(_ expected: [(String, [Float])]) -> [Double] {
        expected.map { (innerProduct($1, $1) / Double($1.count)).squareRoot() }
    }
}

/// What is peculiar to the files `sagan_*.h5`.
extension GoldenArrays {
    /// As it is stored: images are NHWC.
    package func plain(_ path: String) throws -> Tensor {
        let (shape, values) = try file.floats(path)
        return Tensor(values, shape: shape)
    }

    fileprivate func oneHot(_ path: String, classes: Int) throws -> Tensor {
        let labels = try values(path)
        return Tensor(
            labels.flatMap { label in (0..<classes).map { Float($0) == label ? 1 : 0 } },
            shape: [labels.count, classes])
    }

    /// Attention stands where the map has as many channels as it takes.
    fileprivate func extras(
        _ block: String, channels: (Int) -> Int, _ resolutions: [Int]
    ) throws -> NetworkExtras {
        let taken = try file.floats("\(block)/sn_conv_theta/w").shape[2]
        let found = resolutions.filter { channels($0) == taken }
        #expect(found.count == 1, "\(block): \(taken) channels at \(found)")
        return NetworkExtras(spectralNorm: true, attention: found)
    }

    /// Loads the parameters of a network, and of its state what the file has: u; v follows from it.
    package func loadSAGAN(_ group: String, into parameters: Parameters) throws {
        parameters.initialize(seed: 1, network: 0)
        let stored = Set(try file.datasetPaths(under: group))
        for entry in parameters.trained + parameters.untrained {
            let path = saganPath(of: entry, group)
            guard stored.contains(path) else {
                #expect(!entry.declaration.isTrained && !path.hasSuffix("/u"), "\(path) is missing")
                continue
            }
            Elementwise.copy(BufferView(try saganValues(of: entry, group)), into: parameters.view(entry))
        }
        let known = Set((parameters.trained + parameters.untrained).map { saganPath(of: $0, group) })
        #expect(stored.subtracting(known).isEmpty, "\(group)")
        parameters.didChange()
    }

    /// A parameter or its gradient. The file's layouts are those of the kernels: HWIO, [in, out].
    package func saganValues(of entry: Parameters.Entry, _ group: String) throws -> [Float] {
        let (shape, values) = try file.floats(saganPath(of: entry, group))
        let wide = { (shape: [Int]) in shape.filter { $0 != 1 } }
        switch entry.declaration.layout {
        // A bias of 4×4 in a row; u as a row.
        case .image, .unflattened(input: 1, _, _, _): #expect(values.count == entry.count, "\(entry.name)")
        default: #expect(wide(shape) == wide(entry.declaration.layout.shape), "\(entry.name)")
        }
        return values
    }

    /// The authors' attention has one name wherever it stands.
    private func saganPath(of entry: Parameters.Entry, _ group: String) -> String {
        let parts = entry.name.split(separator: "/").map { part in
            part.contains("non_local") ? String(part.prefix("g_non_local".count)) : String(part)
        }
        return (["\(group)/model"] + parts).joined(separator: "/")
    }
}
