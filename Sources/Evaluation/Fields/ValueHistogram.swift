import Cluster
import Storage

/// Some values of each channel of a set, in ascending order: of every sample as many, at even distances; of sets of more
/// samples than ``most`` one of every few samples.
package struct ValueSample {
    /// Of each channel.
    package let values: [[Float]]

    /// That are looked at of a channel, nearly.
    static let most = 1 << 16

    /// Collective.
    package init(of source: FieldSource, _ communicator: any Communicator) throws {
        let (pixels, channels) = (source.pixels, source.channels.count)
        let each = min(pixels, max(1, Self.most / max(1, source.count)))
        // What all ranks gather does not grow with the set.
        let every = max(1, (source.count + Self.most - 1) / Self.most)
        var own: [Double] = []
        try source.forEachPart(communicator) { places, values in
            for (index, place) in places.enumerated() where place % every == 0 {
                for number in 0..<each {
                    // Another place in each sample that is looked at: columns may differ.
                    let pixel = (number * pixels / each + place / every) % pixels
                    let first = index * source.size + pixel * channels
                    own += values[first..<first + channels].map(Double.init)
                }
            }
        }
        let all = try communicator.allGather(own).flatMap { $0 }
        values = (0..<channels).map { channel in
            stride(from: channel, to: all.count, by: channels).map { Float(all[$0]) }.sorted()
        }
    }

    /// The value below which a share of them lies.
    package func quantile(_ share: Double, channel: Int) -> Float {
        let all = values[channel]
        return all[min(all.count - 1, max(0, Int(share * Double(all.count))))]
    }

    /// The number above which half of the values lie, as nearly as many equal ones allow: the median, or what is next
    /// below it.
    package func halving(_ channel: Int) -> Float {
        let all = values[channel]
        let median = quantile(0.5, channel: channel)
        let above = all.count - (all.firstIndex { $0 > median } ?? all.count)
        let notBelow = all.count - (all.firstIndex { $0 >= median } ?? all.count)
        return abs(2 * above - all.count) <= abs(2 * notBelow - all.count) ? median : median.nextDown
    }
}

/// Bounds of bins of values, of each channel: bin i has the values from bound i − 1 on, up to bound i; the first and the
/// last have no end.
public struct ValueBins: Sendable, Equatable {
    /// Ascending, of each channel.
    public let bounds: [[Float]]

    public init(bounds: [[Float]]) { self.bounds = bounds }

    /// Bins that hold about as many of these values each; fewer where many values are equal.
    package init(quantilesOf sample: ValueSample, count: Int) {
        bounds = sample.values.indices.map { channel in
            var bounds: [Float] = []
            for index in 1..<count {
                let bound = sample.quantile(Double(index) / Double(count), channel: channel)
                if bounds.last.map({ $0 < bound }) ?? true { bounds.append(bound) }
            }
            return bounds
        }
    }

    /// Bins of one width in what networks see of a channel, over all but a thousandth of the values at either end.
    package init(evenFor sample: ValueSample, channels: [SampleFormat.Channel], count: Int) {
        bounds = channels.enumerated().map { index, channel in
            let ends = [0.001, 0.999].map { Double(channel.transform.normalized(sample.quantile($0, channel: index))) }
            var bounds: [Float] = []
            for place in 0...count {
                let share = Double(place) / Double(count)
                let bound = channel.transform.physical(Float(ends[0] + (ends[1] - ends[0]) * share)).value
                if bounds.last.map({ $0 < bound }) ?? true { bounds.append(bound) }
            }
            return bounds
        }
    }

    /// Bins of a channel.
    public func count(_ channel: Int) -> Int { bounds[channel].count + 1 }

    /// How many bounds are not above a value.
    func bin(of value: Float, channel: Int) -> Int {
        bounds[channel].withUnsafeBufferPointer { bounds in
            var (low, high) = (0, bounds.count)
            while low < high {
                let middle = (low + high) / 2
                if bounds[middle] <= value { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}

extension FieldSource {
    /// Collective. The shares of a sample's values in bins; points are the bins, those of channels with fewer bins than
    /// others have zeros at the end.
    public func histograms(_ bins: ValueBins, _ communicator: any Communicator) throws -> FieldBands {
        let (channels, pixels) = (channels.count, pixels)
        let points = (0..<channels).map { bins.count($0) }.max() ?? 0
        let sums = try joined(numbers: 2 * channels * points, communicator) { sample in
            var numbers = [Double](repeating: 0, count: 2 * channels * points)
            for pixel in 0..<pixels {
                for channel in 0..<channels {
                    let bin = bins.bin(of: sample[pixel * channels + channel], channel: channel)
                    numbers[2 * channel * points + bin] += 1
                }
            }
            for channel in 0..<channels {
                for first in 2 * channel * points..<(2 * channel + 1) * points {
                    numbers[first + points] = numbers[first] * numbers[first]
                }
            }
            return numbers
        }
        // Counts are whole numbers: sums of them are exact.
        var bands = FieldBands(sums: sums, samples: count, channels: channels)
        for channel in 0..<channels {
            bands.channels[channel].mean = bands.channels[channel].mean.map { $0 / Double(pixels) }
            bands.channels[channel].deviation = bands.channels[channel].deviation.map { $0 / Double(pixels) }
        }
        return bands
    }
}

/// χ² of two sets' value histograms, of each channel: ½ Σ (p − q)²/(p + q) over bins that each hold about 1/64 of the real
/// values; 0 for equal histograms, 1 for those without a common value.
package struct HistogramDistance: FieldDistance {
    package static let name = "histogram"
    private static let bins = 64

    package struct Found {
        /// Of the real set.
        let bins: ValueBins
        let bands: FieldBands
    }

    package let known = Remembered<Found>()

    package init(_ context: MetricContext) {}

    package func find(
        in set: FieldSource, beside real: Found?, _ communicator: any Communicator
    ) throws -> Found {
        let bins =
            try real?.bins ?? ValueBins(quantilesOf: ValueSample(of: set, communicator), count: Self.bins)
        return Found(bins: bins, bands: try set.histograms(bins, communicator))
    }

    package func distances(_ real: Found, _ generated: Found, of set: FieldSource) -> [MetricValue] {
        let distances = zip(real.bands.channels, generated.bands.channels).map { Self.distance($0.mean, $1.mean) }
        return FieldParts.values("histogram, χ²", set.channels, distances, decimals: 5)
    }

    static func distance(_ real: [Double], _ fake: [Double]) -> Double {
        zip(real, fake).reduce(0) { sum, shares in
            let (p, q) = shares
            return p + q > 0 ? sum + (p - q) * (p - q) / (p + q) / 2 : sum
        }
    }
}
