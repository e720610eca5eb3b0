import Configuration
import Session
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// FreezeD (arXiv 2002.10964) as a run has it: from another run's checkpoint, across a stop, on ranks.
@Suite struct FrozenLayersRunTests {
    private static let frozen = [
        "b16.fromrgb.weight", "b16.fromrgb.bias", "b16.conv0.weight", "b16.conv0.bias", "b16.conv1.weight",
        "b16.conv1.bias", "b16.skip.weight",
    ].map { "discriminator/" + $0 }

    @Test func layersStayAsTheOtherRunLeftThemAcrossStops() throws {
        try inScene { folder in
            #expect(try folder.train("source", ["kimg=0.032"]) == [0])
            let source = try folder.newest("source")
            let start = RunStart.transfer(folder.run("source").checkpoints + "/00000032.h5")
            let overrides = ["seed=5", "freeze_d=4"]
            #expect(try folder.train("whole", ["kimg=0.064"] + overrides, start: start) == [0])
            let whole = try folder.newest("whole")
            #expect(try folder.train("parts", ["kimg=0.024"] + overrides, ranks: 2, start: start) == [0, 0])
            #expect(try folder.train("parts", ["kimg=0.064"] + overrides, ranks: 4).allSatisfy { $0 == 0 })
            #expect(try folder.newest("parts") == whole)
            for (name, values) in whole where name.hasPrefix("discriminator/") {
                #expect((source[name] == values) == Self.frozen.contains(name), "\(name)")
            }
        }
    }

    /// A layer that the other run does not have is nothing to keep.
    @Test func whatIsToStayMustBeThere() throws {
        try inScene { (folder) throws -> Void in
            #expect(try folder.train("source", ["kimg=0.016"]) == [0])
            let path = folder.run("source").checkpoints + "/00000016.h5"
            let attends = ["model.attention=8", "model.attention_in=d", "kimg=0.008"]
            let found = thrown(StateError.self) {
                try folder.train("a", attends + ["freeze_d=6"], start: .transfer(path))
            }
            #expect(
                found?.description.contains("has no discriminator/b8.attention") == true
                    && found?.description.contains("Set a smaller freeze_d") == true, "\(String(describing: found))")
            #expect(try folder.train("b", attends + ["freeze_d=4"], start: .transfer(path)) == [0])
        }
    }

    /// Layers that are to stay as they are need a run that they come from, and others that learn.
    @Test func frozenLayersComeFromAnotherRun() throws {
        try inScene { folder in
            let alone = thrown(ConfigurationError.self) { try folder.train("a", ["freeze_d=4", "kimg=0.008"]) }
            #expect(alone?.description.contains("give --transfer FILE.h5") == true, "\(String(describing: alone))")
            // A dry run says so too, where a run would start afresh.
            func dry(_ start: RunStart, _ run: String) -> ConfigurationError? {
                thrown(ConfigurationError.self) {
                    try TrainingRun.check(start, of: Small.configuration(["freeze_d=4"]), run: folder.run(run).path)
                }
            }
            #expect(dry(.auto, "a") == alone && dry(.fresh, "a") == alone)
            #expect(dry(.transfer("x.h5"), "a") == nil && dry(.resume("x.h5"), "a") == nil)
            #expect(try folder.train("b", ["kimg=0.008"]) == [0])
            #expect(dry(.auto, "b") == nil && dry(.fresh, "b") == alone)
            let configuration = try Small.configuration(["freeze_d=400"])
            let dataset = try Dataset(folder.data)
            let many = thrown(ConfigurationError.self) { try TrainingRun.check(configuration, dataset: dataset) }
            #expect(
                many?.description.contains("layers, from b16.fromrgb to b4.out: at most 9 can stay as they are")
                    == true,
                "\(String(describing: many))")
        }
    }
}
