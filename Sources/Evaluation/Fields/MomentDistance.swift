import Cluster
import Storage

/// Mean, deviation, skewness and kurtosis of numbers.
package struct Moments: Equatable {
    package var mean = 0.0
    package var deviation = 0.0
    /// m₃/m₂^1.5
    package var skewness = 0.0
    /// m₄/m₂²; 3 of a normal distribution.
    package var kurtosis = 0.0
}

/// Sums about the mean, which join without loss of digits (Pébay 2008, SAND2008-6212, equations 3.1).
enum CentralSums {
    /// Count, mean, Σ(x−μ)², Σ(x−μ)³, Σ(x−μ)⁴.
    static let numbers = 5

    static func of(_ count: Int, _ value: (Int) -> Double) -> [Double] {
        var sum = 0.0
        for index in 0..<count { sum += value(index) }
        let mean = sum / Double(max(1, count))
        var (second, third, fourth) = (0.0, 0.0, 0.0)
        for index in 0..<count {
            let d = value(index) - mean
            second += d * d
            third += d * d * d
            fourth += d * d * d * d
        }
        return [Double(count), mean, second, third, fourth]
    }

    /// Several of them behind each other.
    static func join(_ a: inout [Double], _ b: [Double]) {
        for at in stride(from: 0, to: a.count, by: numbers) {
            let (na, nb) = (a[at], b[at])
            let n = na + nb
            guard n > 0 else { continue }
            let d = b[at + 1] - a[at + 1]
            let (a2, a3, b2, b3) = (a[at + 2], a[at + 3], b[at + 2], b[at + 3])
            a[at] = n
            a[at + 1] += d * nb / n
            a[at + 2] += b2 + d * d * na * nb / n
            a[at + 3] += b3 + d * d * d * na * nb * (na - nb) / (n * n) + 3 * d * (na * b2 - nb * a2) / n
            a[at + 4] +=
                b[at + 4] + d * d * d * d * na * nb * (na * na - na * nb + nb * nb) / (n * n * n)
                + 6 * d * d * (na * na * b2 + nb * nb * a2) / (n * n) + 4 * d * (na * b3 - nb * a3) / n
        }
    }

    static func moments(_ sums: ArraySlice<Double>) -> Moments {
        let values = Array(sums)
        let n = max(1, values[0])
        let variance = values[2] / n
        guard variance > 0 else { return Moments(mean: values[1]) }
        return Moments(
            mean: values[1], deviation: variance.squareRoot(),
            skewness: values[3] / n / (variance * variance.squareRoot()),
            kurtosis: values[4] / n / (variance * variance))
    }
}

extension FieldSource {
    /// Collective. Of each channel's values, of all samples together.
    package func moments(_ communicator: any Communicator) throws -> [Moments] {
        let (channels, pixels) = (channels.count, pixels)
        let sums = try joined(
            numbers: CentralSums.numbers * channels, communicator, join: { CentralSums.join(&$0, $1) }
        ) { sample in
            (0..<channels).flatMap { channel in
                CentralSums.of(pixels) { Double(sample[$0 * channels + channel]) }
            }
        }
        return (0..<channels).map { channel in
            CentralSums.moments(sums[channel * CentralSums.numbers..<(channel + 1) * CentralSums.numbers])
        }
    }
}

/// Distances of each channel's moments: of mean and deviation in units of the real deviation, of skewness and kurtosis as
/// they are, which have no unit. `average` is the mean over channels of those of mean and deviation: higher moments of
/// heavy tails are noisy.
package struct MomentDistance: FieldDistance {
    package static let name = "moments"

    package let known = Remembered<[Moments]>()

    package init(_ context: MetricContext) {}

    package func find(
        in set: FieldSource, beside real: [Moments]?, _ communicator: any Communicator
    ) throws -> [Moments] {
        try set.moments(communicator)
    }

    package func distances(
        _ reals: [Moments], _ generated: [Moments], of set: FieldSource
    ) throws -> [MetricValue] {
        var values: [MetricValue] = []
        var sum = 0.0
        let names = FieldParts.names(set.channels)
        for (channel, (real, fake)) in zip(reals, generated).enumerated() {
            guard real.deviation > 0 else {
                throw EvaluationError("moments: channel \(names[channel]) of the real samples does not vary")
            }
            let distances = [
                ("mean", abs(fake.mean - real.mean) / real.deviation),
                ("deviation", abs(fake.deviation - real.deviation) / real.deviation),
                ("skewness", abs(fake.skewness - real.skewness)), ("kurtosis", abs(fake.kurtosis - real.kurtosis)),
            ]
            for (part, distance) in distances {
                values.append(
                    MetricValue(
                        part: "\(names[channel])/\(part)", label: "moments, \(names[channel]), \(part)",
                        value: distance, decimals: 4))
            }
            sum += (distances[0].1 + distances[1].1) / 2
        }
        return values + [
            MetricValue(
                part: FieldParts.average, label: "moments, \(FieldParts.average) of mean and deviation",
                value: sum / Double(reals.count), decimals: 4)
        ]
    }
}
