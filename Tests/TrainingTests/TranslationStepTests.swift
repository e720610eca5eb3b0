import Autodiff
import Cluster
import Configuration
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// Steps of image-to-image methods through the engine.
@Suite struct TranslationStepTests {
    static let cases =
        SmallPairs.families + [
            SmallPairs.pix2pix.with(["model.norm=instance", "loss.kind=lsgan"], "by instance, least squares"),
            SmallPairs.pix2pix.with(["data.condition=map"], "of maps"),
            SmallPairs.pix2pix.with(["loss.kind=relativistic"], "patches in pairs"),
            SmallPairs.oasis.with(["data.dont_care=true", "loss.labelmix=0"], "with a class of no matter"),
            SmallPairs.ccfpse.with(["loss.feature_matching=0", "microbatch=1"], "without matching"),
        ] + guided

    /// Batch normalisation, counts of classes and LabelMix's bits are those of the whole batch.
    @Test(arguments: cases) func ranksDoNotMatter(_ known: SmallPairs) throws {
        @Sendable func states(_ communicator: any Communicator) throws -> (start: EngineState, end: EngineState) {
            let engine = try known.engine(communicator: communicator)
            engine.startLarge()
            let start = EngineState(engine)
            try known.run(engine, steps: 3)
            return (start, EngineState(engine))
        }
        let (start, expected) = try states(LoopbackCommunicator())
        #expect(expected.isFinite)
        // A bias in front of a normalisation has no gradient but rounding.
        let still = start.names.subtracting(expected.differences(from: start))
        #expect(still.allSatisfy { $0.hasSuffix("bias") || $0.hasPrefix("optimizer/") }, "\(still.sorted())")
        for ranks in [2, 4] {
            let ends = try LoopbackGroup(size: ranks).run { try states($0).end }
            for (rank, end) in ends.enumerated() {
                #expect(end.differences(from: expected).isEmpty, "rank \(rank) of \(ranks)")
            }
        }
    }

    /// The generator comes first but in Pix2Pix, and each phase sees the step's pairs.
    @Test(arguments: SmallPairs.families) func phases(_ known: SmallPairs) throws {
        let engine = try known.engine()
        let phases = engine.phases
        let isPix2Pix = engine.configuration.model.family == .pix2pix
        let keys: [PhaseKey] =
            isPix2Pix ? [.discriminatorMain, .generatorMain] : [.generatorMain, .discriminatorMain]
        #expect(phases.map(\.key) == keys)
        #expect(phases.allSatisfy { $0.reals == 0 })
        #expect(engine.schedule.realBatches == 1)
        #expect(Set(phases.map(\.stream)) == [0, 2])
    }

    /// What reports have of a step.
    @Test func measurements() throws {
        let expected: [(SmallPairs, Set<String>)] = [
            (.pix2pix, ["loss/generator", "loss/l1", "loss/discriminator"]),
            (.oasis.with(["ggdr.enabled=true"], "with GGDR"), ["loss/generator", "loss/labelmix", "loss/ggdr"]),
            (.ccfpse, ["loss/generator", "loss/feature_matching", "loss/discriminator"]),
        ]
        for (known, names) in expected {
            let engine = try known.engine()
            let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
            let report = try engine.run(phases: engine.schedule.phases(ofStep: 0), real: real)
            let found = Set(
                engine.phases.flatMap { phase in
                    report.measurements[phase.key].map { phase.statistics($0).map(\.0) } ?? []
                })
            #expect(found.isSuperset(of: names.union(["score/real", "score/fake"])), "\(known): \(found.sorted())")
        }
    }

    static let guided = [
        SmallPairs.pix2pix.with(["ggdr.enabled=true"], "with GGDR"),
        SmallPairs.oasis.with(["ggdr.enabled=true"], "with GGDR"),
        SmallPairs.ccfpse.with(["ggdr.enabled=true", "ggdr.resolution=16", "ggdr.also=8"], "with GGDR"),
    ]
    static let mainPhases: [PhaseKey] = [.generatorMain, .discriminatorMain]

