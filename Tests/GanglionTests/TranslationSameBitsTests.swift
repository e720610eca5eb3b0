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
                let settings =
                    settings + [
                        "cluster.replica_check_steps=5", "snapshot.grid=2x2",
                        "checkpoint.every_kimg=\(Double(TranslationSameBits.images / 2) / 1000)",
                    ]
                return TestRun(
                    data: data, folder: scratch(folder),
                    options: ["--batch", "16", "--microbatch", "4", "--threads", "\(threads)"]
                        + settings.flatMap { ["--set", $0] })
            }
        }

        static let images = 12 * 16
        private static let unet = [
            "preset=quick-pix2pix", "data.condition=map", "model.channel_base=256", "model.unet_depth=6",
            "data.mirror=true",
        ]
        /// Rates of Pix2Pix go down by the images of the whole run: from half of it on, and in the other from a quarter on.
        static let methods = [
            Method(name: "pix2pix", side: 64, settings: unet + ["optimizer.decay_from=0.5"]),
            Method(
                name: "pix2pix by instance", side: 64,
                settings: unet + ["optimizer.decay_from=0.25", "model.norm=instance"]),
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
            #expect(means.contains { $0.path.hasPrefix("generator/") } != method.name.hasSuffix("by instance"))
            #expect(means.contains { $0.path.hasPrefix("discriminator/") } == (method.name == "pix2pix"))
            for array in means { #expect(array.values.contains { $0 != 0 }, "\(array.path)") }
        }

        @Test(arguments: methods) func onTwoRanksWithTwoThreads(_ method: Method) throws {
            let scratch = try Scratch()
            let run = try method.run(scratch, "ranks", threads: 2)
            try run.finish(images: Self.images, ranks: 2)
            try Self.reference(method).expectSame(run, images: Self.images)
        }

        /// As a run that was stopped halfway has left it: asked for as many images as before, so that rates are what they were.
        @Test(arguments: methods) func onFourRanksAndFromTheMiddleOnTwo(_ method: Method) throws {
            let scratch = try Scratch()
            let run = try method.run(scratch, "stopped")
            try run.finish(images: Self.images, ranks: 4)
            try Self.reference(method).expectSame(run, images: Self.images, "on four ranks")
            let middle = run.checkpoint(Self.images / 2)
            try FileManager.default.removeItem(atPath: run.checkpoint(Self.images))
            let resumed = try run.train(images: Self.images, ranks: 2, "--resume", middle)
            expect(resumed, status: 0, says: "resumed from \(middle)")
            try Self.reference(method).expectSame(run, images: Self.images, "from the middle on two ranks")
        }
    }
}
