import Foundation

/// What is known of lognormal fields in closed form: two-point function ξ = exp(ξ_g) − 1, and by it the power spectrum.
///
/// Powers are as the metrics of fields measure them: |X|²/(H·W), X the plain sum, so that their mean over all modes is the
/// variance; shell k has the modes nearest to k waves on the longer side, from 1 to half of it.
public struct LognormalTruth: Codable, Equatable, Sendable {
    public let parameters: LognormalParameters
    /// Waves on the longer side: 1, 2, …
    public let k: [Double]
    /// Of each channel, by shell.
    public let power: [Double]
    /// Between any two channels, by shell; empty with one channel.
    public let crossPower: [Double]
    /// Of a value: exp(σ²) − 1. The mean is 1.
    public let variance: Double
    /// Between any two channels at one point; 1 with one channel.
    public let correlation: Double

    public static let fileName = "truth.json"

    /// - Throws: ``DatasetError`` (64) for parameters that cannot be.
    public init(_ parameters: LognormalParameters) throws {
        try parameters.check()
        self.parameters = parameters
        let fourier = TorusFourier(height: parameters.height, width: parameters.width)
        var gaussian = parameters.spectrum.map { SIMD2($0, 0) }
        fourier(&gaussian, inverse: true)
        let waves = parameters.waves
        let shells = max(parameters.height, parameters.width) / 2
        func shellMeans(_ correlation: Double) -> [Double] {
            var field = gaussian.map { SIMD2(expm1(correlation * $0.x), 0) }
            fourier(&field)
            var (sums, counts) = ([Double](repeating: 0, count: shells), [Double](repeating: 0, count: shells))
            for (mode, wave) in waves.enumerated() {
                let shell = Int(wave.rounded())
                guard (1...shells).contains(shell) else { continue }
                sums[shell - 1] += field[mode].x
                counts[shell - 1] += 1
            }
            return zip(sums, counts).map { $0 / max(1, $1) }
        }
        k = (1...shells).map { Double($0) }
        power = shellMeans(1)
        crossPower = parameters.channels > 1 ? shellMeans(parameters.correlation) : []
        variance = expm1(parameters.variance)
        correlation =
            parameters.channels > 1
            ? expm1(parameters.correlation * parameters.variance) / expm1(parameters.variance) : 1
    }

    /// As it is written beside a dataset.
    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try Array(encoder.encode(self)) + [0x0A]
    }

    /// That of a dataset that ``LognormalFields`` has made; nil where there is none beside it.
    ///
    /// - Throws: ``DatasetError`` (65) where it is something else.
    public static func read(in folder: String) throws -> LognormalTruth? {
        let path = folder + "/" + fileName
        guard Files.exists(path) else { return nil }
        do {
            return try CheckedJSON.decode(LognormalTruth.self, from: Files.bytes(path, limit: 1 << 22))
        } catch let error as DecodingError {
            throw DatasetError.badData("\(path): is no description of lognormal fields: \(error)")
        } catch let error as JSONSyntaxError {
            throw DatasetError.badData("\(path): \(error)")
        }
    }
}
