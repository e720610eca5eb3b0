import Autodiff
import Cluster
import Configuration
import Kernels
import Recipes
import Session
import Storage
import State
import Training

/// A network that trains in milliseconds: 16², at most 16 channels, batch 8 in microbatches of 2.
package enum Small {
    package static let overrides = [
        "preset=quick-reference", "model.channel_base=256", "model.channel_max=16", "model.z_dim=16", "model.w_dim=16",
        "batch=8", "microbatch=2", "loss.pl_interval=2", "loss.r1_interval=3", "kimg=1",
    ]

    package static let datasetLabels: [Int32] = [0, 1, 2, 2, 2, 1]

    /// Values in label maps.
    package static let mapClasses = 4

    package static func configuration(
        _ more: [String] = [], resolution: Int = 16, channels: Int = 3, ranks: Int = 1
    ) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides + more).resolve(
            resolution: resolution, channels: channels, classes: 3, semanticClasses: mapClasses, ranks: ranks,
            coresPerRank: 1)
    }

    /// Of fields without a picture's size, values or channels.
    package static func configuration(
        _ more: [String] = [], fields facts: DataFacts, ranks: Int = 1
    ) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides + more).resolve(facts, ranks: ranks, coresPerRank: 1)
    }

    package static func engine(
        _ more: [String] = [], resolution: Int = 16, communicator: any Communicator = LoopbackCommunicator()
    ) throws -> StepEngine {
        StepEngine(
            try configuration(more, resolution: resolution, ranks: communicator.size), datasetLabels: datasetLabels,
            communicator: communicator)
    }

    /// Rectangles of floats, 24×16 from 6×4, with two numbers beside each.
    package static let fields = DataFacts(
        height: 24, width: 16, channels: 3, classes: 3, semanticClasses: mapClasses, vectorComponents: 2,
        isPicture: false)

    /// Pictures with label maps and images of two channels beside them.
    package static func pairs(_ side: Int, width: Int? = nil) -> DataFacts {
        DataFacts(
            height: side, width: width ?? side, channels: 3, semanticClasses: mapClasses, conditionChannels: 2,
            isPicture: true)
    }

    /// Of six rows, normalised.
    package static let datasetVectors: [Float] = [0.5, -1, -0.25, 0, 1.5, 2, -2, 0.75, 0.1, -0.3, -1, 1]

    /// An engine for fields, whose conditions are drawn as the configuration says.
    package static func fieldEngine(
        _ more: [String] = [], _ facts: DataFacts = fields,
        communicator: any Communicator = LoopbackCommunicator()
    ) throws -> StepEngine {
        let configuration = try Configuration.load(overrides: overrides + more).resolve(
            facts, ranks: communicator.size, coresPerRank: 1)
        let conditions: DatasetConditions? =
            switch configuration.data.condition {
            case .none, .map, .image: nil
            case .class: .classes(datasetLabels)
            case .vector: .vectors(datasetVectors, components: facts.vectorComponents)
            }
        return StepEngine(configuration, conditions: conditions, communicator: communicator)
    }

    /// What each of some ranks has after so many steps on fields.
    package static func fieldStates(ranks: Int, _ overrides: [String], steps: Int) throws -> [EngineState] {
        try LoopbackGroup(size: ranks).run { member in
            let engine = try fieldEngine(overrides, communicator: member)
            try run(engine, steps: steps)
            return EngineState(engine)
        }
    }

    /// This rank's share of a step's minibatch of fields: pure functions of their positions.
    package static func minibatch(_ engine: StepEngine, at setting: StepSetting? = nil) -> Minibatch {
        let configuration = engine.configuration
        let stage = (setting ?? configuration.grown).stage
        let size = configuration.mapSize(at: stage.resolution)
        let positions = engine.positions(of: ReadRequest(imagesShown: engine.imagesShown, stage: stage))
        let fields = positions.flatMap { position in
            Randomizer(seed: 99).normals(
                .sheet, step: 0, samples: position..<position + 1,
                shape: [size.height, size.width, configuration.channels]
            ).array
        }
        let k = configuration.vectorComponents
        return Minibatch(
            fields: fields, labels: positions.map { datasetLabels[$0 % datasetLabels.count] },
            semantic: configuration.labelMaps == nil
                ? nil : positions.flatMap { maps(position: $0, height: size.height, width: size.width) },
            vectors: k == 0
                ? nil
                : positions.flatMap { position in
                    let row = position % (datasetVectors.count / k)
                    return datasetVectors[row * k..<(row + 1) * k]
                }, count: positions.count, height: size.height, width: size.width, channels: configuration.channels)
    }

    /// Grows from 4² to 16² within thirteen steps: two fades, batches of 8, 16 and 8.
    package static let growing = [
        "growing.enabled=true", "growing.start=4", "growing.training_kimg=0.016", "growing.transition_kimg=0.03",
        "growing.minibatch=4:8 8:16 16:8", "growing.microbatch=8:4", "growing.learning_rate=8:0.001", "kimg=0.136",
    ]
    package static let progressive = [
        "model.family=pggan", "loss.kind=wgan-gp", "loss.pl_weight=0", "loss.style_mixing=0",
        "model.discriminator=orig", "model.clamp=none",
    ]
    /// The self-attention GAN, by class, with attention and spectral norm in both networks.
    package static let selfAttention = [
        "model.family=sagan", "loss.kind=hinge", "loss.pl_weight=0", "loss.style_mixing=0", "model.clamp=none",
        "model.mbstd_group=1", "model.spectral_norm=both", "data.labels=true", "ggdr.enabled=false",
    ]
    /// R3GAN, with penalties in the main phase, and with GGDR.
    package static let r3gan = [
        "model.family=r3gan", "loss.kind=relativistic", "loss.r1_interval=1", "loss.pl_weight=0",
        "loss.style_mixing=0", "model.clamp=none", "model.mbstd_group=1", "model.blocks=1", "model.group_width=8",
        "model.embedding=4",
    ]
    /// StyleGAN2 and the progressive GAN, with GGDR; the latter with labels and with the other loss, too.
    package static let families = [
        [], progressive, progressive + ["data.labels=true", "ggdr.enabled=false"],
        progressive + ["loss.kind=logistic", "model.pixel_norm=false"],
    ]

    /// This rank's share of the step's real images: pure functions of their positions.
    ///
    /// - Parameter setting: that of the fully grown networks without it.
    package static func reals(_ engine: StepEngine, at setting: StepSetting? = nil) -> RealBatch {
        let configuration = engine.configuration
        let stage = (setting ?? configuration.grown).stage
        // Fields come as the data set has them.
        if !configuration.isPicture {
            do {
                let minibatch = minibatch(engine, at: setting)
                return try engine.reals(of: minibatch, at: setting ?? configuration.grown)
            } catch { fatalError("\(error)") }
        }
        let (size, map) = (stage.microbatch, configuration.networkGrid.size(at: stage.resolution))
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
        var batch = RealBatch(
            images: starts.map { start in
                Randomizer(seed: 99).normals(
                    .sheet, step: 0, samples: start..<start + size,
                    shape: [map.height, map.width, configuration.channels])
            }, labels: labels)
        supervise(&batch, engine, at: setting ?? configuration.grown, positions)
        return batch
    }

    /// With label maps, where they supervise: a few large areas, of values of unlike frequency, the last of them rare.
    private static func supervise(
        _ batch: inout RealBatch, _ engine: StepEngine, at setting: StepSetting, _ positions: [Int]
    ) {
        let side = setting.stage.resolution
        let values = positions.flatMap { maps(position: $0, height: side, width: side) }
        do { try engine.supervise(&batch, by: values, height: side, at: setting) } catch { fatalError("\(error)") }
    }

    package static func maps(position: Int, height: Int, width: Int) -> [UInt8] {
        (0..<height * width).map { pixel in
            let area = position &* 31 &+ pixel / width / 3 &* 7 &+ pixel % width / 2
            return UInt8(area % 16 == 0 ? 3 : area % 7 < 4 ? 0 : area % 3)
        }
    }

    /// Of the phases that its steps have.
    package static func schedule(_ configuration: ResolvedConfiguration) -> PhaseSchedule {
        PhaseSchedule(Recipes.make(configuration).phases(at: configuration.grown))
    }

    /// Those that a step of StyleGAN2 can have.
    package static let phases: [PhaseKey] = [
        .generatorMain, .generatorRegularization, .discriminatorMain, .discriminatorRegularization,
    ]

    /// Who learns from a phase.
    package static func learner(of key: PhaseKey) -> Learner {
        [.generatorMain, .generatorRegularization].contains(key) ? .generator : .discriminator
    }

    /// The random stream of a phase.
    package static func stream(of key: PhaseKey) -> Int { phases.firstIndex(of: key) ?? 0 }

    /// What each of some ranks has after so many steps.
    package static func states(ranks: Int, _ overrides: [String], steps: Int) throws -> [EngineState] {
        try LoopbackGroup(size: ranks).run { member in
            let engine = try engine(overrides, communicator: member)
            try run(engine, steps: steps)
            return EngineState(engine)
        }
    }

    /// Steps with the phases of the schedule.
    package static func run(_ engine: StepEngine, steps: Int) throws {
        for _ in 0..<steps {
            _ = try engine.run(phases: engine.schedule.phases(ofStep: engine.step), real: reals(engine))
        }
    }

    /// Steps as the training loop takes them, with work ahead.
    package static func runAhead(_ engine: StepEngine, steps: Int) throws {
        for _ in 0..<steps {
            engine.lookAhead()
            _ = try engine.settle()
            try engine.start(phases: engine.schedule.phases(ofStep: engine.step), real: reals(engine))
        }
        _ = try engine.settle()
    }
}

