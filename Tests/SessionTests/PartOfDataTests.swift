import Configuration
import Failure
import Foundation
import Reporting
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// Runs on a part of a data set, and runs that label maps supervise.
@Suite struct PartOfDataTests {
    static let variants: [[String]] = [
        ["supervision=labels", "data.mirror=true"],
        ["supervision=labels", "data.limit=10", "data.mirror=true", "data.labels=true"],
        ["data.limit=10", "data.limit_seed=2"],
    ]

    @Test(arguments: variants) func ranksAndStopsDoNotMatter(_ overrides: [String]) throws {
        try inScene { folder in
            #expect(try folder.train("whole", ["kimg=0.064"] + overrides) == [0])
            let expected = try folder.newest("whole")
            #expect(expected.values.allSatisfy { $0.allSatisfy(\.isFinite) })
            #expect(try folder.train("four", ["kimg=0.064"] + overrides, ranks: 4) == [0, 0, 0, 0])
            #expect(try folder.newest("four") == expected)
            for (kimg, ranks) in [(0.024, 4), (0.04, 1), (0.064, 2)] {
                _ = try folder.train("parts", ["kimg=\(kimg)"] + overrides, ranks: ranks)
            }
            #expect(try folder.newest("parts") == expected)
            let isSupervised = overrides.contains("supervision=labels")
            #expect((try folder.stats("whole")[0]["loss/labels"] is NSNumber) == isSupervised)
            #expect((try folder.stats("whole")[0]["loss/ggdr"] is NSNumber) == !isSupervised)
        }
    }

    /// What is shown is the subset, whatever the run's seed, and nothing else.
    @Test func onlyTheFirstRowsOfThePermutationAreShown() throws {
        try inScene { folder in
            let dataset = try Dataset(folder.data)
            func rows(_ overrides: [String]) throws -> (chosen: [Int], shown: Set<Int>, labels: [Int32]) {
                let configuration = try Small.configuration(overrides)
                let rows = TrainingRows(configuration, of: dataset)
                let order = rows.order
                let shown = Set((0..<3 * order.epochSize).map { order[$0].row })
                return (shown.sorted(), shown, try #require(rows.labels))
            }
            let all = try #require(dataset.labels)
            let ten = try rows(["data.limit=10"])
            #expect(ten.shown.count == 10)
            #expect(ten.labels.sorted() == ten.chosen.map { all[$0] }.sorted())
            #expect(try rows(["data.limit=10", "seed=7"]).shown == ten.shown)
            #expect(try rows(["data.limit=10", "data.mirror=true"]).shown == ten.shown)
            #expect(try rows(["data.limit=16"]).shown.isSuperset(of: ten.shown))
            #expect(try rows(["data.limit=10", "data.limit_seed=1"]).shown != ten.shown)
            #expect(try rows([]).shown.count == 24 && rows([]).labels == all)
        }
    }

    @Test func picturesOfRealsAreOfThePart() throws {
        try inScene { folder in
            for (name, overrides) in [("a", [String]()), ("b", ["data.limit=6"])] {
                _ = try folder.train(name, ["kimg=0.008"] + overrides)
            }
            let dataset = try Dataset(folder.data)
            func sheet(_ rows: [Int]) throws -> [UInt8] {
                ImageGrid.make(
                    try dataset.read(rows: rows).images, count: 6, height: 16, width: 16, channels: 3, columns: 3
                ).pixels
            }
            #expect(try ImageFile.read(folder.run("a").reals).pixels == sheet(Array(0..<6)))
            #expect(try ImageFile.read(folder.run("b").reals).pixels == sheet(dataset.rows(limit: 6, seed: 0)))
        }
    }

    @Test(arguments: ["data.limit=11", "data.limit=all", "data.limit_seed=1"])
    func anotherPartIsRefused(_ change: String) throws {
        try inScene { folder in
            _ = try folder.train("a", ["kimg=0.016", "data.limit=10"])
            #expect {
                try folder.train("a", ["kimg=0.032", "data.limit=10", change])
            } throws: { error in
                let key = change.prefix { $0 != "=" }
                return (error as? any ExitCoded)?.exitCode == ExitCode.badConfiguration
                    && ["was trained with \(key)=", "this run has"].allSatisfy("\(error)".contains)
            }
        }
    }
}
