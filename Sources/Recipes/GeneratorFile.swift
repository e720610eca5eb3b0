import Autodiff
import Configuration
import Evaluation
import Failure
import Layers
import Models
import State
import Storage

/// The averaged generator of a checkpoint: one of this program's, or one built from reference weights.
public struct GeneratorFile {
    /// As far as it had grown.
    public let generator: any Generator
    public let parameters: Parameters
    /// Names of the classes that condition it; none where the checkpoint does not know them.
    public let classNames: [String]
    /// Of the fields that it makes; nil of pictures.
    public let sampleFormat: SampleFormat?
    /// Of the numbers that condition it; nil without.
    public let vectorFormat: VectorFormat?
    /// Of the images that condition each pixel; nil without.
    public let conditionFormat: SampleFormat?
    /// Of the label maps that condition each pixel; nil without.
    public let mapFormat: MapFormat?
    /// Real images that its run had shown; nil where the file does not tell.
    public let imagesShown: Int?
    public let path: String
    /// As the file stores it; nil in one that was built from reference weights.
    let storedConfiguration: String?

    /// - Throws: errors that name the file and what is wrong with it.
    public init(_ path: String) throws {
        try self.init(try CheckpointFile.read(path, verification: .ifPresent), path: path)
    }

    /// - Parameter contents: of the file at `path`.
    public init(_ contents: CheckpointContents, path: String) throws {
        self.path = path
        let group = contents.arrays.contains { $0.path.hasPrefix("ema/") } ? "ema" : "generator"
        let file = ParameterShapes(contents: contents, group: group, path: path)
        let whole = try Recipes.generator(of: file)
        parameters = try Parameters(whole.declarations, group: group, of: contents, path: path)
        storedConfiguration = contents.attribute("config")?.stringValue
        imagesShown = contents.attribute("images_shown")?.intValue
        let attributes = try SampleAttributes(contents, path: path)
        (sampleFormat, vectorFormat) = (attributes.sampleFormat, attributes.vectorFormat)
        (conditionFormat, mapFormat) = (attributes.conditionFormat, attributes.mapFormat)
        try attributes.check(whole, path: path)
        let names = contents.attribute(ClassNames.attribute)?.stringsValue ?? []
        classNames = vectorFormat == nil && names.count == whole.labelDim ? names : []
        let level = try GrowthLevel(
            contents, path: path, final: whole.resolution, grows: whole is any GrowingGenerator)
        generator = level.map { $0.of(whole) } ?? whole
    }

    /// How far it had grown.
    public var level: GrowthLevel {
        (generator as? any GrowingGenerator)?.level ?? GrowthLevel(resolution: generator.resolution)
    }

    var sampleAttributes: SampleAttributes {
        SampleAttributes(
            sampleFormat: sampleFormat, vectorFormat: vectorFormat, conditionFormat: conditionFormat,
            mapFormat: mapFormat)
    }

    /// Classes of the label maps that condition each pixel; 0 without.
    public var conditionClasses: Int { mapFormat?.classes ?? 0 }

    /// - Throws: ``DatasetError`` (64) of a generator that makes its images of label maps or of images.
    private func checkMakesOfNoise() throws {
        guard let text = sampleAttributes.pixelText else { return }
        throw DatasetError.usage(
            "\(path): makes its images of \(text); give it some with `ganglion translate`")
    }

    /// Classes that condition it; 0 without.
    public var classCount: Int { vectorFormat == nil ? generator.labelDim : 0 }

    /// Images of seeds: the latent of a seed is a pure function of it.
    ///
    /// - Parameters:
    ///   - classes: of each image; nil deals the classes in turn, by the seeds' numbers.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the generator's resolution.
    /// - Throws: ``CheckpointError`` (65) that names the file and a seed whose image is not finite.
    public func images(seeds: [Int], classes: [Int]?, truncation: Float) throws -> [UInt8] {
        try checkMakesOfNoise()
        do {
            return try SampleImages.make(
                generator, parameters, seeds: seeds, classes: classes, truncation: truncation)
        } catch let error as NotFiniteImage {
            throw notFinite(error, seeds, truncation: truncation)
        }
    }

    /// Images of seeds and conditions.
    ///
    /// - Parameter conditions: of each image; nil for an unconditional generator.
    /// - Returns: uint8 N×r×r×C, r the generator's resolution.
    /// - Throws: ``CheckpointError`` (65) that names the file and a seed whose image is not finite.
    public func images(
        seeds: [Int], conditions: DatasetConditions?, truncation: Float, noise: SampleNoise = .const
    ) throws -> [UInt8] {
        try checkMakesOfNoise()
        do {
            return try SampleImages.make(
                generator, parameters, seeds: seeds, conditions: conditions, truncation: truncation, noise: noise)
        } catch let error as NotFiniteImage {
            throw notFinite(error, seeds, truncation: truncation)
        }
    }

    /// What the generator makes of seeds and conditions, as it leaves the network.
    ///
    /// - Parameter conditions: of each sample; nil for an unconditional generator.
    /// - Returns: [N, h, w, C], the generator's size as it is.
    /// - Throws: ``CheckpointError`` (65) that names the file and a seed whose sample is not finite.
    public func values(
        seeds: [Int], conditions: DatasetConditions?, truncation: Float, noise: SampleNoise = .random
    ) throws -> [Float] {
        try checkMakesOfNoise()
        do {
            return try SampleImages.values(
                generator, parameters, seeds: seeds, conditions: conditions, truncation: truncation, noise: noise)
        } catch let error as NotFiniteImage {
            throw notFinite(error, seeds, truncation: truncation)
        }
    }

    /// The latents of seeds, [N, zDim].
    public func latents(seeds: [Int]) -> [Float] { SampleImages.latents(generator, seeds).array }

