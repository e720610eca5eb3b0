import Autodiff
import Evaluation
import Foundation
import Kernels
import Layers
import Learning
import Models

/// The style of which a generator makes an image that is nearest to a given one (arXiv 1912.04958, section 5 and appendix
/// D): Adam on w, from the mean of all, with noise on it that fades.
///
/// Nearness is told by a feature network, in all of whose maps the cosine distance of the vectors at each position is taken,
/// and by pixels. The paper's distance is one that people's judgement was fitted to, and it also fits the network's noise
/// planes; here these stay as they are.
public struct ImageProjection {
    /// Constants are the paper's, but for the number of steps.
    public struct Settings: Sendable {
        public var steps = 500
        public var learningRate = 0.1
        /// Whether each layer has a w of its own: nearer, and less like what the generator makes.
        public var isOfLayers = false
        /// Of the mean square of pixels in [-1, 1], beside the features'; alone where there are none.
        public var pixelWeight: Float = 1
        public var seed: UInt64 = 0

        public init() {}

        /// A twentieth of the steps up, a quarter of them down, by half a cosine.
        func learningRate(at step: Int) -> Double {
            let t = Double(step) / Double(steps)
            let down = 0.5 - 0.5 * cos(min(1, (1 - t) / 0.25) * .pi)
            return learningRate * down * min(1, t / 0.05)
        }

        /// Of the noise on w, in standard deviations of w.
        func noise(at step: Int) -> Double {
            let left = max(0, 1 - Double(step) / Double(steps) / 0.75)
            return 0.05 * left * left
        }
    }

    /// What a step has come to.
    public struct Step: Sendable {
        public let number: Int
        public let loss: Double
        /// Mean over the network's maps; nil without features.
        public let features: Double?
        public let pixels: Double
    }

    /// Latents whose styles tell the mean and the deviation.
    private static let sampled = 10_000

    private let file: GeneratorFile
    private let network: StyleGAN2Generator
    private let extractor: LearnedFeatures?
    private let settings: Settings
    private let weights: Weights
    private let place: ParameterHandle
    private let style: Parameters
    /// Of all styles: the root of the mean squared distance from their mean.
    public let deviation: Double

    /// - Parameters:
    ///   - classes: whose styles are the start; nil of an unconditional generator.
    ///   - extractor: nil for pixels alone.
    /// - Precondition: the file has styles, and the extractor can look at its images.
    public init(_ file: GeneratorFile, classes: [Int]?, extractor: LearnedFeatures?, _ settings: Settings) {
        guard let network = file.generator as? StyleGAN2Generator else {
            preconditionFailure("\(file.path): has no styles")
        }
        (self.file, self.network, self.extractor, self.settings) = (file, network, extractor, settings)
        weights = file.parameters.weights(
            differentiable: false, file.parameters.selection(network.activeParameters))
        let width = network.wDim
        let styles = file.styles(count: Self.sampled, classes: classes)
        var mean = [Double](repeating: 0, count: width)
        for (i, value) in styles.enumerated() { mean[i % width] += Double(value) / Double(Self.sampled) }
        var square = 0.0
        for (i, value) in styles.enumerated() {
            let difference = Double(value) - mean[i % width]
            square += difference * difference
        }
        deviation = (square / Double(Self.sampled)).squareRoot()
        let layers = settings.isOfLayers ? network.styleCount : 1
        var builder = ParameterBuilder()
        place = builder.declare(
            ParameterDeclaration("w", .plain([1, layers, width]), initial: .constant(0)))
        style = Parameters(builder.declarations)
        let start = (0..<layers).flatMap { _ in mean.map { Float($0) } }
        Elementwise.copy(BufferView(start), into: style.values)
        style.didChange()
    }

    /// The style as it is: [1, wDim], or of each layer [styleCount, wDim].
    public var values: [Float] { style.values.array }
    public var shape: [Int] { [settings.isOfLayers ? network.styleCount : 1, network.wDim] }

    /// The image of the style as it is, uint8 r×r×C.
    ///
    /// - Throws: ``NotFiniteImage``.
    public func image() throws -> [UInt8] {
        try SampleImages.attempt(network, file.parameters, count: 1) { _, weights in
            let w = style.weights(differentiable: false)[place]
            return network.synthesize(ws: spread(w), noise: .constant, weights).image
        }.finite()
    }

    /// Fits the style.
    ///
    /// - Parameters:
    ///   - target: uint8 r×r×C, r the generator's resolution.
    ///   - report: takes each step before it is taken.
    /// - Returns: whether all stayed finite.
    @discardableResult
    public func fit(to target: [UInt8], report: (Step) throws -> Void) throws -> Bool {
        let size = network.imageSize
        let wanted = ImageConversion.tensor(
            target[...], shape: [1, size.height, size.width, network.imageChannels])
        let wantedMaps = Tape.paused { extractor?.maps(of: wanted) }
        let adam = Adam(
            Adam.Settings(learningRate: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8), count: style.values.count)
        let gradient = BufferView(count: style.values.count)
        for number in 0..<settings.steps {
            let own = style.weights(differentiable: true)
            let noise = Randomizer(seed: settings.seed).normals(
                .projection, step: number, samples: 0..<1, shape: shape)
            let strength = Float(settings.noise(at: number) * deviation)
            let w = own[place] + noise.reshaped([1] + shape) * strength
            let image = network.synthesize(ws: spread(w), noise: .constant, weights).image
            let pixels = (image - wanted).squared().mean()
            var loss = pixels * settings.pixelWeight
            var features: Tensor?
            if let extractor, let wantedMaps {
                let maps = extractor.maps(of: image)
                let distances = zip(maps, wantedMaps).map { FeatureDistance.cosine(decoded: $0, target: $1) }
                let mean = distances.dropFirst().reduce(distances[0], +) * (1 / Float(distances.count))
                loss = loss + mean
                features = mean
            }
            try report(
                Step(
                    number: number, loss: Double(loss.scalar), features: features.map { Double($0.scalar) },
                    pixels: Double(pixels.scalar)))
            style.flatten(gradients(of: loss, with: [own[place]]), into: gradient)
            adam.settings.learningRate = settings.learningRate(at: number)
            guard adam.step(style, gradients: gradient, gradientScale: 1, number: number + 1) else { return false }
        }
        return true
    }

    /// Of every layer, [1, styleCount, wDim].
    private func spread(_ w: Tensor) -> Tensor {
        settings.isOfLayers ? w : network.broadcast(w.reshaped([1, network.wDim]))
    }
}

extension GeneratorFile {
    /// w of the seeds from 0 on, without truncation: [count, wDim].
    fileprivate func styles(count: Int, classes: [Int]?) -> [Float] {
        Tape.paused {
            stride(from: 0, to: count, by: 500).flatMap { start -> [Float] in
                let seeds = Array(start..<min(count, start + 500))
                return styles(
                    seeds: seeds, classes: classes.map { all in seeds.map { all[$0 % all.count] } }, truncation: 1
                ).array
            }
        }
    }
}
