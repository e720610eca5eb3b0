import Kernels
import NumericalTesting
import Testing

@Suite struct UnitVectorsTests {
    /// Counts and dimensions about the sizes of blocks, and numbers of others.
    static let shapes: [[Int]] = [[1, 1, 1], [5, 3, 2], [64, 64, 33], [1030, 70, 6], [300, 512, 256]]

    private func units(_ values: [Float], _ dimension: Int) -> [[Double]] {
        stride(from: 0, to: values.count, by: dimension).map { start in
            let vector = values[start..<start + dimension].map(Double.init)
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { length > 0 ? $0 / length : 0 }
        }
    }

    @Test(arguments: shapes) func nearestAndSums(_ shape: [Int]) {
        let (count, dimension, choices) = (shape[0], shape[1], shape[2])
        var samples = Samples(seed: UInt64(count))
        let values = samples.floats(count * dimension)
        let others = samples.floats(choices * dimension)
        let vectors = UnitVectors(BufferView(values), dimension: dimension)
        let directions = UnitVectors(BufferView(others), dimension: dimension)
        #expect(vectors.count == count && vectors.firstNotFinite == nil && vectors.hasDirection.allSatisfy { $0 })
        let (exact, exactOthers) = (units(values, dimension), units(others, dimension))
        for (row, unit) in exact.enumerated() {
            #expect(zip(vectors[row].array, unit).allSatisfy { abs(Double($0) - $1) < 1e-7 })
        }
        let nearest = vectors.nearest(of: BufferView((0..<choices).flatMap { directions[$0].array }))
        for row in 0..<count {
            let cosines = exactOthers.map { other in zip(other, exact[row]).reduce(0) { $0 + $1.0 * $1.1 } }
            let most = cosines.max() ?? 0
            #expect(abs(Double(nearest.cosines[row]) - most) < 1e-5)
            #expect(cosines[Int(nearest.numbers[row])] > most - 1e-5)
        }
        let sums = vectors.sums(by: nearest.numbers, groups: choices)
        var expected = [Double](repeating: 0, count: choices * dimension)
        for row in 0..<count {
            let first = Int(nearest.numbers[row]) * dimension
            for (column, value) in vectors[row].array.enumerated() { expected[first + column] += Double(value) }
        }
        #expect(sums == expected, "in the vectors' order")
    }

    /// Of several that are equally near the first; of what has no direction nothing is near.
    @Test func tiesAndZeros() {
        let vectors = UnitVectors(BufferView([3, 0, 0, 0, 0, -2, 1, 1]), dimension: 2)
        #expect(vectors.hasDirection == [true, false, true, true])
        let nearest = vectors.nearest(of: BufferView([0, 1, 1, 0, 0, 1, 1, 0]))
        #expect(nearest.numbers == [1, 0, 1, 0])
        #expect(nearest.cosines[..<3] == [1, 0, 0])
        #expect(vectors.sums(by: [1, 1, 1, 0], groups: 3)[2...] == [1, -1, 0, 0])
    }

    @Test func whatIsNotFiniteIsFound() {
        var values = [Float](repeating: 1, count: 30)
        #expect(UnitVectors(BufferView(values), dimension: 3).firstNotFinite == nil)
        values[29] = .infinity
        #expect(UnitVectors(BufferView(values), dimension: 3).firstNotFinite == 9)
        values[13] = .nan
        #expect(UnitVectors(BufferView(values), dimension: 3).firstNotFinite == 4)
        values = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude]
        let vectors = UnitVectors(BufferView(values), dimension: 2)
        #expect(
            vectors.firstNotFinite == nil
                && vectors[0].array.allSatisfy { abs(abs($0) - Float(0.5).squareRoot()) < 1e-6 })
    }
}
