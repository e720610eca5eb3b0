import Configuration
import Models
import Storage

/// The averaged generator of a checkpoint: one of this program's, or one built from reference weights.
public struct GeneratorFile {
    public let generator: any Generator
    /// How far it had grown.
    public let level: GrowthLevel
    public let parameters: Parameters

    /// - Throws: errors that name the file and what is wrong with it.
    public init(_ path: String) throws {
        let contents = try CheckpointFile.read(path, verification: .ifPresent)
        let group = contents.arrays.contains { $0.path.hasPrefix("ema/") } ? "ema" : "generator"
        generator = StyleGAN2Generator(try Self.shape(contents, group: group, path: path))
        parameters = Parameters(generator.declarations)
        for entry in parameters.trained + parameters.untrained {
            let values = try ParameterFile.values(of: entry, in: contents, group: group, path: path)
            Elementwise.copy(BufferView(values), into: parameters.view(entry))
        }
        parameters.didChange()
        level = GrowthLevel(contents) ?? GrowthLevel(resolution: generator.resolution)
    }

    /// The network's sizes are told by the shapes of its parameters; what shapes do not tell, by the configuration.
    private static func shape(_ contents: CheckpointContents, group: String, path: String) throws -> StyleGAN2Shape {
        func shape(_ name: String) throws -> [Int] {
            guard let array = contents.array("\(group)/\(name)") else {
                throw StateError(path: path, reason: "\(group)/\(name) is missing: it holds no StyleGAN2 generator")
            }
            return array.shape
        }
        func exists(_ name: String) -> Bool { contents.array("\(group)/\(name)") != nil }
        var resolution = 4
        var channels = [4: try shape("synthesis.b4.conv1.weight")[0]]
        while exists("synthesis.b\(resolution * 2).conv1.weight") {
            resolution *= 2
            channels[resolution] = try shape("synthesis.b\(resolution).conv1.weight")[0]
        }
        let widest = channels.values.max() ?? 1
        // The least base that gives these widths: no width times its resolution is beyond the base, and where the
        // maximum does not count the width is the base over the resolution, rounded down.
        let base = channels.map { $0.key * $0.value }.max() ?? widest
        let labelDim = exists("mapping.embed.weight") ? try shape("mapping.embed.weight")[1] : 0
        let first = try shape("mapping.fc0.weight")
        var layers = 1
        while exists("mapping.fc\(layers).weight") { layers += 1 }
        let configuration = try contents.attribute("config")?.stringValue.map {
            try Configuration.parse(yaml: $0, name: path)
        }
        return StyleGAN2Shape(
            resolution: resolution, imageChannels: try shape("synthesis.b4.torgb.weight")[0],
            zDim: first[1] - (labelDim > 0 ? first[0] : 0), wDim: first[0], labelDim: labelDim,
            mappingLayers: layers, channelBase: base, channelMax: widest,
            clamp: configuration.map { $0.model.clamp.map { Float($0) } } ?? 256)
    }

    /// Images of seeds: the latent of a seed is a pure function of it.
    ///
    /// - Parameters:
    ///   - label: the class of all images; nil deals the classes in turn.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the level's resolution.
    public func images(seeds: [Int], label: Int?, truncation: Float) -> [UInt8] {
        let rows = seeds.map { seed in
            Randomizer(seed: 0).normals(.sample, step: 0, samples: seed..<seed + 1, shape: [generator.zDim])
        }
        let classes = generator.labelDim
        let labels =
            classes > 0 ? Tensor.oneHot(seeds.map { Int32(label ?? $0 % classes) }, classes: classes) : nil
        return SampleImages.make(
            generator, parameters, at: level, z: Tensor.concatenated(rows, axis: 0), labels: labels,
            truncation: truncation)
    }
}
