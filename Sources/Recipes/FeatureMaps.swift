import Autodiff
import Evaluation
import Failure
import Models
import Storage

extension GeneratorFile {
    /// The image of a seed, as ``images(seeds:classes:truncation:)`` makes it, and the feature maps on its way, by their
    /// resolutions: what each block hands on to the next and to the image.
    ///
    /// - Parameters:
    ///   - label: its class; nil of an unconditional generator.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 r×r×C, and the maps.
    /// - Throws: ``CheckpointError`` (65) that names the file, and the seed whose image or map is not finite;
    ///   ``DatasetError`` (64) of a generator of fields.
    public func featureMaps(
        seed: Int, label: Int?, truncation: Float
    ) throws -> (image: [UInt8], maps: [Int: FeatureMap]) {
        try sampleAttributes.checkPictures(path)
        let weights = parameters.weights(differentiable: false, parameters.selection(generator.activeParameters))
        let input = SampleImages.input(
            generator, seeds: [seed], classes: label.map { [$0] }, truncation: truncation)
        let output = Tape.paused { generator(input, weights) }
        if SampleImages.firstNotFinite(output.image) != nil {
            throw notFinite(NotFiniteImage(place: 0), [seed], truncation: truncation)
        }
        let maps = output.features.mapValues { FeatureMap($0) }
        for (resolution, map) in maps where !map.isFinite {
            throw notFiniteMap(path, "the generator's feature map at \(resolution)×\(resolution) of seed \(seed)")
        }
        return (ImageConversion.bytes(output.image), maps)
    }

    /// Where it has feature maps as far as it has grown, from the lowest to the highest.
    public var featureResolutions: [Int] {
        let weights = parameters.weights(differentiable: false, parameters.selection(generator.activeParameters))
        let input = SampleImages.input(generator, seeds: [0], classes: nil, truncation: 1)
        return Tape.paused { generator(input, weights).features.keys.sorted() }
    }
}

/// Of a map in that file.
func notFiniteMap(_ path: String, _ what: String) -> CheckpointError {
    CheckpointError(
        path: path,
        reason: "\(what) is not finite: its parameters are far too large; take an older checkpoint of its run",
        exitCode: ExitCode.badData)
}

extension FeatureMap {
    /// - Parameter tensor: [1, r, r, channels]
    init(_ tensor: Tensor) {
        self.init(resolution: tensor.shape[1], channels: tensor.shape[3], values: tensor.view)
    }

    var isFinite: Bool { FiniteNumbers.allAreFinite(values.array) }
}
