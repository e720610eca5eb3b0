import Cluster
import Layers
import Models
import Recipes
import SmallRuns
import Testing
import Training

/// Blocks that are computed again have the bits of blocks that are kept.
@Suite struct ActivationMemoryTests {
    private static let networks = [
        [], ["data.labels=true", "microbatch=4"], ["model.discriminator=orig", "ggdr.enabled=false"],
        ["model.channel_base=512", "model.channel_max=32", "loss.pl_batch_shrink=1", "microbatch=1"],
    ]

    /// An engine whose networks have taken two whole steps: noise strengths and biases are no longer zero.
    private func engine(_ overrides: [String]) throws -> StepEngine {
        let engine = try Small.engine(overrides)
        for _ in 0..<2 { _ = try engine.run(phases: Small.phases, real: Small.reals(engine)) }
        return engine
    }

    /// With β₁ = 0 the first moments are the mean gradient.
    @Test(arguments: Small.phases, networks)
    func phasesHaveTheSameBits(_ phase: PhaseKey, _ overrides: [String]) throws {
        func gradient(_ memory: String) throws -> (bits: [UInt32], measurements: [String: [UInt32]]) {
            let engine = try engine(overrides + ["memory=\(memory)"])
            let report = try engine.run(phases: [phase], real: Small.reals(engine))
            let isGenerator = phase == .generatorMain || phase == .generatorRegularization
            let moments = engine.firstMoments(of: isGenerator ? .generator : .discriminator)
            return (
                moments.array.map(\.bitPattern),
                (report.measurements[phase]?.named ?? [:]).mapValues { $0.map(\.bitPattern) }
            )
        }
        let (full, checkpointing) = (try gradient("full"), try gradient("checkpointing"))
        #expect(full.bits.contains { $0 & 0x7fff_ffff != 0 })
        #expect(full.bits.allSatisfy { Float(bitPattern: $0).isFinite })
        let differing = zip(full.bits, checkpointing.bits).count { $0 != $1 }
        #expect(full.bits.count == checkpointing.bits.count && differing == 0, "\(differing) of \(full.bits.count)")
        #expect(!full.measurements.isEmpty && full.measurements == checkpointing.measurements)
    }

    @Test func bothNetworksAreTold() throws {
        for (memory, expected) in [("full", ActivationMemory.full), ("checkpointing", .checkpointing)] {
            let networks = Recipes.make(try Small.configuration(["memory=\(memory)"])).networks
            #expect((networks.generator as? StyleGAN2Generator)?.memory == expected)
            #expect((networks.discriminator as? StyleGAN2Discriminator)?.memory == expected)
        }
    }

    /// Ranks may differ in it.
    @Test func ranksMayDiffer() throws {
        let alone = try Small.engine()
        try Small.run(alone, steps: 4)
        let states = try LoopbackGroup(size: 2).run { member in
            let memory = member.rank == 0 ? "memory=checkpointing" : "memory=full"
            let engine = try Small.engine([memory], communicator: member)
            try Small.run(engine, steps: 4)
            return EngineState(engine)
        }
        let expected = EngineState(alone)
        #expect(states[1].differences(from: expected) == [])
        #expect(states[0].differences(from: expected) == ["config"])
    }
}
