import Autodiff
import Kernels
import NumericalTesting
import Testing

/// Variances of channels whose mean is large beside them, where the mean is not known beforehand.
@Suite struct NormalizationCancellationTests {
    /// 16² pixels of three channels around 0, 30 and -300, of a spread of about 1/4, and what they are normalised to.
    private static func channels(_ samples: Int) -> (values: [Float], normalized: [Float]) {
        let (rows, means) = (samples * 256, [Float(0), 30, -300])
        var draws = Samples(seed: 9)
        let columns = means.map { mean in draws.floats(rows, -0.5...0.5).map { mean + $0 } }
        let expected = columns.map { column -> [Float] in
            let values = column.map { Double($0) }
            let mean = values.reduce(0, +) / Double(rows)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
            return values.map { Float(($0 - mean) / (variance + 1e-5).squareRoot()) }
        }
        func interleaved(_ columns: [[Float]]) -> [Float] { (0..<rows).flatMap { row in columns.map { $0[row] } } }
        return (interleaved(columns), interleaved(expected))
    }

    /// The moving average, around which is measured first, still is 0.
    @Test func ofTheBatch() {
        let (values, expected) = Self.channels(2)
        let part = Tensor(values, shape: [2, 16, 16, 3])
        let normalized = Tensor.batchNormalized(
            [part], gains: nil, biases: nil, activation: .linear, around: [0, 0, 0], epsilon: 1e-5, over: Alone())
        #expect(relativeError(normalized.parts[0].array, expected) < 1e-4)
        #expect(abs(normalized.mean[2] + 300) < 0.1)
    }

    /// The corner, around which is measured first, is far from all other pixels.
    @Test func ofASample() {
        var (values, _) = Self.channels(1)
        for c in 0..<3 { values[c] = 0 }
        let rows = (0..<3).map { c in stride(from: c, to: values.count, by: 3).map { Double(values[$0]) } }
        let expected = (0..<values.count).map { place -> Float in
            let row = rows[place % 3]
            let mean = row.reduce(0, +) / Double(row.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
            return Float((Double(values[place]) - mean) / (variance + 1e-5).squareRoot())
        }
        let found = Tensor(values, shape: [1, 16, 16, 3]).instanceNormalized(epsilon: 1e-5, activation: .linear)
        #expect(relativeError(found.array, expected) < 1e-6)
    }

    /// One microbatch is the whole batch.
    private final class Alone: GlobalSummation {
        let microbatches = 1

        func sum(_ leaves: [BufferView], into total: BufferView) { Elementwise.copy(leaves[0], into: total) }
    }
}
