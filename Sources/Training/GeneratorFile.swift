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
        let file = ParameterShapes(contents: contents, group: group, path: path)
        generator =
            file.exists("4x4/Dense/weight")
            ? ProgressiveGenerator(try file.progressive()) : StyleGAN2Generator(try file.styleGAN2())
        // Before memory is taken for them.
        for declaration in generator.declarations {
            _ = try ParameterFile.array(of: declaration, in: contents, group: group, path: path)
        }
        parameters = Parameters(generator.declarations)
        for entry in parameters.trained + parameters.untrained {
            let values = try ParameterFile.values(of: entry, in: contents, group: group, path: path)
            Elementwise.copy(BufferView(values), into: parameters.view(entry))
        }
        parameters.didChange()
        level =
            try GrowthLevel(contents, path: path, final: generator.resolution)
            ?? GrowthLevel(resolution: generator.resolution)
    }

    /// Images of seeds: the latent of a seed is a pure function of it.
    ///
    /// - Parameters:
    ///   - label: the class of all images; nil deals the classes in turn.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the level's resolution.
    public func images(seeds: [Int], label: Int?, truncation: Float) -> [UInt8] {
        SampleImages.make(generator, parameters, at: level, seeds: seeds, label: label, truncation: truncation)
    }
}
