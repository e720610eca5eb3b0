import Autodiff
import Cluster
import Configuration
import Recipes
import Storage
import Training

/// Image to image in networks that train in milliseconds: batch 8 in microbatches of 2.
package struct SmallPairs: CustomStringConvertible, Sendable {
    package let name: String
    /// Of the images.
    package let side: Int
    package let overrides: [String]
    package var description: String { name }

    private init(_ name: String, side: Int, _ overrides: [String]) {
        (self.name, self.side, self.overrides) = (name, side, overrides)
    }

    private static let all = ["batch=8", "microbatch=2", "kimg=1"]

    /// Batch normalisation in both networks, dropout, images of images.
    package static let pix2pix = SmallPairs(
        "Pix2Pix", side: 64,
        ["preset=quick-pix2pix", "model.channel_base=128", "model.unet_depth=6", "model.patch_layers=3"] + all)
    package static let oasis = SmallPairs(
        "OASIS", side: 32,
        ["preset=quick-oasis", "model.channel_base=64", "model.condition_width=4", "model.z_dim=3"] + all)
    package static let ccfpse = SmallPairs(
        "CC-FPSE", side: 64, ["preset=quick-ccfpse", "model.channel_base=128", "model.condition_width=3"] + all)
    package static let families = [pix2pix, oasis, ccfpse]

    package func with(_ more: [String], _ what: String) -> SmallPairs {
        SmallPairs("\(name) \(what)", side: side, overrides + more)
    }

    /// - Parameter facts: of the images; by default of those of its own side.
    package func configuration(
        _ more: [String] = [], facts: DataFacts? = nil, ranks: Int = 1
    ) throws -> ResolvedConfiguration {
        try Configuration.load(overrides: overrides + more).resolve(
            facts ?? Small.pairs(side), ranks: ranks, coresPerRank: 1)
    }

    package func engine(
        _ more: [String] = [], communicator: any Communicator = LoopbackCommunicator()
    ) throws -> StepEngine {
        StepEngine(
            try configuration(more, ranks: communicator.size), conditions: nil, communicator: communicator)
    }

    /// Steps with the phases of the schedule, on real images that are pure functions of their positions.
    package func run(_ engine: StepEngine, steps: Int) throws {
        for _ in 0..<steps {
            let setting = engine.configuration.grown
            let real = try engine.reals(of: Self.minibatch(engine), at: setting)
            _ = try engine.run(phases: engine.schedule.phases(ofStep: engine.step), real: real)
        }
    }

    /// What each of some ranks has after so many steps.
    package func states(ranks: Int, steps: Int) throws -> [EngineState] {
        try LoopbackGroup(size: ranks).run { member in
            let engine = try engine(communicator: member)
            try run(engine, steps: steps)
            return EngineState(engine)
        }
    }

    /// This rank's share of a step's pairs. The image of a pair follows from its map, and is noisy.
    package static func minibatch(_ engine: StepEngine) -> Minibatch {
        let configuration = engine.configuration
        let (side, channels) = (configuration.resolution, configuration.channels)
        let positions = engine.positions(
            of: ReadRequest(imagesShown: engine.imagesShown, stage: configuration.grown.stage))
        let maps = positions.flatMap { Small.maps(position: $0, height: side, width: side) }
        let images = maps.enumerated().flatMap { pixel, value in
            (0..<channels).map { UInt8((Int(value) * 60 + $0 * 20 + pixel % (side * side) % 13) % 256) }
        }
        let beside = configuration.imageConditionChannels
        return Minibatch(
            images: images, semantic: maps,
            imageConditions: maps.flatMap { value in (0..<beside).map { Float(value) / 2 - Float($0) } },
            count: positions.count, height: side, width: side, channels: channels)
    }
}
