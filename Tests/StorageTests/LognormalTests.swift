import Failure
import Foundation
import Storage
import Testing

@Suite struct LognormalTests {
    private let parameters = LognormalParameters(
        seed: 5, height: 16, width: 32, channels: 3, variance: 0.5, slope: 2, turnover: 3, correlation: 0.6)

    @Test func fieldsAreAFunctionOfSeedAndNumber() throws {
        let fields = try LognormalFields(parameters)
        #expect(fields.sample(7) == fields.sample(7))
        #expect(fields.sample(7) != fields.sample(8))
        var other = parameters
        other.seed = 6
        #expect(try LognormalFields(other).sample(7) != fields.sample(7))
        #expect(fields.sample(0).count == 16 * 32 * 3)
        #expect(fields.sample(0).allSatisfy { $0 > 0 && $0.isFinite })
    }

    /// The mean over many fields of what is known of them in closed form; errors by the spread over fields.
    @Test func meansAreThoseOfTheTruth() throws {
        let fields = try LognormalFields(parameters)
        let truth = try LognormalTruth(parameters)
        let count = 600
        var means: [[Double]] = []
        for index in 0..<count {
            let sample = fields.sample(index)
            var sums = [Double](repeating: 0, count: 4)
            for point in 0..<512 {
                let (a, c) = (Double(sample[3 * point]) - 1, Double(sample[3 * point + 2]) - 1)
                // Two columns apart, across the border too: periodic.
                let row = point / 32, next = row * 32 + (point + 2) % 32
                sums[0] += a
                sums[1] += a * a
                sums[2] += a * c
                sums[3] += a * (Double(sample[3 * next]) - 1)
            }
            means.append(sums.map { $0 / 512 })
        }
        // ξ at two columns apart: the sum of the spectrum with its cosines.
        let direct = directCorrelation(parameters, columns: 2)
        let wanted = [0, truth.variance, truth.correlation * truth.variance, direct]
        for (index, value) in wanted.enumerated() {
            let all = means.map { $0[index] }
            let mean = all.reduce(0, +) / Double(count)
            let deviation = (all.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(count)).squareRoot()
            #expect(abs(mean - value) < 5 * deviation / Double(count).squareRoot(), "\(index): \(mean), \(value)")
        }
    }

    /// By the definition, without any fast transform.
    private func directCorrelation(_ parameters: LognormalParameters, columns: Int) -> Double {
        var (sum, total) = (0.0, 0.0)
        for a in 0..<parameters.height {
            for b in 0..<parameters.width where a + b > 0 {
                let (y, x) = (min(a, parameters.height - a), min(b, parameters.width - b))
                let waves =
                    32 * ((Double(y) / 16) * (Double(y) / 16) + (Double(x) / 32) * (Double(x) / 32)).squareRoot()
                let power = pow(
                    parameters.turnover * parameters.turnover + waves * waves, -parameters.slope / 2)
                total += power
                sum += power * cos(2 * .pi * Double(b * columns) / 32)
            }
        }
        return exp(parameters.variance * sum / total) - 1
    }

    /// The spectrum of fields, by a plain sum over the plane, against the truth's.
    @Test func spectraAreThoseOfTheTruth() throws {
        var small = parameters
        (small.height, small.width, small.channels) = (8, 8, 2)
        let fields = try LognormalFields(small)
        let truth = try LognormalTruth(small)
        #expect(truth.k == [1, 2, 3, 4])
        let count = 3000
        var sums = [Double](repeating: 0, count: 4)
        var counts = sums
        for a in 0..<8 {
            for b in 0..<8 {
                let (y, x) = (Double(min(a, 8 - a)), Double(min(b, 8 - b)))
                let shell = Int((y * y + x * x).squareRoot().rounded())
                guard (1...4).contains(shell) else { continue }
                counts[shell - 1] += 1
                let waves = (0..<64).map { 2 * Double.pi * Double(a * ($0 / 8) + b * ($0 % 8)) / 8 }
                let (cosines, sines) = (waves.map { cos($0) }, waves.map { sin($0) })
                for index in 0..<count / 10 {
                    let sample = fields.sample(index)
                    var (real, imaginary) = (0.0, 0.0)
                    for point in 0..<64 {
                        real += Double(sample[2 * point]) * cosines[point]
                        imaginary += Double(sample[2 * point]) * sines[point]
                    }
                    sums[shell - 1] += (real * real + imaginary * imaginary) / 64
                }
            }
        }
        for shell in 0..<4 {
            let mean = sums[shell] / counts[shell] / Double(count / 10)
            #expect(abs(mean / truth.power[shell] - 1) < 0.15, "k = \(shell + 1): \(mean), \(truth.power[shell])")
        }
        // The mean over all modes is the variance: all shells and the corners have less.
        let inShells = zip(truth.power, counts).map { $0 * $1 }.reduce(0, +) / 64
        #expect(inShells > 0.5 * truth.variance && inShells < truth.variance)
        #expect(zip(truth.power, truth.crossPower).allSatisfy { abs($1) < $0 })
    }

    @Test func datasetsHaveTheirTruthBeside() throws {
        let files = try FieldFiles()
        let made = try LognormalFields(parameters).run(to: files.out, count: 12, shards: 2)
        let dataset = try Dataset(files.out)
        #expect(dataset.id == made.id && dataset.count == 12 && dataset.shardCount == 2)
        #expect(dataset.description.format.channels.map(\.name) == ["density 0", "density 1", "density 2"])
        #expect(dataset.description.format.channels.allSatisfy { $0.transform.curve == .log1p })
        #expect(try dataset.read(rows: [11]).fields == LognormalFields(parameters).sample(11))
        #expect(dataset.verify() == [])
        #expect(try LognormalTruth.read(in: files.out) == LognormalTruth(parameters))
        try AtomicFile.write("{", to: files.out + "/truth.json")
        expectError(ExitCode.badData, "truth.json") { _ = try LognormalTruth.read(in: files.out) }
        #expect(try LognormalTruth.read(in: files.temporary.path) == nil)
    }

    @Test func parametersThatCannotBeAreRefused() {
        func refuse(_ option: String, _ change: (inout LognormalParameters) -> Void) {
            var changed = parameters
            change(&changed)
            let wrong = changed
            expectError(ExitCode.usage, option) { _ = try LognormalFields(wrong) }
        }
        refuse("--size 20x32") { $0.height = 20 }
        refuse("--size 4x32") { $0.height = 4 }
        refuse("--size 8x1024") { ($0.height, $0.width) = (8, 1024) }
        refuse("--channels 5") { $0.channels = 5 }
        refuse("--variance 0") { $0.variance = 0 }
        refuse("--slope -1") { $0.slope = -1 }
        refuse("--slope nan") { $0.slope = .nan }
        refuse("--turnover -1") { $0.turnover = -1 }
        refuse("--correlation -0.5") { $0.correlation = -0.5 }
        refuse("--correlation 1.5") { $0.correlation = 1.5 }
    }
}
