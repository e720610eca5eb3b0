import Foundation
import Kernels

/// ADA's geometric transform of one image of one channel, step by step in Double: padded, upsampled, sampled, downsampled.
struct AffineReference {
    typealias Inverse = (xx: Float, xy: Float, x: Float, yx: Float, yy: Float, y: Float)

    let height: Int
    let width: Int
    let inverse: Inverse
    let upsampling: AffineGeometry.Upsampling
    /// More than the map needs.
    var widened = false

    private static let filter: [Double] = {
        let sym6 = [
            0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633, 0.4910559419267466,
            0.787641141030194, 0.3379294217276218, -0.07263752278646252, -0.021060292512300564, 0.04472490177066578,
            0.0017677118642428036, -0.007800708325034148,
        ]
        return sym6.map { $0 / 2.0.squareRoot() }
    }()

    /// One axis, from the image to the upsampled one with margins.
    private struct Axis {
        let before: Int
        let padded: Int
        /// Weights of the image's pixels, for each upsampled one.
        let rows: [[Double]]

        init(size: Int, before: Int, after: Int, upsampling: AffineGeometry.Upsampling) {
            self.before = before
            padded = before + size + after
            var sources: [Int] = []
            for i in 0..<padded {
                let k = abs(i - before)
                sources.append(k < size ? k : 2 * (size - 1) - k)
            }
            var rows: [[Double]] = []
            for k in 0..<2 * padded {
                var row = [Double](repeating: 0, count: size)
                switch upsampling {
                case .wavelet:
                    // Zeros between pixels, six before and five behind, the filter reversed, gain 2.
                    for t in 0..<12 {
                        let place = k + t - 6
                        guard place >= 0, place < 2 * padded, place % 2 == 0 else { continue }
                        row[sources[place / 2]] += 2 * AffineReference.filter[11 - t]
                    }
                case .bilinear:
                    let place = max(0, (Double(k) + 0.5) / 2 - 0.5)
                    let lower = Int(place)
                    row[sources[lower]] += 1 - (place - Double(lower))
                    row[sources[min(padded - 1, lower + 1)]] += place - Double(lower)
                }
                rows.append(row)
            }
            self.rows = rows
        }
    }

    private func margins() -> (left: Int, top: Int, right: Int, bottom: Int) {
        let (cx, cy) = (Double(width - 1) / 2, Double(height - 1) / 2)
        if widened { return (width - 1, height - 1, width - 1, height - 1) }
        var (left, top, right, bottom) = (-Double.infinity, -Double.infinity, -Double.infinity, -Double.infinity)
        for (x, y) in [(-cx, -cy), (cx, -cy), (cx, cy), (-cx, cy)] {
            let px = Double(inverse.xx) * x + Double(inverse.xy) * y + Double(inverse.x)
            let py = Double(inverse.yx) * x + Double(inverse.yy) * y + Double(inverse.y)
            (left, right) = (max(left, -px), max(right, px))
            (top, bottom) = (max(top, -py), max(bottom, py))
        }
        func margin(_ reach: Double, _ middle: Double, _ size: Int) -> Int {
            Int(min(max(reach + 6 - middle, 0), Double(size - 1)).rounded(.up))
        }
        return (margin(left, cx, width), margin(top, cy, height), margin(right, cx, width), margin(bottom, cy, height))
    }

    func callAsFunction(_ x: [Double]) -> [Double] {
        let margin = margins()
        let columns = Axis(size: width, before: margin.left, after: margin.right, upsampling: upsampling)
        let rows = Axis(size: height, before: margin.top, after: margin.bottom, upsampling: upsampling)
        let (upHeight, upWidth) = (rows.rows.count, columns.rows.count)
        var across = [[Double]](repeating: [], count: height)
        for i in 0..<height {
            across[i] = columns.rows.map { weights in
                (0..<width).reduce(0.0) { $0 + weights[$1] * x[i * width + $1] }
            }
        }
        let large = rows.rows.map { weights in
            (0..<upWidth).map { k in (0..<height).reduce(0.0) { $0 + weights[$1] * across[$1][k] } }
        }
        func pixel(_ i: Int, _ j: Int) -> Double {
            i >= 0 && i < upHeight && j >= 0 && j < upWidth ? large[i][j] : 0
        }
        // Of a result three pixels larger on each side, at twice its resolution.
        let (outHeight, outWidth) = (2 * (height + 6), 2 * (width + 6))
        let middle = (x: Double(margin.left - margin.right) / 2, y: Double(margin.top - margin.bottom) / 2)
        var sampled = [[Double]](repeating: [Double](repeating: 0, count: outWidth), count: outHeight)
        for i in 0..<outHeight {
            for j in 0..<outWidth {
                // Pixels of the image, from its middle.
                let u = (Double(j) + 0.5 - Double(outWidth) / 2 + 0.5) / 2
                let v = (Double(i) + 0.5 - Double(outHeight) / 2 + 0.5) / 2
                let px = Double(inverse.xx) * u + Double(inverse.xy) * v + Double(inverse.x) + middle.x
                let py = Double(inverse.yx) * u + Double(inverse.yy) * v + Double(inverse.y) + middle.y
                let column = 2 * px - 0.5 + Double(upWidth) / 2 - 0.5
                let row = 2 * py - 0.5 + Double(upHeight) / 2 - 0.5
                let (left, top) = (column.rounded(.down), row.rounded(.down))
                let (a, b) = (column - left, row - top)
                let (k, l) = (Int(left), Int(top))
                let above = (1 - a) * pixel(l, k) + a * pixel(l, k + 1)
                let below = (1 - a) * pixel(l + 1, k) + a * pixel(l + 1, k + 1)
                sampled[i][j] = (1 - b) * above + b * below
            }
        }
        var result: [Double] = []
        for i in 0..<height {
            for j in 0..<width {
                var sum = 0.0
                for s in 0..<12 {
                    for t in 0..<12 {
                        sum += Self.filter[s] * Self.filter[t] * sampled[2 * i + s + 1][2 * j + t + 1]
                    }
                }
                result.append(sum)
            }
        }
        return result
    }

    /// Of images H×W×C.
    func callAsFunction(_ x: [Float], channels: Int) -> [Double] {
        var result = [Double](repeating: 0, count: x.count)
        for channel in 0..<channels {
            let plane = self((0..<height * width).map { Double(x[$0 * channels + channel]) })
            for (index, value) in plane.enumerated() { result[index * channels + channel] = value }
        }
        return result
    }
}