/// All that a checkpoint holds of an engine, bit for bit.
package struct EngineState: Equatable, Sendable {
    private var bits: [String: [UInt32]] = [:]
    private var attributes: [String: String] = [:]

    package init(_ engine: StepEngine) {
        let contents = engine.checkpoint(datasetID: "set", ranks: 1)
        for array in contents.arrays { bits[array.path] = array.values.map(\.bitPattern) }
        for (name, value) in contents.attributes { attributes[name] = "\(value)" }
    }

    package var names: Set<String> { Set(bits.keys) }
    package var isFinite: Bool { bits.values.allSatisfy { $0.allSatisfy { Float(bitPattern: $0).isFinite } } }

    /// Names of what differs.
    package func differences(from other: EngineState) -> [String] {
        let arrays = names.union(other.names).filter { bits[$0] != other.bits[$0] }
        let keys = Set(attributes.keys).union(other.attributes.keys).filter { attributes[$0] != other.attributes[$0] }
        return arrays.union(keys).sorted()
    }
}

extension StepEngine {
    package var step: Int { state.counters.step }
    package var imagesShown: Int { state.counters.imagesShown }

    /// The tracked mean of the path length.
    package var pathMean: Float {
        get { tracked("state/pl_mean").scalar }
        set { tracked("state/pl_mean").scalar = newValue }
    }

    /// With β₁ = 0 those are the gradients of the last phase.
    package func firstMoments(of learner: Learner) -> BufferView {
        moments("optimizer/\(learner == .generator ? "generator" : "discriminator")/m")
    }

    package func moments(_ name: String) -> BufferView { tracked(name).view }

    private func tracked(_ name: String) -> NamedTensor {
        guard let tensor = state.others.first(where: { $0.name == name }) else { fatalError("no \(name)") }
        return tensor
    }
}
