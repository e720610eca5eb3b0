import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion evaluate`: figures that depend on checkpoint, data and seed alone.
    @Suite struct Evaluate {
        /// A checkpoint of a step, in colour.
        private func checkpoint(_ scratch: Scratch, resolution: Int = 16, _ options: String...) throws -> TestRun {
            let run = TestRun(
                data: try scratch.shapes(count: 80, resolution: resolution), folder: scratch("run"),
                options: TestRun.tiny + options)
            try run.finish(images: 8)
            return run
        }

        private func evaluate(_ arguments: [String], ranks: Int? = nil) throws -> ProcessResult {
            try Program.run(["evaluate"] + arguments, ranks: ranks)
        }

        @Test func theSameFiguresOnAnyRanks() throws {
            let scratch = try Scratch()
            let run = try checkpoint(scratch, resolution: 32, "--set", "data.labels=true")
            let arguments = [run.checkpoint(8), "--data", run.data, "--images", "70", "--seed", "3", "--json"]
            let alone = try evaluate(arguments)
            let found = try evaluation(alone)
            #expect(found["images"] as? Int == 70 && found["resolution"] as? Int == 32)
            let swd = try #require(found["swd"] as? [String: Any])
            let msssim = try #require(found["msssim"] as? [String: Any])
            #expect(swd["real_images"] as? Int == 40 && msssim["pairs"] as? Int == 35)
            for name in ["32", "16", "average"] {
                let (generated, real) = (swd["generated"] as? [String: Double], swd["real"] as? [String: Double])
                let distance = try #require(generated?[name])
                // A generator that has hardly learned is far from the data; real images are near each other.
                #expect(try distance > 2 * #require(real?[name]), "\(swd)")
            }
            let pairs = [msssim["generated"], msssim["real"]].compactMap { $0 as? Double }
            #expect(pairs.count == 2 && pairs.allSatisfy { $0 >= 0 && $0 < 1 }, "\(msssim)")
            for ranks in [1, 2] {
                #expect(try evaluate(arguments, ranks: ranks).stdout == alone.stdout, "\(ranks) ranks")
            }
            #expect(try evaluate(arguments + ["--threads", "1"]).stdout == alone.stdout)
            let other = try evaluate(arguments + ["--seed", "4", "--metrics", "msssim"])
            #expect(try evaluation(other)["swd"] == nil)
            #expect(try evaluation(other)["msssim"] as? NSDictionary != msssim as NSDictionary)
        }

        @Test func theNewestCheckpointOfARun() throws {
            let scratch = try Scratch()
            let run = try checkpoint(scratch)
            let arguments = ["--data", run.data, "--images", "16", "--json"]
            var expected = try evaluation(evaluate([run.checkpoint(8)] + arguments))
            for ranks in [nil, 2] {
                var found = try evaluation(evaluate([run.folder] + arguments, ranks: ranks))
                let notes = try #require(found.removeValue(forKey: "notes") as? [String])
                #expect(notes == ["\(run.folder): its newest sound checkpoint is \(run.checkpoint(8))"])
                expected["notes"] = nil
                #expect(found as NSDictionary == expected as NSDictionary)
            }
            let wrong = try evaluate([run.data] + arguments, ranks: 2)
            expect(wrong, status: 65, says: "\(run.data): is a data set; expected a checkpoint")
        }

        @Test func aTableForPeople() throws {
            let scratch = try Scratch()
            let run = try checkpoint(scratch)
            let larger = try scratch.shapes("larger", count: 50, resolution: 32)
            let result = try evaluate([run.checkpoint(8), "--data", larger])
            expect(
                result, status: 0, says: "\(run.checkpoint(8)) and \(larger), images of 16×16×3, seed 0",
                "\(larger) holds 50 images: 50 of each set instead of 16384",
                "real images of 32×32 are reduced to 16×16", "SWD ×10³, 16", "SWD ×10³, average", "MS-SSIM")
            #expect(result.stdout.contains { $0 == "\n" } && !result.stdout.contains("\u{1B}"))
            let swd = try evaluate([run.checkpoint(8), "--data", run.data, "--metrics", "swd", "--images", "16"])
            #expect(swd.status == 0 && !swd.stdout.contains("MS-SSIM") && !swd.stdout.contains("instead"))
        }

        /// The images are those of `ganglion sample`: a data set of the same seeds is at the floor.
        @Test func itsOwnImagesAreNear() throws {
            let scratch = try Scratch()
            let run = try checkpoint(scratch)
            let images = scratch("own.h5")
            let sampled = try Program.run(
                ["sample", run.checkpoint(8), "--out", images, "--seeds", "64-127"])
            expect(sampled, status: 0, says: "64 images")
            let imported = try Program.run(["dataset", "import", images, "--out", scratch("own")])
            expect(imported, status: 0)
            let arguments = ["--images", "64", "--seed", "1", "--json"]
            let own = try evaluation(evaluate([run.checkpoint(8), "--data", scratch("own")] + arguments))
            let msssim = try #require(own["msssim"] as? [String: Any])
            let (generated, real) = (msssim["generated"] as? Double, msssim["real"] as? Double)
            // The same images in other pairs.
            #expect(try abs(#require(generated) - #require(real)) < 0.1, "\(own)")
            let swd = try #require(own["swd"] as? [String: Any])
            let (near, floor) = (swd["generated"] as? [String: Double], swd["real"] as? [String: Double])
            #expect(try #require(near?["16"]) < #require(floor?["16"]), "\(own)")
            let far =
                try evaluation(evaluate([run.checkpoint(8), "--data", run.data] + arguments))["swd"] as? [String: Any]
            #expect(try #require(near?["16"]) * 5 < #require((far?["generated"] as? [String: Double])?["16"]), "\(own)")
        }

        @Test func wrongUse() throws {
            let cases: [(arguments: [String], text: String)] = [
                (["--metrics", "fid,frd"], "found 'frd', expected some of swd, msssim, fid, kid, is, pr, dc, ppl"),
                (["--resize", "cubic"], "--resize: found 'cubic', expected pytorch or tensorflow"),
                (["--metrics", "swd,speed"], "found 'speed', expected some of swd, msssim"),
                (["--metrics", ""], "found ''"), (["--images", "1"], "--images 1: expected 2 or more"),
                (["--threads", "0"], "--threads 0"), (["--seed", "-1"], "--seed"),
            ]
            for (arguments, text) in cases {
                let result = try evaluate(["a.h5", "--data", "b"] + arguments)
                expect(result, status: 64, says: text, "Usage: ganglion evaluate")
            }
        }

        @Test func badInput() throws {
            let scratch = try Scratch()
            let run = try checkpoint(scratch)
            let path = run.checkpoint(8)
            expect(try evaluate([path, "--data", scratch("nowhere")]), status: 66, says: scratch("nowhere"))
            expect(try evaluate([scratch("no.h5"), "--data", run.data]), status: 66, says: scratch("no.h5"))
            let small = try scratch.shapes("small", count: 8, resolution: 8)
            expect(
                try evaluate([path, "--data", small], ranks: 2), status: 65,
                says: "\(small): its images are 8×8, those of \(path) 16×16")
            let grey = scratch("grey")
            _ = try DatasetSynthesizer(seed: 0, resolution: 16, channels: 1).run(to: grey, count: 8)
            expect(
                try evaluate([path, "--data", grey]), status: 65,
                says: "\(grey): its images have 1 channels, those of \(path) have 3")
            let single = try scratch.shapes("single", count: 1, resolution: 16, shards: 1)
            expect(try evaluate([path, "--data", single]), status: 65, says: "holds 1 images, expected 2 or more")
        }

        @Test func imagesTooSmallAreNamed() throws {
            let scratch = try Scratch()
            let run = try checkpoint(scratch, resolution: 8)
            for metric in ["swd", "msssim"] {
                let result = try evaluate([run.checkpoint(8), "--data", run.data, "--metrics", metric])
                expect(result, status: 65, says: "images of 8×8", "16×16 or more")
            }
        }
    }
}
