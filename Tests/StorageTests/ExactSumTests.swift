import Foundation
import Storage
import Testing

@Suite struct ExactSumTests {
    /// Numbers of very different size, and some that cancel.
    private func numbers(_ count: Int) -> [Double] {
        var state: UInt64 = 88172645463325252
        return (0..<count).map { index in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let value = Double(Int64(bitPattern: state)) * 0x1p-40
            return index % 3 == 0 ? scalbn(value, Int(state % 200) - 100) : value
        }
    }

    @Test func nothingIsRounded() {
        var sum = ExactSum()
        for value in [1e300, 1, -1e300, 0x1p-1074, 3, -4] { sum.add(value) }
        #expect(sum.value == 0x1p-1074)
        var tenth = ExactSum()
        for _ in 0..<10 { tenth.add(0.1) }
        // Ten times the double that 0.1 is, rounded once.
        #expect(tenth.value == 1.0)
        var negative = ExactSum()
        negative.add(-2.5)
        negative.add(-0x1p-60)
        #expect(negative.value == -2.5)
        #expect(ExactSum().value == 0)
    }

    @Test func valuesAreRoundedToTheNearestAndTiesToEven() {
        for (small, expected) in [(0x1p-53, 1.0), (0x1p-53 + 0x1p-80, 1 + 0x1p-52), (3 * 0x1p-53, 1 + 0x1p-51)] {
            var sum = ExactSum()
            sum.add(1)
            sum.add(small)
            #expect(sum.value == expected)
        }
    }

    @Test func orderAndPartsMakeNoDifference() {
        let numbers = numbers(5000)
        var whole = ExactSum()
        for value in numbers { whole.add(value) }
        var backwards = ExactSum()
        for value in numbers.reversed() { backwards.add(value) }
        #expect(backwards.value.bitPattern == whole.value.bitPattern)
        for parts in [2, 3, 7, 64] {
            var merged = ExactSum()
            for part in 0..<parts {
                var sum = ExactSum()
                for value in numbers[part * 5000 / parts..<(part + 1) * 5000 / parts] { sum.add(value) }
                merged.merge(sum)
            }
            #expect(merged.value.bitPattern == whole.value.bitPattern)
        }
    }

    @Test func squaresAreExact() {
        var sum = ExactSum()
        sum.add(squareOf: 1 + 0x1p-40)
        sum.add(-1)
        sum.add(-0x1p-39)
        #expect(sum.value == 0x1p-80)
    }

    @Test(arguments: [FieldOptions.Scaling.range, .deviation]) func statisticsOfPartsAreThoseOfAll(
        scaling: FieldOptions.Scaling
    ) {
        let values = numbers(3000).map { Float(abs($0)) }
        func statistics(_ values: some Sequence<Float>) -> ChannelStatistics {
            var result = ChannelStatistics(curve: .log1p, scaling: scaling)
            for value in values { result.add(value) }
            return result
        }
        let whole = statistics(values)
        for cut in [1, 1234, 2999] {
            var merged = statistics(values[cut...].reversed())
            merged.merge(statistics(values[..<cut]))
            #expect(merged.transform(scaling) == whole.transform(scaling))
            #expect(merged.mean == whole.mean && merged.deviation == whole.deviation)
            #expect(merged.count == 3000 && merged.minimum == whole.minimum && merged.maximum == whole.maximum)
        }
    }

    /// A mean far from zero takes no digits from the deviation.
    @Test func deviationsAroundALargeMean() {
        var statistics = ChannelStatistics(curve: .linear, scaling: .deviation)
        for index in 0..<1000 { statistics.add(16_000_000 + Float(index % 2)) }
        #expect(statistics.mean == 16_000_000.5)
        #expect(statistics.deviation == 0.5)
        #expect(statistics.zeros == 0)
    }
}
