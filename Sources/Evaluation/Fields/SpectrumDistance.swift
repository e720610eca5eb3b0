import Cluster
import Foundation
import Storage

/// Mean and deviation over samples of a curve of each channel.
public struct FieldBands: Sendable, Equatable {
    public struct Band: Sendable, Equatable {
        public var mean: [Double]
        /// Over samples.
        public var deviation: [Double]
    }

    /// Of each channel.
    public var channels: [Band]

    /// Of Σ x and Σ x² over samples, [C, 2, points].
    init(sums: [Double], samples: Int, channels: Int) {
        let points = sums.count / (2 * channels)
        let count = Double(max(1, samples))
        self.channels = (0..<channels).map { channel in
            let first = 2 * channel * points
            let mean = sums[first..<first + points].map { $0 / count }
            let deviation = zip(sums[first + points..<first + 2 * points], mean).map { square, mean in
                max(0, square / count - mean * mean).squareRoot()
            }
            return Band(mean: mean, deviation: deviation)
        }
    }
}

extension FieldSource {
    /// Collective. The radially averaged power spectrum of each channel, see ``PowerSpectrum``: points are the shells 1,
    /// 2, … of whole numbers of waves on the longer side.
    public func spectra(_ communicator: any Communicator) throws -> FieldBands {
        let spectrum = PowerSpectrum(height: height, width: width)
        let channels = channels.count
        let sums = try joined(numbers: 2 * channels * spectrum.shells, communicator) { sample in
            (0..<channels).flatMap { channel in
                let power = spectrum(sample, channel: channel, of: channels)
                return power + power.map { $0 * $0 }
            }
        }
        return FieldBands(sums: sums, samples: count, channels: channels)
    }
}

/// The distance of radially averaged power spectra: of each channel the root mean square over shells of
/// log₁₀ (mean power of generated fields / mean power of real ones); 0.041 is 10 %.
///
/// `spread` is that of the power's deviations over samples, its mean over channels: it tells of samples that are too much
/// alike where the mean spectrum is right.
package struct SpectrumDistance: FieldDistance {
    package static let name = "spectrum"

    private static let spread = "spread"

    package let known = Remembered<FieldBands>()

    package init(_ context: MetricContext) {}

    package func find(
        in set: FieldSource, beside real: FieldBands?, _ communicator: any Communicator
    ) throws -> FieldBands {
        try set.spectra(communicator)
    }

    package func distances(
        _ real: FieldBands, _ generated: FieldBands, of set: FieldSource
    ) throws -> [MetricValue] {
        for (channel, band) in zip(set.channels, real.channels) where band.mean.allSatisfy({ $0 == 0 }) {
            throw EvaluationError(
                "spectrum: channel \(channel.name) of the \(set.name) samples does not vary: it has no power")
        }
        let pairs = zip(real.channels, generated.channels)
        let means = pairs.map { Self.distance($0.mean, $1.mean) }
        let spreads = pairs.map { Self.distance($0.deviation, $1.deviation) }
        return FieldParts.values(
            "spectrum, log₁₀", set.channels, means, decimals: 4, others: [Self.spread]
        ) + [
            MetricValue(
                part: Self.spread, label: "spectrum, log₁₀, \(Self.spread) over samples",
                value: spreads.reduce(0, +) / Double(spreads.count), decimals: 4)
        ]
    }

    /// Root mean square of the logarithm's difference. What is less than the rounding of floats leaves counts as that: the
    /// power of nothing has no logarithm.
    static func distance(_ real: [Double], _ fake: [Double]) -> Double {
        let floor = max((real.max() ?? 0) * 1e-14, .leastNormalMagnitude)
        let squares = zip(real, fake).map { real, fake in
            let difference = log10(max(fake, floor) / max(real, floor))
            return difference * difference
        }
        return (squares.reduce(0, +) / Double(max(1, squares.count))).squareRoot()
    }
}