    /// One whose LabelMix takes classes of both kinds of images in the first step.
    private static func mixingSeed() throws -> UInt64 {
        let seeds: Range<UInt64> = 0..<64
        return try #require(
            seeds.first { seed in
                let inputs = PhaseInputs(randomizer: Randomizer(seed: seed), styleMixing: 0, datasetLabels: nil)
                // Class 0 may take over the bit of class 1.
                let bits = inputs.labelMixBits(classes: Small.mapClasses, step: 0, stream: 2).dropFirst()
                return bits.contains(true) && bits.contains(false)
            })
    }

    /// Microbatches are not seen in what a whole step makes of a batch but by rounding: batch normalisation, classes that
    /// some microbatches do not have, LabelMix, feature matching and GGDR, in what is measured and in what is learnt.
    @Test(arguments: guided, mainPhases) func microbatchesAreNotSeen(_ known: SmallPairs, phase: PhaseKey) throws {
        let (seed, learner) = (try Self.mixingSeed(), Small.learner(of: phase))
        func outcome(_ microbatch: Int) throws -> (measured: [(String, Double)], gradients: [(String, [Float])]) {
            let engine = try known.engine(["microbatch=\(microbatch)", "seed=\(seed)"])
            engine.startLarge()
            let real = try engine.reals(of: SmallPairs.minibatch(engine), at: engine.configuration.grown)
            let report = try engine.run(phases: [phase], real: real)
            let (part, means) = (
                try #require(engine.phases.first { $0.key == phase }), try #require(report.measurements[phase])
            )
            // In a first step they are the gradients, times 1 − β₁.
            let moments = engine.firstMoments(of: learner)
            let trained = engine.networks.parameters(of: learner).trained
            return (
                part.statistics(means), trained.map { ($0.name, moments.slice($0.offset, $0.count).array) }
            )
        }
        let whole = try outcome(8)
        let all = whole.gradients.flatMap(\.1)
        let size = innerProduct(all, all).squareRoot()
        #expect(size > 1e-3)
        // LabelMix asks for something, and each pixel has its own score.
        for (name, value) in whole.measured { #expect(abs(value) > 1e-6, "\(name)") }
        for microbatch in [1, 4] {
            let parts = try outcome(microbatch)
            for ((name, a), (_, b)) in zip(parts.measured, whole.measured) {
                #expect(abs(a - b) <= 1e-3 * abs(b) + 1e-5, "\(name) in \(microbatch): \(a), \(b)")
            }
            let error = relativeError(parts.gradients.flatMap(\.1), all)
            #expect(error < 1e-3, "microbatches of \(microbatch): \(error)")
            for ((name, a), (_, b)) in zip(parts.gradients, whole.gradients) {
                let difference = zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }.squareRoot()
                let allowed = 1e-2 * innerProduct(b, b).squareRoot() + 1e-4 * size
                #expect(difference <= allowed, "\(name) in \(microbatch): \(difference), \(allowed)")
            }
        }
    }

    /// The seed of the run draws z, dropout and LabelMix's bits anew in each step and phase, whatever the ranks.
    @Test func drawsDiffer() {
        let inputs = PhaseInputs(randomizer: Randomizer(seed: 1), styleMixing: 0, datasetLabels: nil)
        let bits = (0..<8).map { inputs.labelMixBits(classes: 40, step: $0, stream: 2) }
        #expect(Set(bits).count == 8)
        #expect(bits.allSatisfy { $0.contains(true) && $0.contains(false) })
        #expect(inputs.labelMixBits(classes: 40, step: 3, stream: 2) == bits[3])
        #expect(inputs.labelMixBits(classes: 40, step: 3, stream: 6) != bits[3])
    }

    /// Half of the numbers are left out, the others doubled; a sample has its own, whatever stands beside it.
    @Test func dropout() throws {
        let inputs = PhaseInputs(randomizer: Randomizer(seed: 1), styleMixing: 0, datasetLabels: nil)
        let generator = try SmallPairs.pix2pix.engine().networks.generator
        func drawn(_ samples: Range<Int>, step: Int = 0, stream: Int = 0) throws -> [Float] {
            let input = inputs.generatorInput(
                generator, step: step, phase: .generatorMain, stream: stream, samples: samples)
            #expect(input.z.shape == [samples.count, 0])
            let factors = try #require(input.dropout)
            #expect(factors.count == 1)
            return factors[0].array
        }
        let all = try drawn(0..<64)
        #expect(Set(all) == [0, 2])
        let kept = Double(all.count { $0 == 2 }) / Double(all.count)
        #expect(abs(kept - 0.5) < 0.1)
        let size = all.count / 64
        #expect(try drawn(8..<12) == Array(all[8 * size..<12 * size]))
        let others = [try drawn(0..<64, step: 1), try drawn(0..<64, stream: 2)]
        #expect(others.allSatisfy { $0 != all } && others[0] != others[1])
        // Networks without have none, and z where they take one.
        let oasis = try SmallPairs.oasis.engine().networks.generator
        let input = inputs.generatorInput(oasis, step: 0, phase: .generatorMain, stream: 0, samples: 0..<2)
        #expect(input.dropout?.isEmpty ?? true)
        #expect(input.z.shape == [2, 3])
    }

    /// Both rates are those of the batch.
    @Test func ratesFollowTheBatch() throws {
        func state(_ more: [String]) throws -> EngineState {
            let engine = try SmallPairs.pix2pix.engine(["optimizer.decay_from=none"] + more)
            try SmallPairs.pix2pix.run(engine, steps: 2)
            return EngineState(engine)
        }
        let plain = try state([])
        let rates = try SmallPairs.pix2pix.engine([]).configuration
        let (batch, optimizer) = (rates.batch, rates.optimizer)
        let followed = try state(["optimizer.rate_batch=\(4 * batch)"])
        #expect(followed.differences(from: plain).contains("generator/model.model.0.weight"))
        let halved = try state(["optimizer.g_lr=\(optimizer.gLR / 2)", "optimizer.d_lr=\(optimizer.dLR / 2)"])
        #expect(followed.differences(from: halved) == ["config"])
    }

    /// Both rates go down to 0 in the second half of a run, by the images shown.
    @Test func ratesGoDown() throws {
        func parameters(_ more: [String], from shown: Int) throws -> EngineState {
            let engine = try SmallPairs.pix2pix.engine(more)
            engine.state.counters.imagesShown = shown
            try SmallPairs.pix2pix.run(engine, steps: 1)
            return EngineState(engine)
        }
        let (constant, half) = (["optimizer.decay_from=none"], ["optimizer.decay_from=0.5"])
        let names = ["generator/model.model.0.weight", "discriminator/model.0.weight"]
        let early = try parameters(half, from: 400).differences(from: parameters(constant, from: 400))
        let late = try parameters(half, from: 800).differences(from: parameters(constant, from: 800))
        for name in names { #expect(!early.contains(name) && late.contains(name), "\(name)") }
    }
}
