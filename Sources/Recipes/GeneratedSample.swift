import Evaluation
import Layers
import Models
import Storage

/// Images of a generator, one to a seed: what metrics look at.
public enum GeneratedSample {
    /// The images of the seeds `firstSeed` …, as ``SampleImages/make(_:_:seeds:classes:truncation:)`` makes them.
    ///
    /// Those of a generator that still grows have their pixels repeated up to the final resolution, as in the reference
    /// of progressive growing: so the values of its checkpoints can be compared with each other, and with those of
    /// networks that did not grow.
    ///
    /// - Parameters:
    ///   - generator: as far as it has grown.
    ///   - vectors: of the images, where numbers condition the generator; there are no paths then. Without them classes take
    ///     turns by the seeds' numbers.
    ///   - pixels: what conditions the images' pixels, where the generator is conditioned so; there are no paths then.
    ///   - maps: the images' label maps; nil of images without.
    ///   - cacheBytes: what may be remembered of them on each rank, so that each metric need not make them anew.
    ///   - notFinite: takes an image that is not finite, by its place among these seeds. Where it does not throw, what is
    ///     no number counts as black.
    public static func source(
        _ generator: any Generator, _ parameters: Parameters, count: Int, firstSeed: Int = 0,
        vectors: PairedConditions? = nil, pixels: PairedPixels? = nil, maps: LabelMapSource? = nil, cacheBytes: Int,
        notFinite: @escaping (NotFiniteImage, [Int]) throws -> Void
    ) -> ImageSource {
        let (side, resolution) = (generator.resolution, generator.largestResolution)
        let channels = generator.imageChannels
        precondition(
            (pixels == nil) == (generator.conditionChannels == 0),
            "generated images: what conditions their pixels, or none")
        // As many images again.
        let known = LatentPaths(count: count / 2, space: PathImages.space(of: generator)) { numbers, step in
            let seeds = numbers.map { Int(UInt32(truncatingIfNeeded: firstSeed &+ 2 * $0)) }
            // Seeds are two apart: by them, half of the classes would never come.
            let classes = generator.labelDim > 0 ? numbers.map { $0 % generator.labelDim } : nil
            let made = PathImages.attempt(generator, parameters, seeds: seeds, classes: classes, step: step)
            if let error = made.notFinite { try notFinite(error, seeds) }
            return NearestUpscale.up(
                made.values, count: 2 * numbers.count, height: side, width: side, channels: channels,
                factor: resolution / side)
        }
        return ImageSource(
            name: "generated", count: count, resolution: resolution, channels: channels,
            paths: vectors == nil && pixels == nil ? known : nil, maps: maps
        ) { numbers in
            // A seed is one word of a draw's counter: 32 bits.
            let seeds = numbers.map { Int(UInt32(truncatingIfNeeded: firstSeed &+ $0)) }
            let made =
                try pixels.map {
                    SampleImages.translationAttempt(
                        generator, parameters, conditions: try $0.of(numbers), seeds: seeds)
                }
                ?? vectors.map { SampleImages.attempt(generator, parameters, seeds: seeds, conditions: $0.of(numbers)) }
                ?? SampleImages.attempt(generator, parameters, seeds: seeds)
            if let error = made.notFinite { try notFinite(error, seeds) }
            return NearestUpscale.up(
                made.bytes, count: numbers.count, height: side, width: side, channels: channels,
                factor: resolution / side)
        }.cached(bytes: cacheBytes)
    }
}
