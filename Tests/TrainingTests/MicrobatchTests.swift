import Kernels
import NumericalTesting
import Testing
import Training

/// What a phase's gradient owes to the way in which its batch is cut.
@Suite struct MicrobatchTests {
    /// With β₁ = 0 the first moments are the mean gradient.
    private func gradient(_ phase: Phase, microbatch: Int, _ more: [String]) throws -> [Float] {
        let trainer = try Small.trainer(
            ["microbatch=\(microbatch)", "model.mbstd_group=1", "loss.pl_batch_shrink=1", "loss.pl_decay=0"] + more)
        trainer.pathMean = 0.1
        _ = try trainer.run(phases: [phase], real: Small.reals(trainer))
        let isGenerator = phase == .generatorMain || phase == .generatorRegularization
        return (isGenerator ? trainer.optimizerG : trainer.optimizerD).firstMoments.array
    }

    // Groups of one: no statistic crosses samples, so that the mean over microbatches is the mean over the batch.
    @Test(arguments: Phase.allCases, [[String](), ["data.labels=true"]])
    func meanOverMicrobatchesIsTheMeanOverTheBatch(_ phase: Phase, _ more: [String]) throws {
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
        let trainer = try Small.trainer([
            "microbatch=\(microbatch)", "loss.pl_batch_shrink=\(shrink)", "loss.pl_decay=1",
        ])
        let report = try trainer.run(phases: [.generatorRegularization], real: Small.reals(trainer))
        let length = try #require(report.measurements[.generatorRegularization])[.pathLength]
        // A mean over the wrong number of microbatches would be out by a factor.
        let alone = try Small.trainer(["microbatch=8", "loss.pl_batch_shrink=1"])
        let reference = try #require(
            try alone.run(phases: [.generatorRegularization], real: Small.reals(alone))
                .measurements[.generatorRegularization])[.pathLength]
        #expect(length > 0.6 * reference && length < 1.6 * reference)
        #expect(abs(trainer.pathMean - length) <= 1e-6 * length)
    }

    @Test func stepsAndImagesAreCounted() throws {
        let trainer = try Small.trainer()
        try Small.run(trainer, steps: 4)
        #expect(trainer.step == 4 && trainer.imagesShown == 32)
        // Path length in steps 0 and 2, R1 in steps 0 and 3.
        #expect(trainer.optimizerG.steps == 6 && trainer.optimizerD.steps == 6)
    }
}
