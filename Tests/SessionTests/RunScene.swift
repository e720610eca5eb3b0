import Cluster
import Configuration
import Foundation
import Reporting
import Session
import SmallRuns
import Storage
import TestSupport
import Testing
import Training

/// A data set and run folders on disk; ranks are threads.
struct RunScene {
    let path: String
    var data: String { path + "/data" }

    init(_ path: String) throws {
        self.path = path
        _ = try DatasetSynthesizer(seed: 1, resolution: 16, channels: 3).run(to: data, count: 24, shards: 2)
    }

    func run(_ name: String) -> RunFolder { RunFolder(path + "/" + name) }

    /// Trains and returns each rank's exit code.
    ///
    /// - Parameters:
    ///   - prepare: takes each rank's engine before the first step.
    ///   - clock: makes each rank's clock.
    func train(
        _ name: String, _ overrides: [String], ranks: Int = 1, start: RunStart = .auto,
        launch: String? = nil,
        prepare: @escaping @Sendable (StepEngine, Int) -> Void = { _, _ in },
        clock: @escaping @Sendable (Int) -> (() -> Double)? = { _ in nil }
    ) throws -> [Int32] {
        try LoopbackGroup(size: ranks).run { member in
            let dataset = try Dataset(data)
            let configuration = try Configuration.load(
                overrides: Small.overrides + ["snapshot.grid=3x2", "checkpoint.every_kimg=0.016"] + overrides
            ).resolve(
                resolution: 16, channels: 3, classes: dataset.description.classes,
                semanticClasses: dataset.description.semanticClasses, images: dataset.count, ranks: ranks,
                coresPerRank: 1)
            let run = try TrainingRun(
                configuration, dataset: dataset, run: run(name).path, start: start, launch: launch,
                communicator: member, console: Console(isTerminal: false) { _ in }, now: clock(member.rank))
            prepare(run.engine, member.rank)
            return try run.run()
        }
    }

    /// The arrays of a run's newest checkpoint.
    func newest(_ name: String) throws -> [String: [Float]] {
        let choice = try #require(try CheckpointFolder(run(name).checkpoints).openNewestUsable())
        return Dictionary(uniqueKeysWithValues: choice.contents.arrays.map { ($0.path, $0.values) })
    }

    func stats(_ name: String) throws -> [[String: Any]] {
        try String(contentsOfFile: run(name).stats, encoding: .utf8).split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }
}

func inScene(_ body: (RunScene) throws -> Void) throws {
    try withTemporaryFolder { try body(try RunScene($0)) }
}
