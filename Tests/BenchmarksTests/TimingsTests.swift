import Benchmarks
import Testing

@Suite struct TimingsTests {
    @Test func quantilesInterpolate() {
        #expect(Timings.quantile([4, 1, 3, 2], 0.5) == 2.5)
        #expect(Timings.quantile([5, 1, 3], 0.25) == 2)
        #expect(Timings.quantile([7], 0.75) == 7)
    }
}
