import Cluster
import Storage

/// Whether fields that ought to be periodic have a seam: the mean squared difference of neighbours across the border, from
/// the last row to the first, over that of neighbours inside; and of columns likewise. 1 is no seam. The mean over channels
/// of each one's ratio.
///
/// Neighbours inside are every second pair, those an even number of pixels from the border's: a network that doubles
/// pixels makes the two of a doubled pixel more alike than the next two, everywhere, which is no seam.
///
/// Real fields that are not periodic have large ratios themselves, which stand beside.
package struct SeamRatio: FieldMetric {
    package static let name = "seam"

    package init(_ context: MetricContext) {}

    package func values(
        of generated: FieldSource, real: FieldSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        try Self.check(real, generated)
        return try Self.values(generated, communicator)
    }

    package func values(ofReal real: RealFields, communicator: any Communicator) throws -> [MetricValue] {
        try Self.values(real.all, communicator)
    }

    package func counts(ofReal real: RealFields) -> (name: String, count: Int, images: Int) {
        ("real_samples", real.all.count, real.all.count)
    }

    /// Neither a small nor a large one is good: 1 is.
    package static func lowerIsBetter(_ part: String?) -> Bool? { nil }

    private static func values(_ source: FieldSource, _ communicator: any Communicator) throws -> [MetricValue] {
        let ratios = try ratios(of: source, communicator)
        func mean(_ axis: Int) -> Double { ratios.reduce(0) { $0 + $1[axis] } / Double(ratios.count) }
        let axes = [("rows", mean(0)), ("columns", mean(1))]
        return axes.map { MetricValue(part: $0.0, label: "seam between \($0.0)", value: $0.1, decimals: 3) } + [
            MetricValue(
                part: FieldParts.average, label: "seam, \(FieldParts.average)", value: (axes[0].1 + axes[1].1) / 2,
                decimals: 3)
        ]
    }

    /// Collective. Of each channel: between rows, between columns.
    package static func ratios(of source: FieldSource, _ communicator: any Communicator) throws -> [[Double]] {
        let (height, width, channels) = (source.height, source.width, source.channels.count)
        // Of each channel and axis: across the border, inside.
        let sums = try source.joined(numbers: 4 * channels, communicator) { sample in
            var sums = [Double](repeating: 0, count: 4 * channels)
            for row in 0..<height {
                let below = row + 1 == height ? 0 : row + 1
                let isLikeBottom = (height - 1 - row) % 2 == 0
                for column in 0..<width {
                    let right = column + 1 == width ? 0 : column + 1
                    let isLikeRight = (width - 1 - column) % 2 == 0
                    for channel in 0..<channels {
                        let value = Double(sample[(row * width + column) * channels + channel])
                        let down = Double(sample[(below * width + column) * channels + channel]) - value
                        let across = Double(sample[(row * width + right) * channels + channel]) - value
                        if isLikeBottom { sums[4 * channel + (below == 0 ? 0 : 1)] += down * down }
                        if isLikeRight { sums[4 * channel + (right == 0 ? 2 : 3)] += across * across }
                    }
                }
            }
            return sums
        }
        return try (0..<channels).map { channel in
            try [(0, height), (2, width)].map { first, side in
                let inside = sums[4 * channel + first + 1] / Double((side - 1) / 2)
                guard inside > 0 else {
                    throw EvaluationError(
                        "seam: channel \(source.channels[channel].name) of the \(source.name) samples does not vary")
                }
                return sums[4 * channel + first] / inside
            }
        }
    }
}
