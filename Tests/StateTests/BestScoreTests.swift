import State
import Testing

@Suite struct BestScoreTests {
    private func score(_ value: Double, at images: Int, key: String = "fid", measure: String = "8 images") -> BestScore
    {
        BestScore(key: key, value: value, measure: measure, imagesShown: images)
    }

    @Test func theBetterOneStays() {
        let first = score(20, at: 8)
        #expect(BestScore.better(first, than: nil, lowerIsBetter: true) == first)
        #expect(BestScore.better(score(19, at: 16), than: first, lowerIsBetter: true) == score(19, at: 16))
        #expect(BestScore.better(score(21, at: 16), than: first, lowerIsBetter: true) == first)
        #expect(BestScore.better(score(21, at: 16), than: first, lowerIsBetter: false) == score(21, at: 16))
        // Of equal ones the earlier, which has its checkpoint already.
        #expect(BestScore.better(score(20, at: 16), than: first, lowerIsBetter: true) == first)
        #expect(BestScore.better(score(20, at: 16), than: first, lowerIsBetter: false) == first)
    }

    @Test func valuesOfTwoMetricsAreNotCompared() {
        let other = score(99, at: 16, key: "swd")
        #expect(BestScore.better(other, than: score(20, at: 8), lowerIsBetter: true) == other)
        // Of other features, or of more images: less biased, and no better.
        let more = score(30, at: 16, measure: "16 images")
        #expect(BestScore.better(more, than: score(20, at: 8), lowerIsBetter: true) == more)
    }
}
