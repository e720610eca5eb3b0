import Evaluation
import NumericalTesting

/// Images that are pure functions of their numbers: a blurred pattern that varies from image to image, with noise.
struct TestImages: Sendable {
    var count: Int
    var resolution: Int
    var channels = 3
    var seed: UInt64 = 1
    /// Amplitude of the noise, in grey values.
    var noise: Float = 0

    func image(_ number: Int) -> [UInt8] {
        var samples = Samples(seed: seed &* 1_000_003 &+ UInt64(number))
        let waves = samples.floats(4 * channels, 0.05...0.4)
        var noises = Samples(seed: seed &* 77 &+ UInt64(number))
        let amplitudes = noises.floats(resolution * resolution * channels)
        var pixels: [UInt8] = []
        for y in 0..<resolution {
            for x in 0..<resolution {
                for c in 0..<channels {
                    // A triangle wave needs no mathematics library.
                    let phase = waves[4 * c] * Float(x) + waves[4 * c + 1] * Float(y) + 10 * waves[4 * c + 2]
                    let wave = abs(phase - 2 * (phase / 2).rounded())
                    let value = 40 + 150 * wave + 100 * waves[4 * c + 3] + noise * amplitudes[pixels.count]
                    pixels.append(UInt8(max(0, min(255, value))))
                }
            }
        }
        return pixels
    }

    func source(_ name: String = "test", order: [Int]? = nil) -> ImageSource {
        ImageSource(name: name, count: count, resolution: resolution, channels: channels) { numbers in
            numbers.flatMap { image(order?[$0] ?? $0) }
        }
    }
}

/// Both sets, and all images, with the same patches.
struct EqualDraws: PatchDraws {
    /// The image whose draws all have; nil for each its own.
    var image: Int?

    func centers(_ set: ComparedSet, image: Int, level: Int) -> [(x: Int, y: Int)] {
        CounterDraws(seed: 5).centers(.real, image: self.image ?? image, level: level)
    }

    func directions(level: Int, channels: Int) -> [Float] {
        CounterDraws(seed: 5).directions(level: level, channels: channels)
    }
}
