import Kernels
import NumericalTesting
import Testing

@Suite struct SymmetricMatrixTests {
    /// Σ λᵢ vᵢ vᵀᵢ with the directions of reflections.
    private func matrix(_ values: [Double]) -> [Double] {
        let size = values.count
        var samples = Samples(seed: UInt64(size))
        let axis = samples.floats(size).map { Double($0) }
        let square = axis.reduce(0) { $0 + $1 * $1 }
        func vector(_ i: Int) -> [Double] {
            (0..<size).map { ($0 == i ? 1 : 0) - 2 * axis[i] * axis[$0] / square }
        }
        var matrix = [Double](repeating: 0, count: size * size)
        for (index, value) in values.enumerated() {
            let v = vector(index)
            for i in 0..<size { for j in 0..<size { matrix[i * size + j] += value * v[i] * v[j] } }
        }
        return matrix
    }

    @Test(arguments: [1, 2, 30, 130, 200]) func eigenvaluesAndRoots(_ size: Int) throws {
        let values = (0..<size).map { Double($0 % 5 == 0 ? 0 : $0 * $0) }
        let matrix = matrix(values)
        let found = try #require(SymmetricMatrix.eigenvalues(matrix, size: size))
        let largest = max(1, values.max() ?? 1)
        for (value, expected) in zip(found, values.sorted()) { #expect(abs(value - expected) < 1e-12 * largest) }
        let root = try #require(SymmetricMatrix.squareRoot(matrix, size: size))
        let square = SymmetricMatrix.product(root, root, size: size)
        for (value, expected) in zip(square, matrix) { #expect(abs(value - expected) < 1e-11 * largest) }
        for i in 0..<size {
            for j in 0..<i { #expect(abs(root[i * size + j] - root[j * size + i]) < 1e-11 * largest) }
        }
        let trace = (0..<size).reduce(0) { $0 + root[$1 * (size + 1)] }
        #expect(abs(trace - values.reduce(0) { $0 + $1.squareRoot() }) < 1e-5 * largest.squareRoot() * Double(size))
    }

    @Test func productsOfAnySize() {
        for size in [1, 3, 64, 65, 131] {
            var samples = Samples(seed: 9)
            let (a, b) = (samples.floats(size * size).map(Double.init), samples.floats(size * size).map(Double.init))
            let (plain, turned) = (
                SymmetricMatrix.product(a, b, size: size),
                SymmetricMatrix.product(a, b, size: size, transposeFirst: true)
            )
            for i in 0..<size {
                let j = (i * 7 + 1) % size
                let first = (0..<size).reduce(0) { $0 + a[i * size + $1] * b[$1 * size + j] }
                let second = (0..<size).reduce(0) { $0 + a[$1 * size + i] * b[$1 * size + j] }
                #expect(abs(plain[i * size + j] - first) < 1e-12 * Double(size))
                #expect(abs(turned[i * size + j] - second) < 1e-12 * Double(size))
            }
        }
    }

    @Test func whatIsNotFiniteHasNone() {
        #expect(SymmetricMatrix.eigenvalues([1, .nan, .nan, 1], size: 2) == nil)
        #expect(SymmetricMatrix.squareRoot([.infinity], size: 1) == nil)
    }

    @Test(arguments: [1, 2, 127, 128, 129, 300]) func covarianceOfTilesInAnyParts(_ dimension: Int) {
        var samples = Samples(seed: 3)
        let count = 50
        let rows = samples.floats(count * dimension, 99...101)
        let mean = (0..<dimension).map { column in
            (0..<count).reduce(0.0) { $0 + Double(rows[$1 * dimension + column]) } / Double(count)
        }
        let sums = ColumnSums.of(BufferView(rows), columns: dimension)
        for (sum, expected) in zip(sums, mean) { #expect(abs(sum / Double(count) - expected) < 1e-11) }
        let tiles = CovarianceTiles.count(dimension: dimension)
        func matrix(_ cuts: [Int]) -> [Double] {
            var all: [Double] = []
            for (start, end) in zip(cuts, cuts.dropFirst()) {
                var part = CovarianceTiles(mean: mean, tiles: start..<end)
                part.add(BufferView(Array(rows.prefix(30 * dimension))))
                part.add(BufferView(Array(rows.dropFirst(30 * dimension))))
                all += part.sums
            }
            return CovarianceTiles.matrix(all, dimension: dimension)
        }
        let found = matrix([0, tiles])
        #expect(matrix([0, 0, tiles / 2, tiles / 2, tiles]) == found)
        for i in stride(from: 0, to: dimension, by: 7) {
            for j in stride(from: 0, to: dimension, by: 5) {
                let expected = (0..<count).reduce(0) {
                    $0 + (Double(rows[$1 * dimension + i]) - mean[i]) * (Double(rows[$1 * dimension + j]) - mean[j])
                }
                #expect(abs(found[i * dimension + j] - expected) < 1e-10)
                #expect(found[i * dimension + j] == found[j * dimension + i])
            }
        }
    }
}
