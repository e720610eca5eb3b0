import Configuration
import Evaluation
import Storage

/// Of generated samples that are compared with real ones, what conditions the pixels of each: that of the real one of its
/// number, so that both sets have the same.
public struct PairedPixels {
    private let load: ([Int]) throws -> PixelConditions

    /// - Parameter load: of the samples of these numbers, of the generator's size.
    public init(load: @escaping ([Int]) throws -> PixelConditions) { self.load = load }

    /// Of the samples of these numbers.
    func of(_ numbers: [Int]) throws -> PixelConditions { try load(numbers) }
}

extension GeneratorFile {
    /// The class of label maps that is no class of any, of a run with `data.dont_care=true`; nil where all count.
    ///
    /// - Throws: ``ConfigurationError`` (65) where the file's configuration cannot be read: which classes count is not guessed.
    public var ignoredClass: Int? {
        get throws {
            guard conditionClasses > 0, let text = storedConfiguration else { return nil }
            return try Configuration.parseStored(yaml: text, name: path).configuration.data.dontCare ? 0 : nil
        }
    }

    /// Images of what conditions their pixels; see ``SampleImages/translated(_:_:conditions:seeds:noise:)``.
    ///
    /// - Returns: uint8 N×height×width×C.
    /// - Throws: ``CheckpointError`` (65) that names the file and a seed whose image is not finite.
    public func translated(
        _ conditions: PixelConditions, seeds: [Int], noise: TranslationNoise = .global
    ) throws -> [UInt8] {
        do {
            return try SampleImages.translated(
                generator, parameters, conditions: conditions, seeds: seeds, noise: noise)
        } catch let error as NotFiniteImage {
            throw notFinite(error, seeds, truncation: 1)
        }
    }

    /// Images of the seeds `firstSeed` … and of what conditions real images' pixels, as metrics look at them.
    ///
    /// Reading them throws ``CheckpointError`` (65) that names the file and a seed whose image is not finite.
    ///
    /// - Parameters:
    ///   - pixels: what conditions the images' pixels.
    ///   - maps: the images' label maps; nil of images without.
    public func source(
        count: Int, firstSeed: Int, pixels: PairedPixels, maps: LabelMapSource?, cacheBytes: Int
    ) -> ImageSource {
        GeneratedSample.source(
            generator, parameters, count: count, firstSeed: firstSeed, pixels: pixels, maps: maps,
            cacheBytes: cacheBytes
        ) { error, seeds in throw notFinite(error, seeds, truncation: 1) }
    }
}
