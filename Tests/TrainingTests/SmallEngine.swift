import Autodiff
import Cluster
import Configuration
import Foundation
import Kernels
import Recipes
import Session
import State
import TestSupport
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

    static func engine(
        _ more: [String] = [], resolution: Int = 16, communicator: any Communicator = LoopbackCommunicator()
    ) throws -> StepEngine {
        StepEngine(
            try configuration(more, resolution: resolution, ranks: communicator.size), datasetLabels: datasetLabels,
            communicator: communicator)
    }

    /// This rank's share of the step's real images: pure functions of their positions.
    ///
    /// - Parameter setting: that of the fully grown networks without it.
    static func reals(_ engine: StepEngine, at setting: StepSetting? = nil) -> RealBatch {
        let configuration = engine.configuration
        let stage = (setting ?? configuration.grown).stage
        let (size, side) = (stage.microbatch, stage.resolution)
        let positions = engine.positions(of: ReadRequest(imagesShown: engine.imagesShown, stage: stage))
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

    /// Of the phases that its steps have.
    static func schedule(_ configuration: ResolvedConfiguration) -> PhaseSchedule {
        PhaseSchedule(Recipes.make(configuration).phases(at: configuration.grown))
    }

    /// Those that a step of StyleGAN2 can have.
    static let phases: [PhaseKey] = [
        .generatorMain, .generatorRegularization, .discriminatorMain, .discriminatorRegularization,
    ]

    /// The random stream of a phase.
    static func stream(of key: PhaseKey) -> Int { phases.firstIndex(of: key) ?? 0 }

    /// Steps with the phases of the schedule.
    static func run(_ engine: StepEngine, steps: Int) throws {
        for _ in 0..<steps {
            _ = try engine.run(phases: engine.schedule.phases(ofStep: engine.step), real: reals(engine))
        }
    }
}

/// All that a checkpoint holds of an engine, bit for bit.
struct EngineState: Equatable, Sendable {
    private var bits: [String: [UInt32]] = [:]
    private var attributes: [String: String] = [:]

    init(_ engine: StepEngine) {
        let contents = engine.checkpoint(datasetID: "set", ranks: 1)
        for array in contents.arrays { bits[array.path] = array.values.map(\.bitPattern) }
        for (name, value) in contents.attributes { attributes[name] = "\(value)" }
    }

    var names: Set<String> { Set(bits.keys) }
    var isFinite: Bool { bits.values.allSatisfy { $0.allSatisfy { Float(bitPattern: $0).isFinite } } }

    /// Names of what differs.
    func differences(from other: EngineState) -> [String] {
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

extension StepEngine {
    var step: Int { state.counters.step }
    var imagesShown: Int { state.counters.imagesShown }

    /// The tracked mean of the path length.
    var pathMean: Float {
        get { tracked("state/pl_mean").scalar }
        set { tracked("state/pl_mean").scalar = newValue }
    }

    /// With β₁ = 0 those are the gradients of the last phase.
    func firstMoments(of learner: Learner) -> BufferView {
        moments("optimizer/\(learner == .generator ? "generator" : "discriminator")/m")
    }

    func moments(_ name: String) -> BufferView { tracked(name).view }

    private func tracked(_ name: String) -> NamedTensor {
        guard let tensor = state.others.first(where: { $0.name == name }) else { fatalError("no \(name)") }
        return tensor
    }
}
