import Configuration
import Models
import Testing
import Training

/// Boundaries worked out by hand from the rule of the reference: phase = training + transition;
/// lod = log2(final / start) − ⌊images / phase⌋ − max(images within the phase − training, 0) / transition, at least 0;
/// resolution = final / 2^⌊lod⌋; fade = lod − ⌊lod⌋.
@Suite struct GrowthScheduleTests {
    private func schedule(_ overrides: [String], resolution: Int = 32) throws -> GrowthSchedule {
        GrowthSchedule(
            try Configuration.load(preset: "quick-growing", overrides: overrides).resolve(
                resolution: resolution, channels: 1, classes: 0, ranks: 1, coresPerRank: 1))
    }

    private static let justBegun = 2999.0 / 3000
    private static let nearlyOver = 1.0 / 3000

    /// 6000 images of each training, 3000 of each fade, from 4² to 32².
    private static let nine = ["growing.training_kimg=6", "growing.transition_kimg=3"]

    @Test(
        arguments: [
            (0, 4, 0.0), (1, 4, 0), (5999, 4, 0), (6000, 4, 0), (6001, 8, Self.justBegun), (7500, 8, 0.5),
            (8999, 8, Self.nearlyOver), (9000, 8, 0), (9001, 8, 0), (14_999, 8, 0), (15_000, 8, 0),
            (15_001, 16, Self.justBegun), (17_999, 16, Self.nearlyOver), (18_000, 16, 0), (18_001, 16, 0),
            (24_000, 16, 0),
            (24_001, 32, Self.justBegun), (26_250, 32, 0.25), (26_999, 32, Self.nearlyOver), (27_000, 32, 0),
            (27_001, 32, 0),
            (33_001, 32, 0), (1_000_000_000_000, 32, 0),
        ] as [(Int, Int, Double)])
    func levels(images: Int, resolution: Int, fade: Double) throws {
        let level = try schedule(Self.nine).level(imagesShown: images, transitions: [])
        #expect(level == GrowthLevel(resolution: resolution, fade: Float(fade)))
        #expect(level.isFading == (fade > 0))
    }

    @Test(arguments: [
        (0, 16), (5999, 16), (6000, 32), (6001, 32), (11_999, 32), (12_000, 64), (12_001, 64), (18_000, 64),
    ])
    func withoutFades(images: Int, resolution: Int) throws {
        let schedule = try schedule(
            ["growing.training_kimg=6", "growing.transition_kimg=0", "growing.start=16", "growing.final=64"],
            resolution: 128)
        #expect(schedule.level(imagesShown: images, transitions: []) == GrowthLevel(resolution: resolution))
    }

