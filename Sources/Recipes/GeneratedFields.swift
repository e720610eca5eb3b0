import Evaluation
import Layers
import Models
import Storage

/// Fields of a generator, one to a seed, in physical units: what metrics look at.
public enum GeneratedFields {
    /// Those of the seeds `firstSeed` ….
    ///
    /// Those of a generator that still grows have their values repeated up to the final size, as pictures have; see
    /// ``GeneratedSample``.
    ///
    /// - Parameters:
    ///   - generator: as far as it has grown.
    ///   - format: of the data set that it learned.
    ///   - conditions: of the samples; nil for an unconditional generator.
    ///   - cacheBytes: what may be remembered of them on each rank.
    ///   - notFinite: what to throw of a sample that is not finite, by its place among these seeds.
    public static func source(
        _ generator: any Generator, _ parameters: Parameters, format: SampleFormat, conditions: PairedConditions?,
        count: Int, firstSeed: Int = 0, cacheBytes: Int,
        notFinite: @escaping (NotFiniteImage, [Int]) -> any Error
    ) -> FieldSource {
        let (size, whole) = (generator.imageSize, generator.mapSize(at: generator.largestResolution))
        return FieldSource(
            name: "generated", count: count, height: whole.height, width: whole.width, channels: format.channels
        ) { numbers in
            // A seed is one word of a draw's counter: 32 bits.
            let seeds = numbers.map { Int(UInt32(truncatingIfNeeded: firstSeed &+ $0)) }
            do {
                let values = NearestUpscale.up(
                    try SampleImages.values(generator, parameters, seeds: seeds, conditions: conditions?.of(numbers)),
                    count: numbers.count, height: size.height, width: size.width, channels: format.channels.count,
                    factor: whole.height / size.height)
                return format.physical(values).values
            } catch let error as NotFiniteImage { throw notFinite(error, seeds) }
        }.cached(bytes: cacheBytes)
    }
}
