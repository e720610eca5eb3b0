import Failure
import State
import Storage
import TestSupport
import Testing

@Suite struct TrainingCountersTests {
    private static var counters: TrainingCounters {
        var counters = TrainingCounters()
        (counters.step, counters.imagesShown) = (12, 96)
        (counters.optimizerStepsGenerator, counters.optimizerStepsDiscriminator) = (15, 13)
        (counters.levelResolution, counters.levelFade) = (8, 0.375)
        var growth = GrowthProgress()
        growth.transitions = [40, 80]
        (growth.plateau.resolution, growth.plateau.best, growth.plateau.windowSum) = (8, 0.1, 1 / 3)
        counters.growth = growth
        (counters.guardLeftOut, counters.guardLeftOutInARow) = (3, [0, 0, 2, 1])
        counters.best = BestScore(key: "swd/average", value: 1 / 3, measure: "8 images", imagesShown: 80)
        return counters
    }

    private func read(_ attributes: [(String, AttributeValue)]) throws -> TrainingCounters {
        try TrainingCounters(CheckpointContents(attributes: attributes), path: "a.h5")
    }

    @Test func goToAttributesAndBack() throws {
        let attributes = Self.counters.attributes
        #expect(
            attributes.map(\.0) == [
                "step", "images_shown", "optimizer_steps_generator", "optimizer_steps_discriminator",
                "level_resolution", "level_fade", "growth", "guard_left_out", "guard_left_out_in_a_row", "best",
            ])
        #expect(try read(attributes) == Self.counters)
        // What is nil is not written.
        #expect(TrainingCounters().attributes.map(\.0).count == 4)
        #expect(try read(TrainingCounters().attributes) == TrainingCounters())
    }

    @Test(arguments: ["step", "images_shown", "optimizer_steps_generator", "optimizer_steps_discriminator"])
    func theOldestAreDemanded(_ name: String) {
        let attributes = Self.counters.attributes.filter { $0.0 != name }
        let error = thrown(StateError.self) { _ = try read(attributes) }
        #expect(error?.reason.contains("the attribute \(name) is missing") == true)
    }

    private static let refused: [(String, AttributeValue, String)] = [
        ("step", .string("many"), "the attribute step is many, expected a number"),
        ("step", .doubles([1, 2]), "the attribute step is"), ("step", .double(1.5), "the attribute step is 1.5"),
        ("images_shown", .string("1}"), "the attribute images_shown is 1}"),
        ("level_fade", .float(.nan), "the attribute level_fade is nan"),
        ("growth", .string("{}"), "which does not tell how the networks have grown"),
        (
            "growth", .string("{\"transitions\":[],\"plateau\":{}},\"step\":7,\"x\":{}"),
            "which does not tell how the networks have grown"
        ), ("step", .string("12,\"imagesShown\":99"), "the attribute step is 12"),
        ("best", .string("{}"), "which does not tell the best value of a metric"),
        (
            "best", .string(#"{"imagesShown":97,"key":"swd","measure":"8 images","value":1}"#),
            "expected a number, measured after 0 to 96 images"
        ),
        ("guard_left_out", .int(-1), "guard_left_out is -1"),
        ("guard_left_out_in_a_row", .ints([4]), "guard_left_out_in_a_row is [4]"),
        ("guard_left_out_in_a_row", .strings(["0"]), "the attribute guard_left_out_in_a_row is"),
    ]

    @Test(arguments: refused) func whatMakesNoSenseIsNamed(name: String, value: AttributeValue, text: String) {
        let attributes = Self.counters.attributes.map { $0.0 == name ? ($0.0, value) : $0 }
        let error = thrown(StateError.self) { _ = try read(attributes) }
        #expect(
            error?.description.hasPrefix("a.h5: ") == true && error?.reason.contains(text) == true, "\(error as Any)")
    }

    @Test func growthBeyondAnyRunIsRefused() {
        var counters = Self.counters
        counters.growth?.transitions = [-1]
        let attributes = counters.attributes
        let error = thrown(CheckpointError.self) { _ = try read(attributes) }
        #expect(error?.exitCode == ExitCode.badData && error?.reason.contains("expected numbers from 0") == true)
    }
}