    /// 0.57 · 1000 is 569.9999999999999 in floating point: 570 images, then a fade over 10.
    @Test(
        arguments: [
            (569, 4, 0.0), (570, 4, 0), (571, 8, 0.9), (575, 8, 0.5), (579, 8, 0.1), (580, 8, 0), (1150, 8, 0),
            (1151, 16, 0.9), (1159, 16, 0.1), (1160, 16, 0), (1161, 16, 0),
        ] as [(Int, Int, Double)])
    func decimals(images: Int, resolution: Int, fade: Double) throws {
        let schedule = try schedule([
            "growing.training_kimg=0.57", "growing.transition_kimg=0.0104", "growing.final=16",
        ])
        #expect(
            schedule.level(imagesShown: images, transitions: [])
                == GrowthLevel(resolution: resolution, fade: Float(fade)))
    }

    @Test func lessThanAnImageIsOne() throws {
        let schedule = try schedule(["growing.training_kimg=0.0001", "growing.transition_kimg=0.0001"])
        let resolutions = (0...7).map { schedule.level(imagesShown: $0, transitions: []).resolution }
        #expect(resolutions == [4, 4, 8, 8, 16, 16, 32, 32])
    }

    @Test func aLongFadeNeverShowsOnlyTheOld() throws {
        let schedule = try schedule(["growing.training_kimg=6", "growing.transition_kimg=1000000000"])
        let level = schedule.level(imagesShown: 6001, transitions: [])
        #expect(level.resolution == 8 && level.fade < 1 && level.fade > 0.9999)
        #expect(GrowthSchedule.introducesLayers(from: GrowthLevel(resolution: 4), to: level))
    }

    /// The reference's own arithmetic, in kimg and floating point.
    @Test func levelOfDetailIsTheReferences() throws {
        let schedule = try schedule(Self.nine)
        for images in stride(from: 0, through: 40_000, by: 37) {
            let kimg = Double(images) / 1000
            let phase = (kimg / 9).rounded(.down)
            let lod = max(0, 3 - phase - max(kimg - phase * 9 - 6, 0) / 3)
            let level = schedule.level(imagesShown: images, transitions: [])
            #expect(abs(Double(level.lod(final: 32)) - lod) < 1e-6, "\(images)")
        }
    }

    @Test func aRunThatDoesNotGrow() throws {
        let schedule = try schedule(["growing.enabled=false"])
        #expect(schedule.level(imagesShown: 0, transitions: []) == GrowthLevel(resolution: 32))
        #expect(schedule.level(imagesShown: 600_001, transitions: [5]) == GrowthLevel(resolution: 32))
        #expect(!schedule.endsPhase(from: 0, to: 1_000_000, transitions: []))
        #expect(schedule.adding(transitionAt: 50, to: []) == nil)
    }

    @Test(arguments: [
        (0, 10, false), (5990, 5999, false), (5990, 6000, true), (5999, 6001, true), (6000, 6010, false),
        (8990, 9000, true), (8999, 9000, true), (9000, 9010, false), (14_999, 15_007, true), (5000, 9500, true),
        (26_999, 27_001, true), (27_000, 27_010, false), (32_999, 33_001, false),
    ])
    func endsOfPhases(from: Int, to: Int, ends: Bool) throws {
        #expect(try schedule(Self.nine).endsPhase(from: from, to: to, transitions: []) == ends)
    }

    @Test func eachPhaseEndsOnceWhateverTheSteps() throws {
        let schedule = try schedule(Self.nine)
        for batch in [1, 7, 32, 2999, 3000] {
            let ends = stride(from: 0, to: 40_000, by: batch).filter {
                schedule.endsPhase(from: $0, to: $0 + batch, transitions: [])
            }
            #expect(ends.count == 6, "\(batch)")
        }
        let sudden = try self.schedule(["growing.training_kimg=6", "growing.transition_kimg=0"])
        let ends = stride(from: 0, to: 40_000, by: 32).filter {
            sudden.endsPhase(from: $0, to: $0 + 32, transitions: [])
        }
        #expect(ends == [5984, 11_968, 17_984])
    }

    @Test(
        arguments: [
            // Nothing decided: each training takes its most.
            ([], 6000, 4, 0.0), ([], 6001, 8, Self.justBegun), ([], 27_000, 32, 0),
            // One decided at 2000; the next training ends at 5000 + 6000 at the latest.
            ([2000], 1999, 4, 0), ([2000], 2000, 4, 0), ([2000], 2001, 8, Self.justBegun), ([2000], 5000, 8, 0),
            ([2000], 11_000, 8, 0), ([2000], 11_001, 16, Self.justBegun), ([2000], 20_001, 32, Self.justBegun),
            ([2000], 23_000, 32, 0),
            ([2000, 7000], 7000, 8, 0), ([2000, 7000], 8500, 16, 0.5), ([2000, 7000], 16_000, 16, 0),
            ([2000, 7000], 16_001, 32, Self.justBegun),
            ([2000, 7000, 10_000], 10_000, 16, 0), ([2000, 7000, 10_000], 11_500, 32, 0.5),
            ([2000, 7000, 10_000], 13_000, 32, 0), ([2000, 7000, 10_000], 99_000, 32, 0),
        ] as [([Int], Int, Int, Double)])
    func plateaus(transitions: [Int], images: Int, resolution: Int, fade: Double) throws {
        let schedule = try schedule(Self.nine + ["growing.trigger=plateau"])
        #expect(
            schedule.level(imagesShown: images, transitions: transitions)
                == GrowthLevel(resolution: resolution, fade: Float(fade)))
    }

    @Test func plateausEndPhases() throws {
        let schedule = try schedule(Self.nine + ["growing.trigger=plateau"])
        #expect(schedule.endsPhase(from: 1990, to: 2000, transitions: [2000]))
        #expect(schedule.endsPhase(from: 4999, to: 5001, transitions: [2000]))
        #expect(!schedule.endsPhase(from: 5990, to: 6010, transitions: [2000]))
        #expect(schedule.endsPhase(from: 10_999, to: 11_001, transitions: [2000]))
    }

    @Test(
        arguments: [
            ([], 2000, [2000]), ([], 6000, [6000]),
            // Within the fade that began without a decision; after it; after two of them.
            ([], 6001, nil), ([], 8999, nil), ([], 9000, [6000, 9000]), ([], 20_000, [6000, 15_000, 20_000]),
            ([2000], 4999, nil), ([2000], 5000, [2000, 5000]), ([2000], 2001, nil),
            // A decision may be taken again before it has begun.
            ([2000], 2000, [2000]),
            ([2000, 7000, 12_000], 12_001, nil), ([2000, 7000, 12_000], 50_000, nil), ([], 50_000, nil),
        ] as [([Int], Int, [Int]?)])
    func decisions(transitions: [Int], start: Int, expected: [Int]?) throws {
        let schedule = try schedule(Self.nine + ["growing.trigger=plateau"])
        #expect(schedule.adding(transitionAt: start, to: transitions) == expected)
    }

    @Test func imagesDecideWithoutPlateaus() throws {
        let schedule = try schedule(Self.nine)
        #expect(schedule.level(imagesShown: 2500, transitions: [2000]) == GrowthLevel(resolution: 4))
        #expect(!schedule.endsPhase(from: 1990, to: 2000, transitions: [2000]))
    }

    @Test(
        arguments: [
            (4, 0, 4, 0, false), (4, 0, 8, 0.9, true), (8, 0.9, 8, 0.1, false), (8, 0.1, 8, 0, true),
            (8, 0, 16, 0, true),
            (8, 0.1, 16, 0.9, true), (8, 0, 8, 0, false),
        ] as [(Int, Float, Int, Float, Bool)])
    func layersComeIn(old: Int, oldFade: Float, new: Int, newFade: Float, expected: Bool) {
        let (from, to) = (GrowthLevel(resolution: old, fade: oldFade), GrowthLevel(resolution: new, fade: newFade))
        #expect(GrowthSchedule.introducesLayers(from: from, to: to) == expected)
        // Floor or ceiling of the level of detail.
        let (a, b) = (from.lod(final: 64), to.lod(final: 64))
        #expect((a.rounded(.down) != b.rounded(.down) || a.rounded(.up) != b.rounded(.up)) == expected)
        #expect(GrowthSchedule.introducesLayers(from: nil, to: to))
    }
}
