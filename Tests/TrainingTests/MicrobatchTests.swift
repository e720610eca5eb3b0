import Kernels
import NumericalTesting
import Recipes
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
        let isGenerator = phase == .generatorMain || phase == .generatorRegularization
        return engine.firstMoments(of: isGenerator ? .generator : .discriminator).array
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

    // The path length phase draws batch / shrink samples, however small the microbatches are.
    @Test(arguments: [(1, 2), (1, 4), (2, 2), (2, 4), (4, 2), (8, 2), (2, 1)])
    func pathLengthTakesItsPart(microbatch: Int, shrink: Int) throws {
        let engine = try Small.engine([
            "microbatch=\(microbatch)", "loss.pl_batch_shrink=\(shrink)", "loss.pl_decay=1",
        ])
        let report = try engine.run(phases: [.generatorRegularization], real: Small.reals(engine))
        let length = try #require(report.measurements[.generatorRegularization])[.pathLength]
        // A mean over the wrong number of microbatches would be out by a factor.
        let alone = try Small.engine(["microbatch=8", "loss.pl_batch_shrink=1"])
        let reference = try #require(
            try alone.run(phases: [.generatorRegularization], real: Small.reals(alone))
                .measurements[.generatorRegularization])[.pathLength]
        #expect(length > 0.6 * reference && length < 1.6 * reference)
        #expect(abs(engine.pathMean - length) <= 1e-6 * length)
    }

    @Test func stepsAndImagesAreCounted() throws {
        let engine = try Small.engine()
        try Small.run(engine, steps: 4)
        #expect(engine.step == 4 && engine.imagesShown == 32)
        // Path length in steps 0 and 2, R1 in steps 0 and 3.
        #expect(engine.state.counters.optimizerStepsGenerator == 6 && engine.state.counters.optimizerStepsDiscriminator == 6)
    }
}
