import Autodiff
import Cluster
import Configuration
import Kernels
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// What a phase's gradient owes to the way in which its batch is cut.
@Suite struct MicrobatchTests {
    /// With β₁ = 0 the first moments are the mean gradient.
    private func gradient(_ phase: PhaseKey, microbatch: Int, _ more: [String]) throws -> [Float] {
        let engine = try Small.engine(
            ["microbatch=\(microbatch)", "model.mbstd_group=1", "loss.pl_batch_shrink=1", "loss.pl_decay=0"] + more)
        engine.pathMean = 0.1
        _ = try engine.run(phases: [phase], real: Small.reals(engine))
        return engine.firstMoments(of: Small.learner(of: phase)).array
    }

    // Groups of one: no statistic crosses samples, so that the mean over microbatches is the mean over the batch.
    @Test(arguments: Small.phases, [[String](), ["data.labels=true"]])
    func meanOverMicrobatchesIsTheMeanOverTheBatch(_ phase: PhaseKey, _ more: [String]) throws {
        let whole = try gradient(phase, microbatch: 8, more)
        #expect(whole.contains { $0 != 0 })
        for size in [1, 2, 4] {
            let error = relativeError(try gradient(phase, microbatch: size, more), whole)
            #expect(error < 1e-5, "microbatches of \(size): \(error)")
        }
    }

    /// The path length phase takes the first part of each microbatch, or of every n-th where they are too small for that,
    /// and its measure is the mean over the samples that it took.
    @Test(arguments: [(1, 2), (1, 4), (2, 2), (2, 4), (4, 2), (4, 4), (8, 2), (2, 1)])
    func pathLengthTakesItsPart(microbatch: Int, shrink: Int) throws {
        let configuration = try Small.configuration([
            "microbatch=\(microbatch)", "loss.pl_batch_shrink=\(shrink)", "loss.pl_decay=1",
        ])
        let recorder = RecordedInputs(configuration)
        let engine = recorder.engine()
        let report = try engine.run(phases: [.generatorRegularization], real: Small.reals(engine))
        let length = try #require(report.measurements[.generatorRegularization])[.pathLength]
        #expect(abs(engine.pathMean - length) <= 1e-6 * length)

        let step = max(microbatch, shrink)
        let expected = stride(from: 0, to: 8, by: step).flatMap { $0..<$0 + max(1, microbatch / shrink) }
        #expect(recorder.samples.value == expected)
        // Each alone, in a batch that is as large as its number demands.
        var sum: Float = 0
        for sample in expected {
            let alone = RecordedInputs(
                try Small.configuration(["batch=1", "microbatch=1", "loss.pl_batch_shrink=1"]), first: sample
            ).engine()
            let one = try alone.run(phases: [.generatorRegularization], real: Small.reals(alone))
            sum += try #require(one.measurements[.generatorRegularization])[.pathLength]
        }
        let mean = sum / Float(expected.count)
        #expect(abs(length - mean) <= 1e-5 * mean, "\(length), \(mean)")
    }

    @Test func stepsAndImagesAreCounted() throws {
        let engine = try Small.engine()
        try Small.run(engine, steps: 4)
        #expect(engine.step == 4 && engine.imagesShown == 32)
        // Path length in steps 0 and 2, R1 in steps 0 and 3.
        #expect(
            engine.state.counters.optimizerStepsGenerator == 6 && engine.state.counters.optimizerStepsDiscriminator == 6
        )
    }
}

/// The usual inputs; notes the samples whose path length is asked for.
private struct RecordedInputs: StepInputs {
    final class Samples { var value: [Int] = [] }

    let samples = Samples()
    private let configuration: ResolvedConfiguration
    private let inputs: PhaseInputs
    /// Which sample of the usual batch is this one's first.
    private let first: Int

    init(_ configuration: ResolvedConfiguration, first: Int = 0) {
        self.configuration = configuration
        self.first = first
        inputs = PhaseInputs(
            randomizer: Randomizer(seed: configuration.seed), styleMixing: Float(configuration.loss.styleMixing),
            datasetLabels: nil)
    }

    func engine() -> StepEngine {
        StepEngine(
            Recipes.make(configuration), configuration, communicator: LoopbackCommunicator(), inputs: self)
    }

    private func shifted(_ samples: Range<Int>) -> Range<Int> {
        samples.lowerBound + first..<samples.upperBound + first
    }

    func generatorInput(
        _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
    ) -> GeneratorInput {
        inputs.generatorInput(generator, step: step, phase: phase, stream: stream, samples: shifted(samples))
    }

    func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor {
        self.samples.value += samples
        return inputs.imageNoise(generator, step: step, stream: stream, samples: shifted(samples))
    }

    func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor {
        inputs.interpolation(step: step, stream: stream, samples: shifted(samples))
    }
}
