import Foundation
import Storage

/// Radially averaged power spectra of fields of one size.
///
/// A mode with a and b waves along height and width has k = L·√((a/H)² + (b/W)²), L the longer side: so k counts waves on
/// the longer side, of rectangles too. Shell k has the modes nearest to it, from 1 to L/2; the modes in the corners beyond
/// have none. The power of a mode is |X|²/(H·W), X the plain sum: its mean over all modes is the field's mean square, and
/// white noise of variance σ² has σ² everywhere.
package struct PowerSpectrum {
    package let height: Int
    package let width: Int
    /// Shells 1…L/2.
    package let shells: Int
    private let rows: FourierTransform
    private let columns: FourierTransform
    /// Of a mode at [0…W/2, H]; −1 for none.
    private let shell: [Int]
    /// Modes of each shell, all of the full plane.
    private let modes: [Double]

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
        rows = FourierTransform(width)
        columns = FourierTransform(height)
        let longer = Double(max(height, width))
        shells = max(height, width) / 2
        var shell: [Int] = []
        var modes = [Double](repeating: 0, count: shells)
        for b in 0...width / 2 {
            for a in 0..<height {
                let waves = Double(min(a, height - a))
                let (y, x) = (waves / Double(height), Double(b) / Double(width))
                let k = Int((longer * (y * y + x * x).squareRoot()).rounded())
                let isIn = (1...max(1, shells)).contains(k) && shells > 0
                shell.append(isIn ? k - 1 : -1)
                if isIn { modes[k - 1] += Self.weight(b, width: width) }
            }
        }
        self.shell = shell
        self.modes = modes
    }

    /// Half of the modes are the conjugates of the others.
    private static func weight(_ b: Int, width: Int) -> Double { b == 0 || 2 * b == width ? 1 : 2 }

    /// The mean power of each shell; exactly zero of a sample whose values are all equal, of which the transform's rounding
    /// would leave some.
    ///
    /// - Parameters:
    ///   - sample: [H, W, C]
    ///   - channel: of C.
    package func callAsFunction(_ sample: UnsafeBufferPointer<Float>, channel: Int, of channels: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: shells)
        let first = sample[channel]
        guard (0..<height * width).contains(where: { sample[$0 * channels + channel] != first }) else { return sums }
        let power = power(sample, channel: channel, of: channels)
        for b in 0...width / 2 {
            let weight = Self.weight(b, width: width)
            for place in b * height..<(b + 1) * height where shell[place] >= 0 {
                sums[shell[place]] += weight * power[place]
            }
        }
        for index in sums.indices where modes[index] > 0 { sums[index] /= modes[index] }
        return sums
    }

    /// Of each mode: [0…W/2, H].
    package func power(_ sample: UnsafeBufferPointer<Float>, channel: Int, of channels: Int) -> [Double] {
        let half = width / 2 + 1
        var re = [Double](repeating: 0, count: half * height)
        var im = re
        var real = [Double](repeating: 0, count: width)
        var imaginary = real
        // Two rows of real numbers go as one of complex ones.
        for row in stride(from: 0, to: height, by: 2) {
            let isPair = row + 1 < height
            for column in 0..<width {
                real[column] = Double(sample[(row * width + column) * channels + channel])
                imaginary[column] =
                    isPair ? Double(sample[((row + 1) * width + column) * channels + channel]) : 0
            }
            rows(&real, &imaginary)
            for b in 0..<half {
                let mirror = b == 0 ? 0 : width - b
                re[b * height + row] = (real[b] + real[mirror]) / 2
                im[b * height + row] = (imaginary[b] - imaginary[mirror]) / 2
                guard isPair else { continue }
                re[b * height + row + 1] = (imaginary[b] + imaginary[mirror]) / 2
                im[b * height + row + 1] = (real[mirror] - real[b]) / 2
            }
        }
        var power = [Double](repeating: 0, count: half * height)
        let pixels = Double(height * width)
        for b in 0..<half {
            var (real, imaginary) = (
                Array(re[b * height..<(b + 1) * height]), Array(im[b * height..<(b + 1) * height])
            )
            columns(&real, &imaginary)
            for a in 0..<height {
                power[b * height + a] = (real[a] * real[a] + imaginary[a] * imaginary[a]) / pixels
            }
        }
        return power
    }
}
