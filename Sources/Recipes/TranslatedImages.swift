import Autodiff
import Kernels
import Layers
import Models

/// What conditions each pixel of images that are to be made, all of one size.
public enum PixelConditions: Sendable {
    /// Label maps: uint8 [N, height, width], of values below the generator's ``Generator/conditionChannels``.
    case maps([UInt8], height: Int, width: Int)
    /// Images as networks see them: [N, height, width, conditionChannels].
    case images([Float], height: Int, width: Int)

    public var height: Int {
        switch self {
        case .maps(_, let height, _), .images(_, let height, _): height
        }
    }

    public var width: Int {
        switch self {
        case .maps(_, _, let width), .images(_, _, let width): width
        }
    }

    /// Those of some samples as networks are fed them, [rows, height, width, channels].
    ///
    /// - Parameter channels: the network's.
    public func tensor(rows: Range<Int>, channels: Int) -> Tensor {
        let (pixels, shape) = (height * width, [rows.count, height, width, channels])
        switch self {
        case .maps(let values, _, _):
            return .oneHotPixels(values[rows.lowerBound * pixels..<rows.upperBound * pixels], shape: shape)
        case .images(let values, _, _):
            let size = pixels * channels
            return ImageConversion.tensor(values[rows.lowerBound * size..<rows.upperBound * size], shape: shape)
        }
    }

    func count(channels: Int) -> Int {
        switch self {
        case .maps(let values, let height, let width): values.count / (height * width)
        case .images(let values, let height, let width): values.count / (height * width * channels)
        }
    }
}

/// Which noise pixels get, of generators that have some at each (arXiv 2012.04781, section 3.2 and figure 1). Others have
/// that of the seed, too, or none.
public enum TranslationNoise: Sendable, Equatable {
    /// That of the image's seed at all pixels, as in training.
    case global
    /// That of the image's seed at the pixels of a class of its label map; that of one seed for all images at the others.
    case ofClass(Int, others: Int)
}

extension SampleImages {
    /// Images of label maps or of images: what is random in one is a pure function of its seed. Dropout is drawn too, as in
    /// training (arXiv 1611.07004, section 3.1).
    ///
    /// - Parameters:
    ///   - conditions: one for each seed, of a size that ``Generator/sizeMultiple`` allows.
    ///   - noise: where generators have some at each pixel.
    /// - Returns: uint8 N×height×width×C.
    /// - Throws: ``NotFiniteImage`` for the first one.
    public static func translated(
        _ generator: any Generator, _ parameters: Parameters, conditions: PixelConditions, seeds: [Int],
        noise: TranslationNoise = .global
    ) throws -> [UInt8] {
        let made = translationAttempt(generator, parameters, conditions: conditions, seeds: seeds, noise: noise)
        return try made.finite()
    }

    /// The same as they leave the network: what the transforms of fields turn into physical values.
    public static func translatedValues(
        _ generator: any Generator, _ parameters: Parameters, conditions: PixelConditions, seeds: [Int],
        noise: TranslationNoise = .global
    ) throws -> [Float] {
        try values(
            generator, parameters, count: seeds.count, chunk: chunk(of: conditions, generator),
            input: input(generator, conditions: conditions, seeds: seeds, noise: noise))
    }

    /// What is not finite is black.
    static func translationAttempt(
        _ generator: any Generator, _ parameters: Parameters, conditions: PixelConditions, seeds: [Int],
        noise: TranslationNoise = .global
    ) -> Attempt {
        attempt(
            generator, parameters, count: seeds.count, chunk: chunk(of: conditions, generator),
            input: input(generator, conditions: conditions, seeds: seeds, noise: noise))
    }

    /// Images that go through the network at once: fewer of larger ones.
    private static func chunk(of conditions: PixelConditions, _ generator: any Generator) -> Int {
        max(1, min(chunk, chunk * generator.imageSize.count / (conditions.height * conditions.width)))
    }

    /// Of dropout's draws, apart from those of all phases.
    private static let dropoutStream = 1 << 20

    /// - Returns: by the samples' numbers.
    static func input(
        _ generator: any Generator, conditions: PixelConditions, seeds: [Int], noise: TranslationNoise
    ) -> (Range<Int>) -> GeneratorInput {
        let channels = generator.conditionChannels
        precondition(
            channels > 0 && conditions.count(channels: channels) == seeds.count,
            "samples: \(conditions.count(channels: max(channels, 1))) conditions of \(seeds.count)")
        return { rows in
            let condition = conditions.tensor(rows: rows, channels: channels)
            let chosen = Array(seeds[rows])
            return GeneratorInput(
                z: noiseMap(generator, chosen, condition, noise), labels: nil, condition: condition,
                dropout: dropout(generator, chosen, conditions), noise: .constant)
        }
    }

    /// z of seeds, one a sample or one a pixel.
    private static func noiseMap(
        _ generator: any Generator, _ seeds: [Int], _ condition: Tensor, _ noise: TranslationNoise
    ) -> Tensor {
        let own = latents(generator, seeds)
        guard case .ofClass(let number, let others) = noise, generator.takesNoiseOfPixels else { return own }
        precondition(
            (0..<condition.shape[3]).contains(number), "samples: class \(number) of \(condition.shape[3])")
        let (samples, size) = (seeds.count, Array(condition.shape.dropLast()))
        func spread(_ z: Tensor) -> Tensor {
            z.reshaped([samples, 1, 1, generator.zDim]).sum(to: size + [generator.zDim])
        }
        let isClass = condition.slice(axis: 3, start: number, length: 1)
        let rest = latents(generator, seeds.map { _ in others })
        return spread(own) * isClass + spread(rest) * isClass.affine(-1, 1)
    }

    private static func dropout(
        _ generator: any Generator, _ seeds: [Int], _ conditions: PixelConditions
    ) -> [Tensor]? {
        let each = seeds.compactMap {
            Randomizer(seed: 0).dropout(
                of: generator, height: conditions.height, width: conditions.width, stream: dropoutStream, step: 0,
                samples: $0..<$0 + 1)
        }
        guard let first = each.first else { return nil }
        return first.indices.map { place in .concatenated(each.map { $0[place] }, axis: 0) }
    }
}

extension GeneratorFile {
    /// What the generator is fed for images or label maps, and for seeds: the noise of each at all pixels, and dropout's draws.
    ///
    /// - Precondition: it makes its images of such.
    public func translationInput(conditions: PixelConditions, seeds: [Int]) -> GeneratorInput {
        SampleImages.input(generator, conditions: conditions, seeds: seeds, noise: .global)(seeds.indices)
    }
}
