import Autodiff
import Kernels
import Layers
import Models
import Storage

/// An image that holds what is not finite.
public struct NotFiniteImage: Error, Equatable {
    /// Its number among those that were asked for.
    public let place: Int

    package init(place: Int) { self.place = place }
}

/// Where the noise inputs of synthesis layers come from in samples.
public enum SampleNoise: String, CaseIterable, Sendable {
    /// The fixed planes that belong to the network.
    case const
    /// Drawn for each seed.
    case random
    /// Zeros.
    case none
}

/// Images from latents, a few at a time.
public enum SampleImages {
    /// Images that go through the network at once.
    static let chunk = 8
    /// Of noise, apart from the latents' stream 0.
    private static let noiseStream = 1

    /// Images of seeds: the latent of a seed is a pure function of it.
    ///
    /// - Parameters:
    ///   - classes: of each image; nil deals the classes in turn, by the seeds' numbers.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the generator's resolution as it is.
    /// - Throws: ``NotFiniteImage`` for the first one.
    public static func make(
        _ generator: any Generator, _ parameters: Parameters, seeds: [Int], classes: [Int]? = nil, truncation: Float = 1
    ) throws -> [UInt8] {
        try attempt(generator, parameters, seeds: seeds, classes: classes, truncation: truncation).finite()
    }

    /// Images of seeds and conditions.
    ///
    /// - Parameter conditions: of each image; nil for an unconditional generator.
    /// - Returns: uint8 N×r×r×C, r the generator's resolution as it is.
    /// - Throws: ``NotFiniteImage`` for the first one.
    public static func make(
        _ generator: any Generator, _ parameters: Parameters, seeds: [Int], conditions: DatasetConditions?,
        truncation: Float = 1, noise: SampleNoise = .const
    ) throws -> [UInt8] {
        try attempt(
            generator, parameters, seeds: seeds, conditions: conditions, truncation: truncation, noise: noise
        ).finite()
    }

    /// Fields of seeds and conditions, as they leave the network: what their transforms turn into physical values.
    ///
    /// Noise is drawn for each seed, if nothing else is asked for, as each sample of training had its own: with the network's
    /// fixed planes, which show pictures at their best, all fields would have one and the same part of what is random in
    /// them.
    ///
    /// - Parameter conditions: of each sample; nil for an unconditional generator.
    /// - Returns: N×h×w×C, the generator's size as it is.
    /// - Throws: ``NotFiniteImage`` for the first one.
    public static func values(
        _ generator: any Generator, _ parameters: Parameters, seeds: [Int], conditions: DatasetConditions?,
        truncation: Float = 1, noise: SampleNoise = .random
    ) throws -> [Float] {
        try values(generator, parameters, count: seeds.count) { rows in
            input(
                generator, seeds: seeds, conditions: conditions, rows: rows, truncation: truncation, noise: noise)
        }
    }

    /// - Parameters:
    ///   - z: [N, zDim]
    ///   - labels: one-hot [N, labelDim], or nil.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the generator's resolution as it is.
    /// - Throws: ``NotFiniteImage`` for the first one.
    public static func make(
        _ generator: any Generator, _ parameters: Parameters, z: Tensor, labels: Tensor?, truncation: Float
    ) throws -> [UInt8] {
        try attempt(generator, parameters, z: z, labels: labels, truncation: truncation).finite()
    }

    /// Fields as they leave the network, each with noise by its place.
    ///
    /// - Returns: N×h×w×C, the generator's size as it is.
    public static func values(
        _ generator: any Generator, _ parameters: Parameters, z: Tensor, labels: Tensor?, truncation: Float
    ) throws -> [Float] {
        let fixed = input(z: z, labels: labels, truncation: truncation)
        return try values(generator, parameters, count: z.shape[0]) { rows in
            var input = fixed(rows)
            input.noise = .random { Randomizer(seed: 0).noise(.sheet, stream: noiseStream, samples: rows, of: $0) }
            return input
        }
    }

    static func values(
        _ generator: any Generator, _ parameters: Parameters, count: Int, chunk: Int = chunk,
        input: (Range<Int>) -> GeneratorInput
    ) throws -> [Float] {
        var made: [Float] = []
        let notFinite = run(generator, parameters, count: count, chunk: chunk) { rows, weights in
            generator(input(rows), weights).image
        } take: {
            made += $0.array
        }
        if let notFinite { throw notFinite }
        return made
    }

    static func attempt(
        _ generator: any Generator, _ parameters: Parameters, seeds: [Int], conditions: DatasetConditions?,
        truncation: Float = 1, noise: SampleNoise = .const
    ) -> Attempt {
        attempt(generator, parameters, count: seeds.count) { rows in
            input(
                generator, seeds: seeds, conditions: conditions, rows: rows, truncation: truncation, noise: noise)
        }
    }

    /// What a generator is fed for some of several seeds with a condition each.
    private static func input(
        _ generator: any Generator, seeds: [Int], conditions: DatasetConditions?, rows: Range<Int>, truncation: Float,
        noise: SampleNoise
    ) -> GeneratorInput {
        precondition(
            (conditions == nil) == (generator.labelDim == 0) && conditions?.count ?? seeds.count == seeds.count,
            "samples: \(conditions?.count ?? 0) conditions of \(seeds.count)")
        var input = GeneratorInput(
            z: latents(generator, Array(seeds[rows])),
            labels: conditions?.tensor(rows: Array(rows), dimension: generator.labelDim),
            noise: planes(noise, seeds: seeds[rows]))
        input.truncation = truncation
        return input
    }