    /// Fields of seeds and conditions, in physical units.
    ///
    /// - Parameter conditions: of each field; nil for an unconditional generator.
    /// - Returns: [N, h, w, C], the generator's size as it is; and how many of these values had to be moved into the range
    ///   of their channel's transform.
    /// - Throws: ``CheckpointError`` (65) that names the file and a seed whose field is not finite.
    /// - Precondition: it makes fields.
    public func fields(
        seeds: [Int], conditions: DatasetConditions?, truncation: Float
    ) throws -> (values: [Float], clipped: Int) {
        guard let sampleFormat else { preconditionFailure("\(path): makes pictures") }
        return sampleFormat.physical(try values(seeds: seeds, conditions: conditions, truncation: truncation))
    }

    /// Takes statistics of batch normalisation anew, in place of the moving averages that the file holds: of batches as
    /// large as the run's. The file stays as it is.
    ///
    /// - Parameters:
    ///   - available: bytes of memory; 0 where they are not known.
    ///   - conditions: what conditions the pixels of the batches' images, of a generator that is conditioned so.
    ///   - sums: those of one rank that has a number of microbatches.
    /// - Returns: images of a batch.
    /// - Throws: ``DatasetError`` of a generator without batch normalisation, and of batches whose feature maps memory does
    ///   not hold (64), and where the file does not tell how large the run's batches were (65); ``CheckpointError`` (65)
    ///   where statistics are not finite.
    public func takeStandingStatistics(
        batches: Int, available: Int, conditions: StandingStatistics.Conditions? = nil,
        sums: (_ microbatches: Int) -> any GlobalSummation
    ) throws -> Int {
        guard generator.looksAtWholeBatch else {
            throw DatasetError.usage(
                "--standing-statistics: \(path): its generator has no batch normalisation whose statistics could be taken "
                    + "anew; leave it out")
        }
        if conditions == nil, let text = sampleAttributes.pixelText {
            throw DatasetError.usage(
                "--standing-statistics: \(path): its generator makes images of \(text), which only its data set has; give a"
                    + " data set, as ganglion evaluate takes it, or leave it out")
        }
        guard vectorFormat == nil else {
            throw DatasetError.usage(
                "--standing-statistics: \(path): its generator is conditioned on numbers, of which only its data set knows which"
                    + " go together; leave it out")
        }
        guard let text = storedConfiguration else {
            throw DatasetError.badData(
                "\(path): has no configuration to tell how large the run's batches were: standing statistics need it")
        }
        let configuration = try Configuration.parseStored(yaml: text, name: path).configuration
        guard case .global(let batch) = configuration.batch, case .value(let microbatch) = configuration.microbatch,
            batch % microbatch == 0
        else {
            throw DatasetError.badData(
                "\(path): its configuration has no batch that is a number of microbatches: standing statistics need it")
        }
        let bytes = [featureBytes, batch].checkedProduct()
        guard let bytes, available == 0 || bytes <= available else {
            throw DatasetError.usage(
                "--standing-statistics: the feature maps of the run's \(batch) images of a step take "
                    + "\(bytes.map { Files.text(bytes: $0) } ?? "more") of memory at least, of which "
                    + "\(Files.text(bytes: available)) are free; leave it out")
        }
        let statistics = StandingStatistics(
            batches: batches, batch: batch, microbatch: microbatch, seed: configuration.seed)
        if let name = try statistics.take(
            generator, parameters, conditions: conditions, sums: sums(batch / microbatch))
        {
            throw CheckpointError(
                path: path,
                reason:
                    "\(name), taken anew, is not finite: its generator's parameters are far too large; take an older "
                    + "checkpoint of its run", exitCode: ExitCode.badData)
        }
        return batch
    }

    /// Of the feature maps of one image.
    private var featureBytes: Int {
        let weights = parameters.weights(differentiable: false, parameters.selection(generator.activeParameters))
        let (size, channels) = (generator.imageSize, generator.conditionChannels)
        let input =
            channels == 0
            ? SampleImages.input(generator, seeds: [0], classes: nil, truncation: 1)
            : GeneratorInput(
                z: Tensor([Float](repeating: 0, count: generator.zDim), shape: [1, generator.zDim]), labels: nil,
                condition: Tensor(repeating: 0, shape: [1, size.height, size.width, channels]), noise: .constant)
        let floats = Tape.paused { generator(input, weights).features.values.reduce(0) { $0 + $1.count } }
        return floats * MemoryLayout<Float>.stride
    }

    /// Images of the seeds `firstSeed` …, as metrics look at them; see ``GeneratedSample``.
    ///
    /// Reading them throws ``CheckpointError`` (65) that names the file and a seed whose image is not finite.
    ///
    /// - Parameter vectors: of the images, where numbers condition the generator.
    public func source(
        count: Int, firstSeed: Int, vectors: PairedConditions? = nil, cacheBytes: Int
    ) -> ImageSource {
        precondition((vectors == nil) == (vectorFormat == nil), "\(path): numbers of a data set, or none")
        return GeneratedSample.source(
            generator, parameters, count: count, firstSeed: firstSeed, vectors: vectors, cacheBytes: cacheBytes
        ) { error, seeds in throw notFinite(error, seeds, truncation: 1) }
    }

    /// The error of a sample that is not finite, by its place among seeds.
    public func notFinite(_ error: NotFiniteImage, _ seeds: [Int], truncation: Float) -> CheckpointError {
        let other = truncation == 1 ? "" : ", or the truncation of \(truncation) is"
        return CheckpointError(
            path: path,
            reason:
                "the image of seed \(seeds[error.place]) is not finite: its generator's parameters are far too large"
                + "\(other); take an older checkpoint of its run", exitCode: ExitCode.badData)
    }
}
