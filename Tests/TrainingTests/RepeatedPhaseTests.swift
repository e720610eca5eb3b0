import Autodiff
import Cluster
import Configuration
import Learning
import Models
import Recipes
import SmallRuns
import State
import Testing
import Training

/// Steps in which the discriminator learns twice, each time from reals and draws of its own, before the generator does.
@Suite struct RepeatedPhaseTests {
    private static let second = PhaseKey("dmain", repetition: 1)

    private static func engine(_ communicator: any Communicator = LoopbackCommunicator()) throws -> StepEngine {
        let configuration = try Small.configuration(["ggdr.enabled=false"], ranks: communicator.size)
        return StepEngine(
            TwoCriticSteps(configuration), configuration, communicator: communicator,
            inputs: PhaseInputs(randomizer: Randomizer(seed: 4), styleMixing: 0.5, datasetLabels: nil))
    }

    /// What a run does, with work ahead: the next step begins while the last one's sums travel.
    private static func run(_ engine: StepEngine, steps: Int) throws -> [StepReport] {
        var reports: [StepReport] = []
        for _ in 0..<steps {
            engine.lookAhead()
            if let report = try engine.settle() { reports.append(report) }
            try engine.start(phases: engine.schedule.phases(ofStep: engine.step), real: Small.reals(engine))
        }
        if let report = try engine.settle() { reports.append(report) }
        return reports
    }

    @Test func aStepShowsTwoBatches() throws {
        let engine = try Self.engine()
        #expect(engine.schedule.realBatches == 2)
        #expect(engine.schedule.phases(ofStep: 5) == [.discriminatorMain, Self.second, .generatorMain])
        let request = ReadRequest(imagesShown: 16, stage: engine.configuration.grown.stage)
        #expect(engine.positions(of: request) == Array(16..<32))
        let reports = try Self.run(engine, steps: 3)
        #expect(engine.step == 3 && engine.imagesShown == 48)
        #expect(engine.state.counters.optimizerStepsDiscriminator == 6)
        #expect(engine.state.counters.optimizerStepsGenerator == 3)
        // Different reals, and different fakes.
        for report in reports {
            let (one, two) = (report.measurements[.discriminatorMain], report.measurements[Self.second])
            #expect(one != nil && two != nil)
            #expect(
                one?[.realScore] != two?[.realScore] && one?[.discriminatorFakeLoss] != two?[.discriminatorFakeLoss])
        }
    }

    /// The second one's reals are the second batch: with its images exchanged another result follows, from that phase on.
    @Test func eachSeesItsOwn() throws {
        let (plain, changed) = (try Self.engine(), try Self.engine())
        var real = Small.reals(changed)
        let first = try plain.run(phases: plain.schedule.keys, real: real)
        for k in real.images.count / 2..<real.images.count { real.images[k] = real.images[k] * 0.5 }
        let second = try changed.run(phases: changed.schedule.keys, real: real)
        #expect(
            first.measurements[.discriminatorMain]?.named == second.measurements[.discriminatorMain]?.named)
        #expect(first.measurements[Self.second]?[.realScore] != second.measurements[Self.second]?[.realScore])
    }

    @Test func sameBitsOnAnyNumberOfRanks() throws {
        let alone = try Self.engine()
        _ = try Self.run(alone, steps: 4)
        let expected = EngineState(alone)
        #expect(expected.isFinite)
        for size in [2, 4] {
            let states = try LoopbackGroup(size: size).run { member in
                let engine = try Self.engine(member)
                _ = try Self.run(engine, steps: 4)
                return EngineState(engine)
            }
            for state in states { #expect(state.differences(from: expected) == [], "\(size) ranks") }
        }
    }
}

/// StyleGAN2's networks, with two steps of the discriminator to one of the generator.
private struct TwoCriticSteps: Recipe {
    private let method: StyleGAN2

    init(_ configuration: ResolvedConfiguration) { method = StyleGAN2(configuration) }

    static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) { StyleGAN2.declared(by: configuration) }

    static func generator(of file: ParameterShapes) throws -> (any Generator)? { nil }

    var networks: Networks { method.networks }
    var tracked: [NamedTensor] { method.tracked }

    func phases(at setting: StepSetting) -> [Phase] {
        let game = AdversarialGame(networks, LogisticLoss(), at: setting.level)
        return (0..<2).map { game.discriminatorMainPhase(repetition: $0) } + [game.generatorMainPhase()]
    }

    func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        method.optimizer(of: learner, at: stage)
    }
}
