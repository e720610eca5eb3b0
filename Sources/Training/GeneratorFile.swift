import Configuration
import Evaluation
import Failure
import Kernels
import Layers
import Models
import Storage

/// The averaged generator of a checkpoint: one of this program's, or one built from reference weights.
public struct GeneratorFile {
    public let generator: any Generator
    /// How far it had grown.
    public let level: GrowthLevel
    public let parameters: Parameters
    /// Names of the classes that condition it; none where the checkpoint does not know them.
    public let classNames: [String]
    private let path: String

    /// - Throws: errors that name the file and what is wrong with it.
    public init(_ path: String) throws {
        self.path = path
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
        let names = contents.attribute(ClassNames.attribute)?.stringsValue ?? []
        classNames = names.count == generator.labelDim ? names : []
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
    /// - Throws: ``CheckpointError`` (65) that names the file and a seed whose image is not finite.
    public func images(seeds: [Int], label: Int?, truncation: Float) throws -> [UInt8] {
        do {
            return try SampleImages.make(
                generator, parameters, at: level, seeds: seeds, label: label, truncation: truncation)
        } catch let error as NotFiniteImage {
            throw notFinite(error, seeds, truncation: truncation)
        }
    }

    /// Images of the seeds `firstSeed` …, as metrics look at them; see ``GeneratedSample``.
    ///
    /// Reading them throws ``CheckpointError`` (65) that names the file and a seed whose image is not finite.
    public func source(count: Int, firstSeed: Int, cacheBytes: Int) -> ImageSource {
        GeneratedSample.source(
            generator, parameters, at: level, count: count, firstSeed: firstSeed, cacheBytes: cacheBytes
        ) { error, seeds in throw notFinite(error, seeds, truncation: 1) }
    }

    private func notFinite(_ error: NotFiniteImage, _ seeds: [Int], truncation: Float) -> CheckpointError {
        let other = truncation == 1 ? "" : ", or the truncation of \(truncation) is"
        return CheckpointError(
            path: path,
            reason:
                "the image of seed \(seeds[error.place]) is not finite: its generator's parameters are far too large"
                + "\(other); take an older checkpoint of its run", exitCode: ExitCode.badData)
    }
}
