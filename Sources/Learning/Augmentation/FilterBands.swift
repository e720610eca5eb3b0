import Glibc

/// Filters that amplify one or more of four bands of frequencies of an image (arXiv 2006.06676, appendix B): octaves,
/// told apart by the wavelet sym2.
enum FilterBands {
    static let count = 4
    /// Of log₂ of a band's amplification.
    private static let deviation: Float = 1
    /// The power that images have in each: as 1/f.
    private static let power = [10.0, 1, 1, 1].map { $0 / 13 }

    /// Taps of the filter of each sample, along both axes; nil where there is none.
    ///
    /// - Parameter probability: of each band that it is amplified.
    static func drawn(_ probability: Float, _ draws: AugmentationDraws) -> [[Float]?] {
        guard probability > 0 else { return [[Float]?](repeating: nil, count: draws.count) }
        var gains = [[Double]?](repeating: nil, count: draws.count)
        for band in 0..<count {
            let slot = AugmentationSlot.filter.rawValue + band
            let (uniforms, normals) = (draws.uniforms(slot), draws.normals(slot))
            for i in 0..<draws.count where uniforms[i] < probability {
                let gain = exp2(Double(normals[i] * deviation))
                // The image as a whole keeps its power.
                let total = (1 + power[band] * (gain * gain - 1)).squareRoot()
                gains[i] = (gains[i] ?? [Double](repeating: 1, count: count)).enumerated().map { place, earlier in
                    earlier * (place == band ? gain : 1) / total
                }
            }
        }
        return gains.map { $0.map(taps) }
    }

    /// Of the filter that amplifies the bands so; symmetric.
    static func taps(_ gains: [Double]) -> [Float] {
        bands[0].indices.map { tap in
            Float((0..<count).reduce(0) { $0 + gains[$1] * bands[$1][tap] })
        }
    }

    /// The filters of the bands, from the lowest on, 43 taps each; their sum lets everything pass.
    static let bands: [[Double]] = {
        let low: [Double] = [-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025]
        let high = low.enumerated().map { $0 % 2 == 0 ? $1 : -$1 }
        let lowPower = convolved(low, Array(low.reversed())).map { $0 / 2 }
        let highPower = convolved(high, Array(high.reversed())).map { $0 / 2 }
        var bank = (0..<count).map { [$0 == 0 ? 1.0 : 0] }
        for band in 1..<count {
            bank = bank.map { filter in
                let spread: [Double] = filter.flatMap { (tap: Double) -> [Double] in [tap, 0] }.dropLast()
                return convolved(spread, lowPower)
            }
            let start = (bank[band].count - highPower.count) / 2
            for (tap, value) in highPower.enumerated() { bank[band][start + tap] += value }
        }
        return bank
    }()

    private static func convolved(_ a: [Double], _ b: [Double]) -> [Double] {
        var sum = [Double](repeating: 0, count: a.count + b.count - 1)
        for (i, x) in a.enumerated() {
            for (j, y) in b.enumerated() { sum[i + j] += x * y }
        }
        return sum
    }
}
