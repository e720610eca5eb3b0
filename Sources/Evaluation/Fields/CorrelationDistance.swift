import Cluster
import Storage

extension FieldSource {
    /// Collective. Pearson's correlation of each two channels at one place, over all places of all samples: [C, C].
    ///
    /// - Throws: ``EvaluationError`` where a channel does not vary.
    package func correlations(_ communicator: any Communicator) throws -> [Double] {
        let (channels, pixels) = (channels.count, pixels)
        // Count, means, Σ (x − μ)(y − ν) of each two: joined without loss of digits (Pébay 2008, equations 3.12).
        let numbers = 1 + channels + channels * channels
        let sums = try joined(
            numbers: numbers, communicator, join: { Self.join(&$0, $1, channels: channels) }
        ) { sample in
            var sums = [Double](repeating: 0, count: numbers)
            sums[0] = Double(pixels)
            for pixel in 0..<pixels {
                for channel in 0..<channels { sums[1 + channel] += Double(sample[pixel * channels + channel]) }
            }
            for channel in 0..<channels { sums[1 + channel] /= Double(pixels) }
            var differences = [Double](repeating: 0, count: channels)
            for pixel in 0..<pixels {
                for channel in 0..<channels {
                    differences[channel] = Double(sample[pixel * channels + channel]) - sums[1 + channel]
                }
                for first in 0..<channels {
                    let place = 1 + channels + first * channels
                    for second in first..<channels { sums[place + second] += differences[first] * differences[second] }
                }
            }
            return sums
        }
        let variances = (0..<channels).map { sums[1 + channels + $0 * channels + $0] }
        if let constant = variances.firstIndex(where: { !($0 > 0) }) {
            throw EvaluationError(
                "correlation: channel \(self.channels[constant].name) of the \(name) samples does not vary")
        }
        return (0..<channels * channels).map { place in
            let (first, second) = (min(place / channels, place % channels), max(place / channels, place % channels))
            return sums[1 + channels + first * channels + second]
                / (variances[first].squareRoot() * variances[second].squareRoot())
        }
    }

    private static func join(_ a: inout [Double], _ b: [Double], channels: Int) {
        let (na, nb) = (a[0], b[0])
        let n = na + nb
        guard n > 0 else { return }
        let differences = (0..<channels).map { b[1 + $0] - a[1 + $0] }
        for first in 0..<channels {
            for second in first..<channels {
                let place = 1 + channels + first * channels + second
                a[place] += b[place] + differences[first] * differences[second] * na * nb / n
            }
        }
        for channel in 0..<channels { a[1 + channel] += differences[channel] * nb / n }
        a[0] = n
    }
}

/// The distance of the correlations between channels: the root mean square of their differences over all pairs of
/// channels.
package struct CorrelationDistance: FieldDistance {
    package static let name = "correlation"

    package let known = Remembered<[Double]>()

    package init(_ context: MetricContext) {}

    package static func problem(height: Int, width: Int, channels: Int) -> String? {
        channels < 2 ? "the correlation between channels is not defined for samples of one channel" : nil
    }

    package func find(
        in set: FieldSource, beside real: [Double]?, _ communicator: any Communicator
    ) throws -> [Double] {
        try set.correlations(communicator)
    }

    package func distances(_ real: [Double], _ generated: [Double], of set: FieldSource) -> [MetricValue] {
        // Both triangles are alike, and the diagonal is 1.
        let pairs = Double(real.count - set.channels.count)
        let squares = zip(real, generated).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return [MetricValue(label: "correlation of channels", value: (squares / pairs).squareRoot(), decimals: 4)]
    }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { (name, $0.value, $0.decimals) }
    }
}
