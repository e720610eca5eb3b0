import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Twelve steps of image-to-image methods (batch normalisation over the whole batch in one network or both, balanced classes,
    /// LabelMix, dropout, feature matching, GGDR) have the same bits however they are dealt to ranks and threads, and wherever
    /// they were interrupted.
    @Suite struct TranslationSameBits {
        struct Method: CustomTestStringConvertible, Sendable {
            let name: String
            let side: Int
            let settings: [String]
            var testDescription: String { name }

            fileprivate func run(_ scratch: Scratch, _ folder: String, threads: Int = 1) throws -> TestRun {
                let data = scratch("shapes")
                if !FileManager.default.fileExists(atPath: data) {
                    _ = try scratch.shapes(count: 128, resolution: side)
                }
                let settings = settings + ["cluster.replica_check_steps=5", "snapshot.grid=2x2"]
                return TestRun(
                    data: data, folder: scratch(folder),
                    options: ["--batch", "16", "--microbatch", "4", "--threads", "\(threads)"]
                        + settings.flatMap { ["--set", $0] })
            }
        }

        static let images = 12 * 16
        /// Rates that go down by the images of the whole run would be others in one that is asked for half of them first.
        static let methods = [
            Method(
                name: "pix2pix", side: 64,
                settings: [
                    "preset=quick-pix2pix", "data.condition=map", "model.channel_base=256", "model.unet_depth=6",
                    "optimizer.decay_from=none", "data.mirror=true",
                ]),
            Method(
                name: "oasis", side: 32,
                settings: [
                    "preset=quick-oasis", "model.channel_base=128", "model.condition_width=8", "model.z_dim=8",
                    "ggdr.enabled=true",
                ]),
            Method(
                name: "ccfpse", side: 64,
                settings: ["preset=quick-ccfpse", "model.channel_base=128", "model.condition_width=4"]),
        ]

        /// One process with one thread, never interrupted.
        private static let references = methods.map { method in
            Result {
                let scratch = try Scratch()
                let run = try method.run(scratch, "alone")
                try run.finish(images: images)
                return try SameBits.Outcome(run, images: images)
            }
        }

        private static func reference(_ method: Method) throws -> SameBits.Outcome {
            let place = try #require(methods.firstIndex { $0.name == method.name })
            return try references[place].get()
        }

        @Test(arguments: methods) func everythingIsThere(_ method: Method) throws {
            let contents = try Self.reference(method).contents
            #expect(contents.attribute("step") == .int(12))
            #expect(contents.attribute("images_shown") == .int(Self.images))
            #expect(contents.attribute("map_classes") != nil)
            for array in contents.arrays { #expect(array.values.allSatisfy { $0.isFinite }, "\(array.path)") }
            // What follows statistics has followed.
            let means = contents.arrays.filter { $0.path.hasSuffix("running_mean") }
            #expect(means.contains { $0.path.hasPrefix("generator/") })
            #expect(means.contains { $0.path.hasPrefix("discriminator/") } == (method.name == "pix2pix"))
            for array in means { #expect(array.values.contains { $0 != 0 }, "\(array.path)") }
        }

        @Test(arguments: methods, [1, 2, 4]) func onRanks(_ method: Method, ranks: Int) throws {
            let scratch = try Scratch()
            let run = try method.run(scratch, "ranks", threads: ranks == 2 ? 2 : 1)
            try run.finish(images: Self.images, ranks: ranks)
            try Self.reference(method).expectSame(run, images: Self.images)
        }

        @Test(arguments: methods) func stoppedOnFourRanksAndResumedOnTwo(_ method: Method) throws {
            let scratch = try Scratch()
            let run = try method.run(scratch, "stopped")
            try run.finishInHalves(images: Self.images)
            try Self.reference(method).expectSame(run, images: Self.images)
        }
    }
}
