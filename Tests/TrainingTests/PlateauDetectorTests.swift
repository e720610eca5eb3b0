import Configuration
import Foundation
import Models
import State
import Testing
import Training

@Suite struct PlateauDetectorTests {
    /// Windows of 100 images, 2 of them without an improvement by a tenth.
    private func detector(_ signal: PlateauSignal = .loss, patience: Int = 2) -> PlateauDetector {
        var growing = Configuration.Growing()
        growing.plateauSignal = signal
        growing.plateauWindowKimg = 0.1
        growing.plateauPatience = patience
        growing.plateauTolerance = 0.1
        return PlateauDetector(growing)
    }

    private let level = GrowthLevel(resolution: 8)

    /// What it says after each value.
    private func answers(_ detector: inout PlateauDetector, _ values: [Double], images: Int) -> [Bool] {
        values.map {
            detector.add(value: $0, images: images, at: level)
            return detector.sees
        }
    }

    @Test func windowsWithoutImprovement() {
        var detector = detector()
        // One window a value. 9.5 is no tenth below 10, 8.9 is; then 8.5 and 8.1 are above 0.9 · 8.9 = 8.01.
        #expect(
            answers(&detector, [10, 9.5, 8.9, 8.5, 8.1, 8.0], images: 100) == [false, false, false, false, true, false])
        #expect(detector.state.best == 8 && detector.state.sinceBest == 0)
    }

    @Test func smallGainsCountOnceTheyAddUp() {
        var detector = detector()
        // Each 6 % below the one before: every second one is a tenth below the best.
        let values = (0..<20).map { 100 * pow(0.94, Double($0)) }
        #expect(answers(&detector, values, images: 100).allSatisfy { !$0 })
    }

    @Test func notBeforeOneWindowAndThoseOfItsPatience() {
        var one = detector(patience: 1)
        // Four steps are a window.
        #expect(
            answers(&one, [Double](repeating: 3, count: 8), images: 25) == [Bool](repeating: false, count: 7) + [true])
    }

    @Test func windowsAreMeansOverImages() {
        var detector = detector()
        detector.add(value: 1, images: 30, at: level)
        #expect(detector.state.best == nil)
        detector.add(value: -3, images: 90, at: level)
        // |30 · 1 − 90 · 3| / 120
        #expect(detector.state.best == 2 && detector.state.windowImages == 0)
    }

    @Test func theSignOfTheLossDoesNotMatter() {
        var detector = detector()
        #expect(answers(&detector, [-10, -5, 2.5, -2.6, 2.6], images: 100) == [false, false, false, false, true])
        #expect(detector.state.best == 2.5)
    }

    @Test func distancesAreValuesOfTheirOwn() {
        var detector = detector(.swd)
        #expect(answers(&detector, [50, 40, 39, 41], images: 0) == [false, false, false, true])
    }

    @Test func valuesThatAreNoNumbersAreSkippedAndCounted() {
        var detector = detector()
        #expect(answers(&detector, [10, .nan, .infinity, -.infinity, 10], images: 100).allSatisfy { !$0 })
        #expect(detector.state.skipped == 3 && detector.state.best == 10 && detector.state.sinceBest == 1)
        detector.restart()
        #expect(detector.state.skipped == 3 && detector.state.best == nil)
    }

    @Test func fadesAreLeftOutAndForgetWhatWasBefore() {
        var detector = detector()
        _ = answers(&detector, [10, 10, 10], images: 100)
        #expect(detector.sees)
        for fade: Float in [0.9, 0.5, 0.1] {
            detector.add(value: 10, images: 100, at: GrowthLevel(resolution: 16, fade: fade))
            #expect(!detector.sees && detector.state.best == nil)
        }
        let grown = GrowthLevel(resolution: 16)
        for value in [20.0, 20, 20] {
            #expect(!detector.sees)
            detector.add(value: value, images: 100, at: grown)
        }
        #expect(detector.sees && detector.state.best == 20)
    }

    @Test func anotherResolutionStartsAnew() {
        var detector = detector()
        _ = answers(&detector, [1, 1, 1], images: 100)
        detector.add(value: 10, images: 100, at: GrowthLevel(resolution: 16))
        #expect(!detector.sees && detector.state.best == 10 && detector.state.resolution == 16)
    }

    @Test func aDecisionForgetsWhatWasSeen() {
        var detector = detector()
        _ = answers(&detector, [1, 1, 1], images: 100)
        detector.restart()
        #expect(!detector.sees)
        #expect(answers(&detector, [1, 1], images: 100) == [false, false])
    }

    /// A run that is stopped anywhere and goes on decides as one that is not.
    @Test func goesOnFromItsStoredState() throws {
        let values = (0..<60).map { index -> Double in
            let time = Double(index)
            return 5 + sin(time) * 3 - time / 20
        }
        for stop in [0, 1, 13, 37, 59] {
            var whole = detector()
            var first = detector()
            let expected = answers(&whole, values, images: 32)
            let before = answers(&first, Array(values[..<stop]), images: 32)
            let stored = try JSONEncoder().encode(first.state)
            var second = detector()
            second.state = try JSONDecoder().decode(PlateauState.self, from: stored)
            let after = answers(&second, Array(values[stop...]), images: 32)
            #expect(before + after == expected && second == whole)
            #expect(expected.contains(true) && expected.contains(false))
        }
    }
}
