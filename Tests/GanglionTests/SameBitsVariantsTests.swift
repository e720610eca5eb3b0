import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Variants of a run, with tiny networks: equal bits on one process, on 1, 2 and 4 ranks, and after a stop.
    @Suite struct SameBitsVariants {
        struct Variant: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let options: [String]

            init(_ name: String, _ options: String...) {
                testDescription = name
                self.options = options
            }
        }

        static let variants = [
            Variant("conditional", "--set", "data.labels=true"),
            Variant("mirror", "--set", "data.mirror=true"),
            Variant(
                "conditional, mirror, no GGDR", "--set", "data.labels=true", "--set", "data.mirror=true",
                "--set", "ggdr.enabled=false"),
            Variant("microbatch 1", "--microbatch", "1"),
            Variant("path length on every fourth microbatch", "--microbatch", "2", "--set", "loss.pl_batch_shrink=8"),
            Variant("orig, 8 mapping layers", "--set", "model.discriminator=orig", "--set", "model.mapping_layers=8"),
            Variant("no regularisation", "--set", "loss.r1_gamma=0", "--set", "loss.pl_weight=0"),
            Variant(
                "ADA whose probability moves", "--microbatch", "2", "--set", "augment.mode=ada", "--set",
                "augment.p=0.5", "--set", "augment.speed_kimg=0.2", "--set", "augment.pipeline=bgcfnc"),
            Variant(
                "DiffAugment and LeCam", "--microbatch", "2", "--set",
                "augment.diffaugment=color,translation,cutout", "--set", "loss.lecam_weight=0.1"),
            Variant("another seed", "--seed", "18446744073709551615"),
        ]
        /// Eighteen steps: R1 twice, path length five times, and a second epoch.
        static let images = 18 * 8

        @Test(arguments: variants) func hasTheSameBits(_ variant: Variant) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            func run(_ name: String) -> TestRun {
                TestRun(data: data, folder: scratch(name), options: TestRun.tiny + variant.options)
            }
            let alone = run("alone")
            try alone.finish(images: Self.images)
            let reference = try SameBits.Outcome(alone, images: Self.images)
            let sharesWithFour = variant.options.contains("--microbatch")
            for ranks in [1, 2, 4] where ranks < 4 || sharesWithFour {
                let spread = run("ranks\(ranks)")
                try spread.finish(images: Self.images, ranks: ranks)
                let outcome = try SameBits.Outcome(spread, images: Self.images)
                #expect(differences(reference.contents, outcome.contents) == [], "\(ranks) ranks")
                #expect(reference.sheet == outcome.sheet, "\(ranks) ranks")
            }
            let stopped = run("stopped")
            try stopped.finish(images: 7 * 8, ranks: 2)
            try stopped.finish(images: Self.images, ranks: sharesWithFour ? 4 : nil)
            #expect(try differences(reference.contents, stopped.contents(Self.images)) == [], "after a stop")
        }

        @Test func blocksThatAreComputedAgainHaveTheSameBits() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            func run(_ name: String, _ memory: String) -> TestRun {
                TestRun(
                    data: data, folder: scratch(name),
                    options: TestRun.tiny + ["--microbatch", "2", "--set", "memory=\(memory)"])
            }
            let full = run("full", "full")
            try full.finish(images: Self.images)
            let reference = try SameBits.Outcome(full, images: Self.images)
            for ranks in [nil, 2] as [Int?] {
                let spare = run("ranks\(ranks ?? 0)", "checkpointing")
                try spare.finish(images: Self.images, ranks: ranks)
                let outcome = try SameBits.Outcome(spare, images: Self.images)
                #expect(differences(reference.contents, outcome.contents) == [], "\(ranks ?? 1) ranks")
                #expect(reference.sheet == outcome.sheet, "\(ranks ?? 1) ranks")
                let configuration = outcome.contents.attribute("config")?.stringValue
                #expect(configuration?.contains("\nmemory: checkpointing\n") == true)
            }
            // A run may go on with the other choice, which is no change worth telling.
            let stopped = run("stopped", "full")
            try stopped.finish(images: 7 * 8)
            let resumed = try run("stopped", "checkpointing").train(images: Self.images)
            expect(resumed, status: 0, says: "resumed from")
            #expect(!(resumed.stdout + resumed.stderr).contains("memory was"))
            #expect(try differences(reference.contents, stopped.contents(Self.images)) == [], "after a stop")
        }
    }
}
