import Cluster
import Configuration
import Kernels
import Learning
import Recipes
import SmallRuns
import Testing
import Training

/// GGDR on every family, with every loss, and its ablations (arXiv 2207.13320, section 4.3).
@Suite struct GuidanceTests {
    /// Those that make images of noise; for others see TranslationStepTests.
    static let families: [ModelFamily] = [.stylegan2, .pggan, .sagan, .r3gan]
    static let losses: [LossKind] = [.logistic, .wganGP, .hinge, .lsgan, .relativistic]

    private static let guide = Measure("loss/ggdr")

    private func overrides(_ family: ModelFamily, _ loss: LossKind) -> [String] {
        let networks: [String] =
            switch family {
            case .stylegan2: []
            case .pggan: Small.progressive
            case .sagan: Small.selfAttention + ["ggdr.enabled=true"]
            case .r3gan: Small.r3gan
            case .pix2pix, .ccfpse, .oasis: preconditionFailure("\(family) makes no images of noise")
            }
        return networks + ["loss.kind=\(loss.rawValue)"] + (loss == .wganGP ? [] : ["loss.r1_gamma=0.1"])
    }

    /// What a run of four steps has measured of the guidance at each, and its state.
    private func run(
        _ overrides: [String], communicator: any Communicator = LoopbackCommunicator()
    ) throws -> (losses: [Double], state: EngineState, engine: StepEngine) {
        let engine = try Small.engine(overrides, communicator: communicator)
        var losses: [Double] = []
        for _ in 0..<4 {
            let report = try engine.run(phases: engine.schedule.phases(ofStep: engine.step), real: Small.reals(engine))
            losses.append(try #require(report.statistics.first { $0.0 == Self.guide.name }?.1))
        }
        return (losses, EngineState(engine), engine)
    }

    @Test(arguments: families, losses) func guidesEveryFamilyWithEveryLoss(
        family: ModelFamily, loss: LossKind
    ) throws {
        let overrides = overrides(family, loss)
        let guided = try run(overrides)
        #expect(guided.losses.allSatisfy { $0.isFinite && $0 > 0 && $0 < 2 }, "\(guided.losses)")
        #expect(guided.state.isFinite)
        // It reaches the encoder, not the decoder alone: without its weight the encoder goes elsewhere.
        let unguided = try run(overrides + ["ggdr.weight=0"])
        let moved = guided.state.differences(from: unguided.state)
        #expect(moved.contains { $0.hasPrefix("discriminator/") && !$0.contains("_dec") }, "\(moved)")
        let states = try LoopbackGroup(size: 2).run { try run(overrides, communicator: $0).state }
        for state in states { #expect(state.differences(from: guided.state).isEmpty) }
    }

    struct Ablation: CustomTestStringConvertible, Sendable {
        let overrides: [String]
        var testDescription: String { overrides.joined(separator: " ") }
    }

    static let ablations: [Ablation] = [
        Ablation(overrides: ["ggdr.resolution=16"]),
        Ablation(overrides: ["ggdr.resolution=16", "ggdr.also=8"]),
        Ablation(overrides: ["ggdr.depth=3"]),
        Ablation(overrides: ["ggdr.distance=l2"]),
        Ablation(overrides: ["ggdr.weight=1"]),
        Ablation(overrides: ["ggdr.resolution=16", "ggdr.also=8", "ggdr.depth=2", "ggdr.distance=l2", "ggdr.weight=3"]),
    ]

    @Test(arguments: ablations) func ablationsTrainToTheSameBits(_ ablation: Ablation) throws {
        let plain = try run([])
        let changed = try run(ablation.overrides)
        #expect(changed.state.isFinite)
        #expect(changed.state.differences(from: plain.state).contains("discriminator/b16.conv1.weight"))
        let states = try LoopbackGroup(size: 4).run { try run(ablation.overrides, communicator: $0).state }
        for state in states { #expect(state.differences(from: changed.state).isEmpty) }
    }

    /// The mean of what each resolution alone would be at the same weights.
    @Test func severalResolutionsAreTheirMean() throws {
        let both = try run(["ggdr.resolution=16", "ggdr.also=8"]).losses[0]
        let large = try run(["ggdr.resolution=16"]).losses[0]
        // Layers are drawn one after another: that of 8² is the same whether one of 16² follows or not.
        let small = try run(["ggdr.resolution=8"]).losses[0]
        #expect(abs(both - (large + small) / 2) < 1e-6, "\(both), \(large), \(small)")
    }

    /// What the measure says is not times the weight.
    @Test func theMeasureIsTheDistanceItself() throws {
        let (light, heavy) = (try run(["ggdr.weight=1"]), try run(["ggdr.weight=7"]))
        #expect(light.losses[0] == heavy.losses[0] && light.losses[3] != heavy.losses[3])
    }

    @Test func depthAddsLayersBeforeTheLast() throws {
        let engine = try Small.engine(["ggdr.resolution=16", "ggdr.depth=3"])
        let names = engine.networks.d.declarations.map(\.name).filter { $0.contains("_dec") }
        let layers = ["b8_dec1", "b8_dec2", "b8_dec", "b16_dec1", "b16_dec2", "b16_dec"]
        #expect(names == layers.flatMap { ["\($0).weight", "\($0).bias"] })
    }
}
