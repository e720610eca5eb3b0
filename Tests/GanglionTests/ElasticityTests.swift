import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Runs that go on with more ranks.
    @Suite struct Elasticity {
        /// The preset whose rules depend on the batch, with small networks.
        private static let options =
            ["--preset", "stylegan2-ggdr", "--microbatch", "4", "--threads", "1", "--set", "snapshot.grid=2x2"]
            + TestRun.tinyNetworks

        /// With batch_per_rank the batch grows with the ranks, and what depends on it follows: the run goes on as one
        /// whose batch was raised on the same ranks.
        @Test func moreRanksAreALargerBatch() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            func run(_ name: String, _ batch: String...) -> TestRun {
                TestRun(data: data, folder: scratch(name), options: Self.options + batch)
            }
            try run("grown", "--batch-per-rank", "8").finish(images: 200)
            try scratch.copy(scratch("grown"), to: "raised")

            let grown = try run("grown", "--batch-per-rank", "8").train(images: 440, ranks: 2)
            expect(
                grown, status: 0, says: "batch was 8, is now 16", "loss.r1_gamma was 0.0016, is now 0.0008",
                "ema.half_life_kimg was 2.5, is now 5",
                "batch is 16 for 2 ranks; with it loss.r1_gamma is 0.0008 and ema.half_life_kimg is 5.0; learning rates stay"
            )
            try run("raised", "--batch", "16").finish(images: 440)
            #expect(
                try differences(run("raised").contents(440), run("grown").contents(440)) == [])
        }
    }
}