    private static func planes(_ noise: SampleNoise, seeds: ArraySlice<Int>) -> Noise {
        switch noise {
        case .const: .constant
        case .none: .none
        case .random:
            .random { layer in
                drawn(seeds) { Randomizer(seed: 0).noise(.sample, stream: noiseStream, samples: $0, of: layer) }
            }
        }
    }

    /// [N, zDim]
    static func latents(_ generator: any Generator, _ seeds: [Int]) -> Tensor {
        guard generator.zDim > 0 else { return Tensor([], shape: [seeds.count, 0]) }
        return drawn(seeds[...]) {
            Randomizer(seed: 0).normals(.sample, step: 0, samples: $0, shape: [generator.zDim])
        }
    }

    /// What is drawn for each seed, whatever stands beside it: seeds need not follow one another, as samples do.
    private static func drawn(_ seeds: ArraySlice<Int>, _ draw: (Range<Int>) -> Tensor) -> Tensor {
        .concatenated(seeds.map { draw($0..<$0 + 1) }, axis: 0)
    }

    /// Images, in which what is no number is black.
    struct Attempt {
        var bytes: [UInt8] = []
        /// The first image that was not finite.
        var notFinite: NotFiniteImage?

        func finite() throws -> [UInt8] {
            if let notFinite { throw notFinite }
            return bytes
        }
    }

    static func attempt(
        _ generator: any Generator, _ parameters: Parameters, seeds: [Int], classes: [Int]? = nil,
        truncation: Float = 1
    ) -> Attempt {
        attempt(generator, parameters, count: seeds.count) { rows in
            // Latents and labels of many images would take more memory than the images.
            input(
                generator, seeds: Array(seeds[rows]), classes: classes.map { Array($0[rows]) }, truncation: truncation)
        }
    }

    /// What a generator is fed for images of seeds.
    static func input(
        _ generator: any Generator, seeds: [Int], classes: [Int]?, truncation: Float
    ) -> GeneratorInput {
        let count = generator.labelDim
        let chosen = count == 0 ? nil : classes ?? seeds.map { $0 % count }
        var input = GeneratorInput(
            z: latents(generator, seeds), labels: chosen.map { .oneHot($0.map(Int32.init), classes: count) },
            noise: .constant)
        input.truncation = truncation
        return input
    }

    private static func attempt(
        _ generator: any Generator, _ parameters: Parameters, z: Tensor, labels: Tensor?, truncation: Float
    ) -> Attempt {
        attempt(
            generator, parameters, count: z.shape[0], input: input(z: z, labels: labels, truncation: truncation))
    }

    private static func input(z: Tensor, labels: Tensor?, truncation: Float) -> (Range<Int>) -> GeneratorInput {
        { rows in
            var input = GeneratorInput(
                z: z.slice(axis: 0, start: rows.lowerBound, length: rows.count),
                labels: labels?.slice(axis: 0, start: rows.lowerBound, length: rows.count), noise: .constant)
            input.truncation = truncation
            return input
        }
    }

    static func attempt(
        _ generator: any Generator, _ parameters: Parameters, count: Int, chunk: Int = chunk,
        input: (Range<Int>) -> GeneratorInput
    ) -> Attempt {
        attempt(generator, parameters, count: count, chunk: chunk) { rows, weights in
            generator(input(rows), weights).image
        }
    }

    /// - Parameter make: the images of some places, [rows, r, r, C].
    static func attempt(
        _ generator: any Generator, _ parameters: Parameters, count: Int, chunk: Int = chunk,
        make: (Range<Int>, Weights) -> Tensor
    ) -> Attempt {
        var made = Attempt()
        made.notFinite = run(generator, parameters, count: count, chunk: chunk, make: make) {
            made.bytes += ImageConversion.bytes($0)
        }
        return made
    }

    /// - Parameters:
    ///   - chunk: samples that go through the network at once.
    ///   - make: the samples of some places.
    ///   - take: takes what is made, a few samples at a time.
    /// - Returns: the first sample that was not finite.
    private static func run(
        _ generator: any Generator, _ parameters: Parameters, count: Int, chunk: Int,
        make: (Range<Int>, Weights) -> Tensor, take: (Tensor) -> Void
    ) -> NotFiniteImage? {
        Tape.paused {
            let active = parameters.selection(generator.activeParameters)
            let weights = parameters.weights(differentiable: false, active)
            var notFinite: NotFiniteImage?
            for start in stride(from: 0, to: count, by: chunk) {
                let rows = start..<min(start + chunk, count)
                let images = make(rows, weights)
                if notFinite == nil, let place = firstNotFinite(images) {
                    notFinite = NotFiniteImage(place: start + place)
                }
                take(images)
            }
            return notFinite
        }
    }

    /// The first of several images that holds what is not finite.
    static func firstNotFinite(_ images: Tensor) -> Int? {
        let values = images.array
        if FiniteNumbers.allAreFinite(values) { return nil }
        return values.firstIndex { !$0.isFinite }.map { $0 / (values.count / images.shape[0]) }
    }
}
