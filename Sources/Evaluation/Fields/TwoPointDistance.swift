import Cluster
import Storage

/// Two-point statistics: S₂(r) is the probability that two points at a distance of r pixels along an axis both lie above a
/// threshold (Torquato 2002, section 2.2). Pairs lie within a sample: nothing is taken to be periodic.
package struct TwoPointStatistics {
    /// Distances that are looked at: all to 4, then two each octave, up to half the shorter side.
    package let distances: [Int]
    private let height: Int
    private let width: Int

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
        let most = min(height, width) / 2
        var distances = [0]
        var next = 1
        while next <= most {
            distances.append(next)
            next += next < 4 ? 1 : 1 << (next.bitWidth - next.leadingZeroBitCount - 2)
        }
        self.distances = distances
    }

    /// S₂ of one sample, [2, distances]: between rows, then between columns.
    package func callAsFunction(
        _ sample: UnsafeBufferPointer<Float>, channel: Int, of channels: Int, above threshold: Float
    ) -> [Double] {
        func isAbove(_ row: Int, _ column: Int) -> Bool {
            sample[(row * width + column) * channels + channel] > threshold
        }
        return of(lines: height, length: width) { isAbove($0, $1) }
            + of(lines: width, length: height) { isAbove($1, $0) }
    }

    /// Of lines of bits, 64 at once.
    private func of(lines: Int, length: Int, _ bit: (_ line: Int, _ place: Int) -> Bool) -> [Double] {
        let words = (length + 63) / 64
        var bits = [UInt64](repeating: 0, count: lines * words)
        for line in 0..<lines {
            for place in 0..<length where bit(line, place) { bits[line * words + place / 64] |= 1 << (place % 64) }
        }
        return distances.map { distance in
            var count = 0
            for index in 0..<(lines - distance) * words {
                count += (bits[index] & bits[index + distance * words]).nonzeroBitCount
            }
            return Double(count) / Double((lines - distance) * length)
        }
    }
}

/// The distance of two-point statistics above the real median: the root mean square of S₂'s difference over distances
/// along both axes, of each channel; where many values equal the median, above the threshold that halves them best. S₂
/// falls from ½ to ¼ where points far apart know nothing of each other.
package struct TwoPointDistance: FieldDistance {
    package static let name = "s2"

    package struct Found {
        /// Thresholds: of the real set.
        let medians: [Float]
        /// [C, 2, distances]
        let mean: [Double]
    }

    package let known = Remembered<Found>()

    package init(_ context: MetricContext) {}

    package func find(
        in set: FieldSource, beside real: Found?, _ communicator: any Communicator
    ) throws -> Found {
        let medians: [Float]
        if let real {
            medians = real.medians
        } else {
            let sample = try ValueSample(of: set, communicator)
            medians = set.channels.indices.map { sample.halving($0) }
        }
        return Found(medians: medians, mean: try Self.mean(set, medians, communicator))
    }

    package func distances(_ real: Found, _ generated: Found, of set: FieldSource) -> [MetricValue] {
        let points = real.mean.count / set.channels.count
        let distances = set.channels.indices.map { channel in
            let range = channel * points..<(channel + 1) * points
            let squares = range.map { (generated.mean[$0] - real.mean[$0]) * (generated.mean[$0] - real.mean[$0]) }
            return (squares.reduce(0, +) / Double(points)).squareRoot()
        }
        return FieldParts.values("S₂", set.channels, distances, decimals: 5)
    }

    /// Collective. [C, 2, distances]
    private static func mean(
        _ source: FieldSource, _ medians: [Float], _ communicator: any Communicator
    ) throws -> [Double] {
        let statistics = TwoPointStatistics(height: source.height, width: source.width)
        let channels = medians.count
        let sums = try source.joined(numbers: channels * 2 * statistics.distances.count, communicator) { sample in
            medians.enumerated().flatMap { statistics(sample, channel: $0, of: channels, above: $1) }
        }
        return sums.map { $0 / Double(source.count) }
    }
}
