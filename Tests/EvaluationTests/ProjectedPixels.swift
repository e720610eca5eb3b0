import Evaluation
import NumericalTesting
import Synchronization

/// A network of one layer with fixed random weights: what features are of is of no matter to what is made of them.
///
/// Its probabilities are of the channels' kind: which of `classes` features is the largest, softly.
final class ProjectedPixels: FeatureExtractor, Sendable {
    let name: String
    let dimension: Int
    let classes: Int
    private let resolution: Int
    private let channels: Int
    private let weights: [Float]
    /// Added to the first feature of images whose first pixel is black.
    private let ofBlack: Float
    private let looked = Mutex(0)

    init(
        _ name: String = "projection", dimension: Int = 8, classes: Int = 0, resolution: Int = 4, channels: Int = 1,
        ofBlack: Float = 0
    ) {
        (self.name, self.dimension, self.classes) = (name, dimension, classes)
        (self.resolution, self.channels, self.ofBlack) = (resolution, channels, ofBlack)
        var samples = Samples(seed: 99)
        weights = samples.floats(dimension * resolution * resolution * channels, -0.05...0.05)
    }

    var title: String { "fixed projection" }
    var identity: String { "\(name)-\(dimension)-\(classes)" }
    /// Images that it looked at.
    var images: Int { looked.withLock { $0 } }

    func check(resolution: Int, channels: Int) throws {
        guard resolution == self.resolution, channels == self.channels else {
            throw thrownElsewhere(resolution, channels)
        }
    }

    struct WrongSize: Error {
        let resolution, channels: Int
    }

    private func thrownElsewhere(_ resolution: Int, _ channels: Int) -> any Error {
        WrongSize(resolution: resolution, channels: channels)
    }

    /// Without the bias of black, of one image.
    func project(_ pixels: ArraySlice<Float>) -> [Float] {
        (0..<dimension).map { feature in
            zip(pixels, weights[feature * pixels.count..<(feature + 1) * pixels.count]).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    func features(of pixels: [Float], count: Int, resolution: Int, channels: Int) throws -> ExtractedFeatures {
        try check(resolution: resolution, channels: channels)
        looked.withLock { $0 += count }
        let size = resolution * resolution * channels
        var found = ExtractedFeatures(features: [], probabilities: [])
        for image in 0..<count {
            var features = project(pixels[image * size..<(image + 1) * size])
            if pixels[image * size] == 0 { features[0] += ofBlack }
            found.features += features
            guard classes > 0 else { continue }
            let positive = features.prefix(classes).map { $0 * $0 + 1e-3 }
            let sum = positive.reduce(0, +)
            found.probabilities += positive.map { $0 / sum }
        }
        return found
    }
}
