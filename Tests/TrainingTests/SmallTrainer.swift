import Autodiff
import Cluster
import Configuration
import Foundation
import Storage

import Training

/// A network that trains in milliseconds: 16², at most 16 channels, batch 8 in microbatches of 2.
enum Small {
    static let overrides = [
        "preset=quick", "model.channel_base=256", "model.channel_max=16", "model.z_dim=16", "model.w_dim=16",
        "batch=8", "microbatch=2", "loss.pl_interval=2", "loss.r1_interval=3", "kimg=1",
    ]

    static let datasetLabels: [Int32] = [0, 1, 2, 2, 2, 1]

    static func configuration(
        _ more: [String] = [], resolution: Int = 16, channels: Int = 3, ranks: Int = 1
    ) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides + more).resolve(
            resolution: resolution, channels: channels, classes: 3, ranks: ranks, coresPerRank: 1)
    }

    static func trainer(
        _ more: [String] = [], resolution: Int = 16, communicator: any Communicator = LoopbackCommunicator()
    ) throws -> Trainer {
        Trainer(
            try configuration(more, resolution: resolution, ranks: communicator.size), datasetLabels: datasetLabels,
            communicator: communicator)
    }

    /// This rank's share of the step's real images: pure functions of their positions.
    ///
    /// - Parameter setting: that of the fully grown networks without it.
    static func reals(_ trainer: Trainer, at setting: StepSetting? = nil) -> RealBatch {
        let configuration = trainer.configuration
        let stage = (setting ?? configuration.grown).stage
        let (size, side) = (stage.microbatch, stage.resolution)
        let positions = trainer.positions(of: ReadRequest(imagesShown: trainer.imagesShown, stage: stage))
        let starts = stride(from: 0, to: positions.count, by: size).map { positions[$0] }
        let labels =
            configuration.labelDimension == 0
            ? nil
            : starts.map { start in
                Tensor.oneHot(
                    (start..<start + size).map { datasetLabels[$0 % datasetLabels.count] },
                    classes: configuration.labelDimension)
            }
        return RealBatch(
            images: starts.map { start in
                Randomizer(seed: 99).normals(
                    .sheet, step: 0, samples: start..<start + size, shape: [side, side, configuration.channels])
            }, labels: labels)
    }

    /// Steps with the phases of the schedule.
    static func run(_ trainer: Trainer, steps: Int) throws {
        for _ in 0..<steps {
            _ = try trainer.run(phases: trainer.schedule.phases(ofStep: trainer.step), real: reals(trainer))
        }
    }
}

/// All that a checkpoint holds of a trainer, bit for bit.
struct TrainerState: Equatable, Sendable {
    private var bits: [String: [UInt32]] = [:]
    private var attributes: [String: String] = [:]

    init(_ trainer: Trainer) {
        let contents = trainer.checkpoint(datasetID: "set", ranks: 1)
        for array in contents.arrays { bits[array.path] = array.values.map(\.bitPattern) }
        for (name, value) in contents.attributes { attributes[name] = "\(value)" }
    }

    var names: Set<String> { Set(bits.keys) }
    var isFinite: Bool { bits.values.allSatisfy { $0.allSatisfy { Float(bitPattern: $0).isFinite } } }

    /// Names of what differs.
    func differences(from other: TrainerState) -> [String] {
        let arrays = names.union(other.names).filter { bits[$0] != other.bits[$0] }
        let keys = Set(attributes.keys).union(other.attributes.keys).filter { attributes[$0] != other.attributes[$0] }
        return arrays.union(keys).sorted()
    }
}

/// Runs `body` with the path of a folder that is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ganglion-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}
