import Kernels
import NumericalTesting
import Testing

@Suite struct SampleDistanceTests {
    /// Both sorted, and the mean of |difference|.
    private func reference(_ a: [Float], _ b: [Float]) -> Double {
        zip(a.sorted(), b.sorted()).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(a.count)
    }

    @Test(arguments: [1, 2, 3, 255, 1000, 70_001]) func rowsOfAnyLength(count: Int) {
        var samples = Samples(seed: UInt64(count))
        let rows = 5
        let (a, b) = (samples.floats(rows * count, -3...3), samples.signed(rows * count, 1e-9...1e6))
        let (first, second) = (BufferView(a), BufferView(b))
        let found = SampleDistance.wasserstein(first, second, rowCount: count)
        #expect(found.count == rows)
        for row in 0..<rows {
            let range = row * count..<(row + 1) * count
            let expected = reference(Array(a[range]), Array(b[range]))
            #expect(abs(found[row] - expected) <= 1e-12 * expected)
            #expect(first.slice(range.lowerBound, count).array == a[range].sorted())
            #expect(second.slice(range.lowerBound, count).array == b[range].sorted())
        }
    }

    @Test func numbersOfAllKinds() {
        let numbers: [Float] = [
            0, -0.0, 1, -1, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, 1, -1, 1.0000001, 0x1p-126,
        ]
        let view = BufferView(numbers)
        _ = SampleDistance.wasserstein(view, BufferView(numbers), rowCount: numbers.count)
        #expect(view.array == numbers.sorted())
        #expect(view.array[5...6].map(\.sign) == [.minus, .plus], "−0 before 0: \(view.array)")
    }

    @Test func aShiftIsTheDistance() {
        var samples = Samples(seed: 1)
        let a = samples.floats(1 << 12).map { ($0 * 1024).rounded() / 1024 }
        let shifted = Array(a.map { $0 + 0.25 }.reversed())
        #expect(SampleDistance.wasserstein(BufferView(a), BufferView(shifted), rowCount: a.count) == [0.25])
        #expect(SampleDistance.wasserstein(BufferView(a), BufferView(a.reversed()), rowCount: a.count) == [0])
    }
}
