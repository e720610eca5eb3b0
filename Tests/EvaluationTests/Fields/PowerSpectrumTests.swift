import Cluster
import Evaluation
import Foundation
import Testing

@Suite struct PowerSpectrumTests {
    private func spectrum(_ fields: TestFields, sample: Int = 0) -> [Double] {
        let spectrum = PowerSpectrum(height: fields.height, width: fields.width)
        return fields.values[sample].withUnsafeBufferPointer { spectrum($0, channel: 0, of: fields.channels.count) }
    }

    /// Sizes of small factors, with a large prime one, odd ones, and rectangles.
    static let sizes = [[8, 8], [12, 20], [7, 9], [64, 48], [37, 74], [4, 6], [1, 16], [30, 34]]

    @Test(arguments: sizes) func allModesTogetherAreTheMeanSquare(size: [Int]) {
        let fields = TestFields.noise(count: 1, height: size[0], width: size[1], channels: ["a", "b"])
        let spectrum = PowerSpectrum(height: size[0], width: size[1])
        for channel in 0..<2 {
            let power = fields.values[0].withUnsafeBufferPointer { spectrum.power($0, channel: channel, of: 2) }
            // Those between the first column of modes and the middle one stand for their conjugates too.
            let sum = power.enumerated().reduce(0.0) { sum, mode in
                let b = mode.offset / size[0]
                return sum + (b == 0 || 2 * b == size[1] ? 1 : 2) * mode.element
            }
            let total = sum / Double(size[0] * size[1])
            let squares = stride(from: channel, to: fields.values[0].count, by: 2).map { place in
                Double(fields.values[0][place]) * Double(fields.values[0][place])
            }
            let mean = squares.reduce(0, +) / Double(squares.count)
            #expect(abs(total - mean) < 1e-12 * mean, "\(size), channel \(channel)")
        }
    }

    /// cos(2π·k·x/W) of amplitude a: a quarter of a² in each of two modes.
    @Test(arguments: sizes) func aWaveIsInItsShell(size: [Int]) {
        let (height, width) = (size[0], size[1])
        for waves in 1..<max(2, width / 2) {
            let fields = TestFields(count: 1, height: height, width: width) { _, _, column, _ in
                3 * cos(2 * Double.pi * Double(waves * column) / Double(width))
            }
            let found = spectrum(fields)
            // k counts waves on the longer side.
            let k = Int((Double(waves) * Double(max(height, width)) / Double(width)).rounded())
            guard k <= found.count else { continue }
            let rest = found.enumerated().filter { $0.offset != k - 1 }.map(\.element).max() ?? 0
            #expect(found[k - 1] > 1e6 * rest, "\(size), \(waves) waves")
        }
    }

    @Test func theShellsMeanIsOverItsModes() {
        // Of shell 1 of a square there are (±1, 0), (0, ±1) and the four (±1, ±1), as √2 rounds to 1.
        let fields = TestFields(count: 1, height: 16, width: 16) { _, row, _, _ in
            2 * cos(2 * Double.pi * Double(row) / 16)
        }
        let found = spectrum(fields)
        // |X|² is (N·a/2)² for either mode, so the power is N·a²/4 = 256.
        #expect(abs(found[0] - 2 * 256.0 / 8) < 1e-4)
        #expect(found.count == 8)
    }

    @Test func rectanglesCountWavesOnTheLongerSide() {
        let fields = TestFields(count: 1, height: 16, width: 32) { _, row, _, _ in
            cos(2 * Double.pi * Double(3 * row) / 16)
        }
        let found = spectrum(fields)
        #expect(found.count == 16)
        #expect(found.indices.max { found[$0] < found[$1] } == 5, "three waves on half the length are six")
    }

    @Test(arguments: [[32, 32], [24, 40]]) func whiteNoiseIsFlat(size: [Int]) throws {
        let fields = TestFields.noise(count: 200, height: size[0], width: size[1])
        let bands = try fields.source().spectra(LoopbackCommunicator())
        for (k, power) in bands.channels[0].mean.enumerated() {
            #expect(abs(power - 1) < 0.15, "shell \(k + 1) of \(size)")
        }
        // A mode's power has the deviation of its mean; that of a shell is smaller, the more modes there are.
        let deviations = bands.channels[0].deviation
        #expect(deviations[0] > 3 * deviations[deviations.count - 1])
        #expect(deviations.allSatisfy { $0 > 0 })
    }

    /// By the definition, a sum over all pixels.
    @Test(arguments: [[6, 10], [11, 4], [37, 3]]) func theTransformIsThatOfTheDefinition(size: [Int]) {
        let (height, width) = (size[0], size[1])
        let fields = TestFields.noise(count: 1, height: height, width: width)
        let shells = max(height, width) / 2
        var sums = [Double](repeating: 0, count: shells)
        var modes = sums
        for a in 0..<height {
            for b in 0..<width {
                var (re, im) = (0.0, 0.0)
                for row in 0..<height {
                    for column in 0..<width {
                        let value = Double(fields.values[0][row * width + column])
                        let angle =
                            2 * Double.pi * (Double(a * row) / Double(height) + Double(b * column) / Double(width))
                        re += value * cos(angle)
                        im -= value * sin(angle)
                    }
                }
                let y = Double(min(a, height - a)) / Double(height)
                let x = Double(min(b, width - b)) / Double(width)
                let k = Int((Double(max(height, width)) * (x * x + y * y).squareRoot()).rounded())
                guard k >= 1, k <= shells else { continue }
                sums[k - 1] += (re * re + im * im) / Double(height * width)
                modes[k - 1] += 1
            }
        }
        let found = spectrum(fields)
        for k in 0..<shells {
            let expected = sums[k] / modes[k]
            #expect(abs(found[k] - expected) < 1e-10 * max(1, expected), "shell \(k + 1) of \(size)")
        }
    }
}
