import Autodiff
import Foundation
import NumericalTesting
import Storage
import TestSupport
import Testing

/// Operations against what the authors' code computed, with matrices and taps made here.
@Suite struct ImageTransformGoldenTests {
    /// A file, and the percentile at which it has all draws.
    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let percentile: Double
        let key: String
        var testDescription: String { "\(percentile) \(key)" }

        /// The standard normal distribution's, by bisection.
        var normal: Double {
            var (low, high) = (-10.0, 10.0)
            for _ in 0..<100 {
                let middle = (low + high) / 2
                if 0.5 * erfc(-middle / 2.0.squareRoot()) < percentile { low = middle } else { high = middle }
            }
            return low / 2.0.squareRoot()
        }

        func map(_ name: String, size: Double) -> InverseAffine {
            func affine(_ xx: Double, _ xy: Double, _ yx: Double, _ yy: Double, move: Double = 0) -> InverseAffine {
                InverseAffine(
                    xx: Float(xx), xy: Float(xy), x: Float(move), yx: Float(yx), yy: Float(yy), y: Float(move))
            }
            func turned(_ angle: Double) -> InverseAffine { affine(cos(angle), -sin(angle), sin(angle), cos(angle)) }
            switch name {
            case "xflip": return affine(1 - 2 * floor(2 * percentile), 0, 0, 1)
            case "rotate90": return turned(Double.pi / 2 * floor(4 * percentile))
            case "xint":
                return affine(1, 0, 0, 1, move: -((2 * percentile - 1) * 0.125 * size).rounded(.toNearestOrEven))
            case "scale": return affine(exp2(-normal * 0.2), 0, 0, exp2(-normal * 0.2))
            case "rotate": return turned((2 * percentile - 1) * Double.pi)
            case "aniso": return affine(exp2(-normal * 0.2), 0, 0, exp2(normal * 0.2))
            default: return affine(1, 0, 0, 1, move: -normal * 0.125 * size)
            }
        }
    }

    static let cases: [Case] = GoldenFolder.files(prefix: "ada_").flatMap { path in
        [0.2, 0.7].flatMap { percentile in
            ["image", "features/8", "features/16"].map { Case(path: path, percentile: percentile, key: $0) }
        }
    }

    /// NHWC from the file's NCHW.
    private static func tensor(_ file: HDF5File, _ path: String) throws -> Tensor {
        let (shape, values) = try file.floats(path)
        let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
        var turned = [Float](repeating: 0, count: values.count)
        for (index, value) in values.enumerated() {
            let (sample, channel, place) = (index / (c * h * w), index / (h * w) % c, index % (h * w))
            turned[(sample * h * w + place) * c + channel] = value
        }
        return Tensor(turned, shape: [n, h, w, c])
    }

    @Test("There is a file") func found() { #expect(Self.cases.count >= 6) }

    @Test("Geometry of images and of feature maps", arguments: cases)
    func geometry(_ test: Case) throws {
        let file = try HDF5File(reading: test.path)
        let x = try Self.tensor(file, "input/\(test.key)")
        for name in ["xflip", "rotate90", "xint", "scale", "rotate", "aniso", "xfrac"] {
            let expected = try Self.tensor(file, "\(name)/\(test.percentile)/\(test.key)")
            let map = test.map(name, size: Double(x.shape[2]))
            let found = x.resampled(
                by: [map, map], upsampling: test.key == "image" ? .wavelet : .bilinear)
            #expect(relativeError(found.array, expected.array) < 1e-5, "\(name)")
        }
    }

    @Test("The filter along both axes", arguments: cases)
    func filter(_ test: Case) throws {
        guard test.key == "image" else { return }
        let file = try HDF5File(reading: test.path)
        let x = try Self.tensor(file, "input/image")
        let expected = try Self.tensor(file, "imgfilter/\(test.percentile)/image")
        // Gains of four bands, each normalised by the power that is expected of an image.
        let (power, gain) = ([10.0 / 13, 1.0 / 13, 1.0 / 13, 1.0 / 13], exp2(test.normal))
        var gains = [1.0, 1, 1, 1]
        for band in 0..<4 {
            let total = (0..<4).reduce(0.0) { $0 + power[$1] * ($1 == band ? gain * gain : 1) }
            for other in 0..<4 { gains[other] *= (other == band ? gain : 1) / total.squareRoot() }
        }
        let taps = zip(gains, Self.bands).reduce([Double](repeating: 0, count: 43)) { sum, band in
            zip(sum, band.1).map { $0 + band.0 * $1 }
        }
        let filter = taps.map { Float($0) }
        #expect(relativeError(x.filtered(by: [filter, filter]).array, expected.array) < 1e-5)
    }

    /// Of 43 taps each, from sym2: the bands' filters add up to one.
    private static let bands: [[Double]] = {
        let low = [-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025]
        let high = low.enumerated().map { $0.offset % 2 == 0 ? $0.element : -$0.element }
        func convolved(_ a: [Double], _ b: [Double]) -> [Double] {
            var out = [Double](repeating: 0, count: a.count + b.count - 1)
            for (i, x) in a.enumerated() { for (j, y) in b.enumerated() { out[i + j] += x * y } }
            return out
        }
        let lowPower = convolved(low, low.reversed()).map { $0 / 2 }
        let highPower = convolved(high, high.reversed()).map { $0 / 2 }
        var bands: [[Double]] = [[1], [0], [0], [0]]
        for index in 1..<4 {
            bands = bands.map { band in
                convolved(Array(band.flatMap { [$0, 0] }.dropLast()), lowPower)
            }
            let start = (bands[index].count - highPower.count) / 2
            for (offset, value) in highPower.enumerated() { bands[index][start + offset] += value }
        }
        return bands
    }()
}
