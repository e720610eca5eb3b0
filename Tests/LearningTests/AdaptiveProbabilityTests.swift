import Learning
import Testing

@Suite struct AdaptiveProbabilityTests {
    private static let rule = AdaptiveProbability(target: 0.6, images: 1000)

    private static func after(_ signs: [Float], from start: Float = 0, batch: Int = 10) -> [AdaptiveProbability.State] {
        var state = AdaptiveProbability.State(p: start)
        return signs.map { sign in
            state = rule.after(state, meanSign: sign, batch: batch)
            return state
        }
    }

    /// Every fourth phase, by the share of the images that were seen since the last time.
    @Test func everyFourthPhaseMovesIt() {
        let states = Self.after([1, 1, 1, 0.9, 1, 1, 1, 1, 0, 0, 0, 0])
        #expect(states.map(\.p) == [0, 0, 0, 0.04, 0.04, 0.04, 0.04, 0.08, 0.08, 0.08, 0.08, 0.04])
        #expect(abs(states[3].sign - 0.975) < 1e-6 && states[3].phases == 0 && states[3].images == 0)
        #expect(states[2].phases == 3 && states[2].images == 30 && states[2].signs == 30)
    }

    @Test func itStaysBetweenZeroAndOne() {
        #expect(Self.after([0, 0, 0, 0], from: 0.01).last?.p == 0)
        #expect(Self.after([1, 1, 1, 1], from: 0.99).last?.p == 1)
    }

    /// Batches count by their images.
    @Test func largeBatchesWeighMore() {
        var state = AdaptiveProbability.State(p: 0.5)
        for (sign, batch) in [(1, 30), (0.2, 10), (0.2, 10), (0.2, 10)] as [(Float, Int)] {
            state = Self.rule.after(state, meanSign: sign, batch: batch)
        }
        #expect(abs(state.sign - 0.6) < 1e-6)
    }
}
