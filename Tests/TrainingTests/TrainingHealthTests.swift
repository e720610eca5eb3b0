import Configuration
import Testing

import Training

@Suite struct TrainingHealthTests {
    /// What is told over so many ticks of one run.
    private func told(
        _ health: inout TrainingHealth, ticks: Range<Int>, leftOut: (Int) -> Int = { _ in 0 },
        _ means: [String: (Int) -> Double]
    ) -> [(tick: Int, text: String)] {
        ticks.flatMap { tick in
            health.tick(imagesShown: tick * 1000, leftOut: leftOut(tick)) { name in means[name].map { $0(tick) } }
                .map { (tick, $0) }
        }
    }

    private func scores(real: Double, fake: Double, sign: Double) -> [String: (Int) -> Double] {
        ["score/real": { _ in real }, "score/fake": { _ in fake }, "score/real_sign": { _ in sign }]
    }

    @Test func aDiscriminatorThatWinsIsToldOnceUntilItDoesNot() {
        var health = TrainingHealth(.logistic)
        let winning = scores(real: 5, fake: -4, sign: 0.97)
        let first = told(&health, ticks: 1..<40, winning)
        #expect(first.map(\.tick) == [TrainingHealth.window])
        #expect(
            first.allSatisfy { $0.text.hasPrefix("the discriminator wins: it scores real images 5.0 and fakes -4.0") })
        #expect(first.allSatisfy { $0.text.contains("0.97") && $0.text.contains("loss.r1_gamma") })
        #expect(told(&health, ticks: 40..<60, scores(real: 0.5, fake: -0.5, sign: 0.3)).isEmpty)
        #expect(told(&health, ticks: 60..<100, winning).count == 1)
    }

    /// Of sound runs, and where scores have no zero.
    @Test func soundScoresAreNotToldOf() {
        var sound = TrainingHealth(.logistic)
        #expect(told(&sound, ticks: 1..<60, scores(real: 1.98, fake: -2.1, sign: 0.66)).isEmpty)
        var critic = TrainingHealth(.wganGP)
        #expect(told(&critic, ticks: 1..<60, scores(real: 40, fake: -40, sign: 1)).isEmpty)
        var segmenter = TrainingHealth(.segmentation)
        #expect(told(&segmenter, ticks: 1..<60, scores(real: 40, fake: -40, sign: 1)).isEmpty)
        var squares = TrainingHealth(.lsgan)
        #expect(told(&squares, ticks: 1..<60, scores(real: 9, fake: -9, sign: 1)).isEmpty)
    }

    @Test func ggdrLossThatStays() {
        var stays = TrainingHealth(.logistic)
        let found = told(&stays, ticks: 1..<60, ["loss/ggdr": { 0.65 - 0.0005 * Double($0) }])
        #expect(found.map(\.tick) == [30])
        #expect(found.allSatisfy { $0.text.hasPrefix("GGDR's loss does not fall: it was 0.649") })
        var falls = TrainingHealth(.logistic)
        #expect(told(&falls, ticks: 1..<60, ["loss/ggdr": { 0.65 / (1 + 0.05 * Double($0)) }]).isEmpty)
        // A run that goes on remembers what it began with: what has fallen already need not fall further.
        var resumed = TrainingHealth(.logistic, earlyGGDR: [0.65, 0.64, 0.63, 0.3])
        #expect(told(&resumed, ticks: 40..<80, ["loss/ggdr": { _ in 0.25 }]).isEmpty)
        var ill = TrainingHealth(.logistic, earlyGGDR: [0.65, 0.64, 0.63, 0.62])
        #expect(told(&ill, ticks: 40..<80, ["loss/ggdr": { _ in 0.62 }]).map(\.tick) == [49])
    }

    @Test func updatesThatAreLeftOut() {
        var often = TrainingHealth(.logistic)
        let found = told(&often, ticks: 1..<40, leftOut: { $0 }, [:])
        #expect(found.map(\.tick) == [4] && found.allSatisfy { $0.text.hasPrefix("3 updates of the last 3 ticks") })
        var rarely = TrainingHealth(.logistic)
        #expect(told(&rarely, ticks: 1..<60, leftOut: { $0 / 8 }, [:]).isEmpty)
    }

    @Test func numbersThatAreNoneAreLeftOut() {
        var health = TrainingHealth(.logistic)
        #expect(told(&health, ticks: 1..<60, scores(real: .nan, fake: -.infinity, sign: .nan)).isEmpty)
    }

    @Test func collapse() {
        var health = TrainingHealth(.logistic)
        #expect(health.sheet(imagesShown: 5000, variation: 0.01) == nil)
        let first = health.sheet(imagesShown: 10_000, variation: 0.12)
        #expect(first?.contains("vary 12 % as much as those of real images. This is mode collapse") == true)
        #expect(health.sheet(imagesShown: 15_000, variation: 0.1) == nil)
        #expect(health.sheet(imagesShown: 20_000, variation: 0.9) == nil)
        #expect(health.sheet(imagesShown: 25_000, variation: 0.1) != nil)
        #expect(health.measured(imagesShown: 25_000, similarity: (0.25, 0.21)) == nil)
        let similar = health.measured(imagesShown: 30_000, similarity: (0.55, 0.21))
        #expect(similar?.contains("MS-SSIM of their pairs is 0.550, of real pairs 0.210") == true)
    }

    @Test func variationIsTheMeanVarianceOfPixels() {
        #expect(PixelVariation.of([1, 2, 3, 4], count: 1) == 0)
        #expect(PixelVariation.of([7, 9, 7, 9, 7, 9], count: 3) == 0)
        // Variances of 0, 4 and of 0, 255: 1 and 127.5².
        #expect(PixelVariation.of([0, 0, 2, 255], count: 2) == (1 + 127.5 * 127.5) / 2)
    }
}
