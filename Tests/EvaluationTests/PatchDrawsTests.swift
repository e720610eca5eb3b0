import Evaluation
import NumericalTesting
import Testing

@Suite struct PatchDrawsTests {
    @Test func centersFillTheirRange() {
        let draws = CounterDraws(seed: 1)
        for level in [16, 32] {
            var counts = [Int](repeating: 0, count: level)
            for image in 0..<100 {
                let centers = draws.centers(.fake, image: image, level: level)
                #expect(centers.count == 128)
                for (x, y) in centers {
                    counts[x] += 1
                    counts[y] += 1
                }
            }
            #expect(counts[..<3].allSatisfy { $0 == 0 } && counts[(level - 3)...].allSatisfy { $0 == 0 })
            // 25 600 coordinates on level − 6 places, within five standard deviations.
            let expected = 25_600 / Double(level - 6)
            for count in counts[3..<level - 3] {
                #expect(abs(Double(count) - expected) < 5 * expected.squareRoot(), "\(counts)")
            }
        }
    }

    @Test func drawsDependOnAllThatNamesThem() {
        func text(_ seed: UInt64, _ set: ComparedSet, _ image: Int, _ level: Int) -> String {
            "\(CounterDraws(seed: seed).centers(set, image: image, level: level))"
        }
        let known = text(1, .real, 5, 32)
        #expect(known == text(1, .real, 5, 32))
        for other in [text(2, .real, 5, 32), text(1, .fake, 5, 32), text(1, .real, 6, 32), text(1, .real, 5, 64)] {
            #expect(other != known)
        }
        let directions = CounterDraws(seed: 1).directions(level: 32, channels: 1)
        #expect(directions == CounterDraws(seed: 1).directions(level: 32, channels: 1))
        #expect(directions != CounterDraws(seed: 2).directions(level: 32, channels: 1))
        #expect(directions != CounterDraws(seed: 1).directions(level: 16, channels: 1))
    }

    @Test(arguments: [1, 3]) func directionsAreUnrelatedAndOfLengthOne(channels: Int) {
        let size = 49 * channels
        let values = CounterDraws(seed: 4).directions(level: 16, channels: channels)
        #expect(values.count == 512 * size)
        let rows = (0..<512).map { Array(values[$0 * size..<($0 + 1) * size]) }
        for row in rows { #expect(abs(innerProduct(row, row) - 1) < 1e-6) }
        for (a, b) in zip(rows, rows.dropFirst()) { #expect(abs(innerProduct(a, b)) < 5 / Double(size).squareRoot()) }
    }
}
