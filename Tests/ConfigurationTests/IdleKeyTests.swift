import Configuration
import Testing

/// Keys that do nothing as others are: told where the user named them, and never an error.
@Suite struct IdleKeyTests {
    private static func notes(_ configuration: Configuration) throws -> [String] {
        try configuration.resolve(
            resolution: 32, channels: 3, classes: 0, semanticClasses: 4, ranks: 1, coresPerRank: 4
        ).notes.filter { $0.contains("which does nothing") }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let set: [String]
        let notes: [String]
        var testDescription: String { self.set.joined(separator: " ") }

        init(_ set: String..., notes: [String]) {
            self.set = set
            self.notes = notes
        }
    }

    static let cases: [Case] = [
        Case(notes: []),
        Case("augment.p=0.3", notes: ["augment.p is 0.3, which does nothing: augment.mode is none"]),
        Case("augment.p=0", notes: []),
        Case("augment.p=0.3", "augment.mode=ada", "augment.target=0.5", "augment.pipeline=bg", notes: []),
        Case(
            "augment.p=0.3", "augment.mode=fixed", "augment.speed_kimg=100", "augment.target=0.5",
            notes: [
                "augment.target is 0.5, which does nothing: augment.mode is fixed",
                "augment.speed_kimg is 100, which does nothing: augment.mode is fixed",
            ]),
        // The preset's value too: whoever names it expects something.
        Case(
            "augment.diffaugment=color", "augment.pipeline=bgc",
            notes: ["augment.pipeline is bgc, which does nothing: augment.mode is none"]),
        Case("supervision_weight=2", notes: ["supervision_weight is 2, which does nothing: supervision is generator"]),
        Case("supervision_weight=2", "supervision=labels", notes: []),
        Case(
            "supervision=labels", "ggdr.also=", "ggdr.weight=3", "ggdr.distance=l2", "ggdr.resolution=16",
            notes: [
                "ggdr.distance is l2, which does nothing: supervision is labels",
                "ggdr.weight is 3, which does nothing: supervision is labels",
            ]),
        Case(
            "ggdr.enabled=false", "ggdr.also=8", "ggdr.depth=2", "ggdr.weight=3",
            notes: [
                "ggdr.also is 8, which does nothing: supervision is none",
                "ggdr.depth is 2, which does nothing: supervision is none",
            ]),
        Case(
            "loss.lecam_decay=0.9", "loss.lecam_debias=false", "loss.lecam_start=10",
            notes: [
                "loss.lecam_decay is 0.9, which does nothing: loss.lecam_weight is 0",
                "loss.lecam_debias is false, which does nothing: loss.lecam_weight is 0",
                "loss.lecam_start is 10, which does nothing: loss.lecam_weight is 0",
            ]),
        Case("loss.lecam_decay=0.9", "loss.lecam_weight=0.1", notes: []),
        Case(
            "schedule.augment_p=0.5", "schedule.kimg=3",
            notes: ["schedule.augment_p is 0.5, which does nothing: augment.mode is none"]),
        Case(
            "schedule.ema_half_life_kimg=5", "ema.enabled=false",
            notes: ["schedule.ema_half_life_kimg is 5, which does nothing: ema.enabled is false"]),
        Case(
            "schedule.kimg=3",
            notes: ["schedule.kimg is 3, which does nothing: no other key of schedule has a value"]),
        Case("schedule.kimg=3", "schedule.g_lr=0.001", "schedule.augment_p=none", notes: []),
        Case("data.limit_seed=3", notes: ["data.limit_seed is 3, which does nothing: data.limit is all"]),
    ]

    @Test(arguments: cases) func whatTheCommandLineNames(_ known: Case) throws {
        #expect(try Self.notes(Configuration.load(overrides: known.set)) == known.notes)
    }

    /// A run's `config.yaml` names every key.
    @Test func ofAFileOnlyWhatIsNotThePresets() throws {
        let whole = try Configuration.load(overrides: ["augment.p=0.3", "kimg=3"]).yaml
        #expect(whole.contains("lecam_decay: 0.99"))
        let expected = ["augment.p is 0.3, which does nothing: augment.mode is none"]
        #expect(try Self.notes(Configuration.parse(yaml: whole, name: "config.yaml")) == expected)
        #expect(try Self.notes(Configuration.parse(yaml: "augment: {pipeline: bgc}")) == [])
        // The preset's values are its own affair.
        #expect(try Self.notes(Configuration.load(preset: "stylegan2")) == [])
    }

    /// A checkpoint of a version that knew none of it, whose key `augment.p` did nothing: it is read, without a word.
    @Test(arguments: ["augment: {p: 0.3}", "augment: {p: 0.3, pipeline: bg, target: 0.5}\nloss: {lecam_decay: 0.9}"])
    func whatACheckpointHoldsIsTaken(text: String) throws {
        let (stored, unknown) = try Configuration.parseStored(yaml: text, name: "1.h5")
        #expect(stored.augment.p == 0.3 && stored.augment.mode == .none && unknown.isEmpty)
        #expect(try Self.notes(stored) == [])
    }
}
