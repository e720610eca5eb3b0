import Foundation

/// What lognormal random fields are drawn from: exp(g − σ²/2), where g is a Gaussian field on a torus with a known power
/// spectrum and a known correlation between channels. Their mean is 1.
///
/// (P. Coles and B. Jones, "A lognormal model for the cosmological mass distribution", MNRAS 248, 1991.)
public struct LognormalParameters: Codable, Equatable, Sendable {
    public var seed: UInt64
    /// Powers of two.
    public var height: Int
    public var width: Int
    public var channels: Int
    /// σ² of g at a point.
    public var variance: Double
    /// n of P(k) ∝ (k₀² + k²)^(−n/2), k in waves on the longer side; there is no power at k = 0.
    public var slope: Double
    /// k₀.
    public var turnover: Double
    /// Of any two channels of g.
    public var correlation: Double

    public init(
        seed: UInt64 = 0, height: Int = 64, width: Int = 64, channels: Int = 2, variance: Double = 1, slope: Double = 3,
        turnover: Double = 4, correlation: Double = 0.5
    ) {
        (self.seed, self.height, self.width, self.channels) = (seed, height, width, channels)
        (self.variance, self.slope, self.turnover, self.correlation) = (variance, slope, turnover, correlation)
    }

    static let mostChannels = 4

    /// - Throws: ``DatasetError`` (64) naming the option that cannot be.
    func check() throws {
        for side in [height, width] {
            guard DatasetFormat.isPowerOfTwo(side), (8...1024).contains(side) else {
                throw DatasetError.usage("--size \(height)x\(width): expected powers of two from 8 to 1024")
            }
        }
        guard NetworkSize.isPossible(height, width) else {
            throw DatasetError.usage("--size \(height)x\(width): no network makes so long a rectangle")
        }
        guard (1...Self.mostChannels).contains(channels) else {
            throw DatasetError.usage("--channels \(channels): expected 1 to \(Self.mostChannels)")
        }
        guard variance > 0, variance <= 16 else {
            throw DatasetError.usage("--variance \(variance): expected more than 0, up to 16")
        }
        guard slope >= 0, slope <= 12 else { throw DatasetError.usage("--slope \(slope): expected 0 to 12") }
        guard turnover >= 0, turnover <= 1024 else {
            throw DatasetError.usage("--turnover \(turnover): expected 0 to 1024")
        }
        // Less than −1/(C−1) no numbers are correlated, all with each other.
        let least = channels > 1 ? -1 / Double(channels - 1) : -1
        guard correlation > least || channels == 1, correlation >= -1, correlation <= 1 else {
            throw DatasetError.usage(
                "--correlation \(correlation): \(channels) channels can have more than \(least), up to 1")
        }
    }

    /// P of each mode of g, [height, width], as mean squared coefficients: their sum is σ².
    var spectrum: [Double] {
        var power = waves.map { k in k == 0 ? 0 : pow(turnover * turnover + k * k, -slope / 2) }
        let sum = power.reduce(0, +)
        for index in power.indices { power[index] *= variance / sum }
        return power
    }

    /// |k| of each mode, [height, width], in waves on the longer side.
    var waves: [Double] {
        let longer = Double(max(height, width))
        return (0..<height * width).map { index in
            let (a, b) = (index / width, index % width)
            let (y, x) = (
                Double(min(a, height - a)) / Double(height), Double(min(b, width - b)) / Double(width)
            )
            return longer * (y * y + x * x).squareRoot()
        }
    }

    /// The factor by which independent fields become correlated ones: lower triangular, by rows (Cholesky's).
    var mixing: [[Double]] {
        var factor = [[Double]](repeating: [Double](repeating: 0, count: channels), count: channels)
        for row in 0..<channels {
            for column in 0...row {
                var sum = row == column ? 1 : correlation
                for index in 0..<column { sum -= factor[row][index] * factor[column][index] }
                let pivot = factor[column][column]
                factor[row][column] = row == column ? max(0, sum).squareRoot() : pivot > 0 ? sum / pivot : 0
            }
        }
        return factor
    }
}
