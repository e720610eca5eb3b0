import Foundation

/// Structural similarity of two images (Wang et al. 2004), as the TensorFlow models' `msssim` computes it for one scale.
struct StructuralSimilarity {
    /// The largest value of a pixel.
    private static let range = 255.0
    private static let luminanceTerm = (0.01 * range) * (0.01 * range)
    private static let contrastTerm = (0.03 * range) * (0.03 * range)
    private static let fullWindow = 11
    private static let fullDeviation = 1.5

    private let side: Int
    private let channels: Int
    /// A Gaussian that sums to 1, along either axis. On images that are smaller than it, it is as large as they are, and
    /// narrower in proportion.
    private let window: [Double]

    init(side: Int, channels: Int) {
        self.side = side
        self.channels = channels
        let size = min(Self.fullWindow, side)
        let deviation = Double(size) * Self.fullDeviation / Double(Self.fullWindow)
        let weights = (0..<size).map { tap in
            let distance = Double(tap) - Double(size - 1) / 2
            return exp(-distance * distance / (2 * deviation * deviation))
        }
        let sum = weights.reduce(0, +)
        window = weights.map { $0 / sum }
    }

    /// Means over the pixels that the window reaches without leaving the image, and over the channels.
    ///
    /// - Parameters:
    ///   - a: side×side×C
    ///   - b: side×side×C
    /// - Returns: the similarity, and its part that is about contrast and structure alone.
    func callAsFunction(_ a: [Double], _ b: [Double]) -> (similarity: Double, contrast: Double) {
        let (meanA, meanB) = (windowed(a), windowed(b))
        let squareA = windowed(zip(a, a).map { $0 * $1 })
        let squareB = windowed(zip(b, b).map { $0 * $1 })
        let product = windowed(zip(a, b).map { $0 * $1 })
        var (similarity, contrast) = (0.0, 0.0)
        for i in meanA.indices {
            let (aa, bb, ab) = (meanA[i] * meanA[i], meanB[i] * meanB[i], meanA[i] * meanB[i])
            let covariance = 2 * (product[i] - ab) + Self.contrastTerm
            let variances = (squareA[i] - aa) + (squareB[i] - bb) + Self.contrastTerm
            let ratio = covariance / variances
            contrast += ratio
            similarity += (2 * ab + Self.luminanceTerm) / (aa + bb + Self.luminanceTerm) * ratio
        }
        return (similarity / Double(meanA.count), contrast / Double(meanA.count))
    }

    /// The window's weighted means, only where it fits: side×side×C to v×v×C, v = side − window + 1.
    private func windowed(_ x: [Double]) -> [Double] {
        let valid = side - window.count + 1
        let row = valid * channels
        var rows = [Double](repeating: 0, count: side * row)
        for y in 0..<side {
            add(x, from: y * side * channels, step: channels, to: &rows, at: y * row, count: row)
        }
        var means = [Double](repeating: 0, count: valid * row)
        add(rows, from: 0, step: row, to: &means, at: 0, count: valid * row)
        return means
    }

    /// out[at + k] += Σ over taps of window[tap] · x[from + tap·step + k]
    private func add(
        _ x: [Double], from: Int, step: Int, to out: inout [Double], at: Int, count: Int
    ) {
        for (tap, weight) in window.enumerated() {
            let start = from + tap * step
            for k in 0..<count { out[at + k] += weight * x[start + k] }
        }
    }
}
