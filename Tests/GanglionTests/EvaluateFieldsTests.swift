import Foundation
import SmallRuns
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// What is said of fields, and how they are shown.
    @Suite struct EvaluateFields {
        private func trained(_ scratch: Scratch, images: Int = 32, _ more: [String] = []) throws -> TestRun {
            try SmallFields.write(to: scratch("fields"), count: 60)
            let run = TestRun(
                data: scratch("fields"), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "data.condition=vector"] + more)
            try run.finish(images: images)
            return run
        }

        @Test func theSameFiguresOnAnyRanks() throws {
            let scratch = try Scratch()
            let run = try trained(scratch)
            let arguments = [
                "evaluate", run.checkpoint(32), "--data", run.data, "--images", "50", "--seed", "3", "--json",
            ]
            let alone = try Program.run(arguments)
            let found = try evaluation(alone)
            #expect(found["height"] as? Int == 24)
            #expect(found["width"] as? Int == 16)
            #expect(found["samples"] as? Int == 50)
            #expect(found["channel_names"] as? [String] == ["wind", "rain", "snow/depth"])
            for name in ["spectrum", "histogram", "s2", "moments"] {
                let metric = try #require(found[name] as? [String: Any], "\(name)")
                let generated = try #require(metric["generated"] as? [String: Double])
                let real = try #require(metric["real"] as? [String: Double])
                #expect(Set(generated.keys) == Set(real.keys))
                #expect(metric["real_samples"] as? Int == 30, "\(name)")
                // A generator that has hardly learned is far from the data; real samples are near each other.
                let (distance, floor) = (try #require(generated["average"]), try #require(real["average"]))
                #expect(distance > floor, "\(name)")
            }
            let spectrum = try #require(found["spectrum"] as? [String: Any])
            let parts = try #require(spectrum["generated"] as? [String: Double])
            #expect(Set(parts.keys) == ["wind", "rain", "snow_depth", "average", "spread"])
            #expect(found["correlation"] != nil)
            #expect(found["seam"] != nil)
            for ranks in [1, 2, 3] {
                #expect(try Program.run(arguments, ranks: ranks).stdout == alone.stdout, "\(ranks) ranks")
            }
            let some = try evaluation(Program.run(arguments + ["--metrics", "seam,moments"]))
            #expect(some["spectrum"] == nil)
            #expect(some["moments"] as? NSDictionary == found["moments"] as? NSDictionary)
            let table = try Program.run(["evaluate", run.folder, "--data", run.data, "--metrics", "spectrum"])
            expect(
                table, status: 0, says: "fields of 24×16×3, seed 0", "spectrum, log₁₀, wind", "spread over samples",
                "holds 60 samples: 60 of each set instead of 16384")
        }

        @Test func whatMakesNoSenseIsRefused() throws {
            let scratch = try Scratch()
            let run = try trained(scratch)
            let start = ["evaluate", run.checkpoint(32), "--data", run.data]
            let all = "spectrum, histogram, s2, moments, correlation, seam"
            expect(
                try Program.run(start + ["--metrics", "spectrum,fid"]), status: 64,
                says: "fid looks at pictures through a network", "of fields there are \(all)")
            expect(
                try Program.run(start + ["--metrics", "swd"], ranks: 2), status: 64,
                says: "swd is defined by the bytes of pictures", "of fields there are \(all)")
            expect(
                try Program.run(start + ["--features", "a.h5"]), status: 64,
                says: "--features: networks look at pictures, but \(run.data) has fields")
            let shapes = try scratch.shapes("shapes", count: 16, resolution: 16)
            expect(
                try Program.run(["evaluate", run.checkpoint(32), "--data", shapes]), status: 65,
                says: "\(shapes): has pictures, but \(run.checkpoint(32)) makes fields of 24×16×3")
            let pictures = TestRun(data: shapes, folder: scratch("pictures"))
            try pictures.finish(images: 8)
            expect(
                try Program.run(["evaluate", pictures.checkpoint(8), "--data", shapes, "--metrics", "s2"]), status: 64,
                says: "s2 is a metric of fields, and these samples are pictures; of pictures there are swd, msssim")
            expect(
                try Program.run(["evaluate", pictures.checkpoint(8), "--data", run.data]), status: 65,
                says: "\(run.data): has fields of 24×16×3, but \(pictures.checkpoint(8)) makes pictures")
            expect(
                try Program.run(
                    ["visualize", "spectrum", pictures.checkpoint(8), "--data", shapes, "--out", scratch("a.svg")]),
                status: 64, says: "\(shapes): has pictures")
            for kind in ["attention", "features"] {
                expect(
                    try Program.run(["visualize", kind, run.checkpoint(32), "--out", scratch("a.png")]), status: 64,
                    says: "visualize \(kind): \(run.checkpoint(32)) makes fields of 24×16×3")
            }
            expect(
                try Program.run(["features", "train", "--data", run.data, "--out", scratch("a.h5")]), status: 64,
                says: "\(run.data): has fields, but features are learned of pictures")
            let other = SampleFormat(element: .float32, height: 24, width: 16, channels: [.init(name: "x")])
            try SmallFields.write(to: scratch("other"), count: 8, format: other)
            expect(
                try Program.run(["evaluate", run.checkpoint(32), "--data", scratch("other")]), status: 65,
                says: "its fields are 24×16 of x, those of \(run.checkpoint(32)) 24×16 of wind, rain, snow/depth")
        }

        @Test func oneChannelHasNoCorrelation() throws {
            let scratch = try Scratch()
            let format = SampleFormat(element: .float32, height: 16, width: 16, channels: [.init(name: "x")])
            try SmallFields.write(to: scratch("one"), count: 24, vector: nil, format: format)
            let run = TestRun(data: scratch("one"), folder: scratch("run"))
            try run.finish(images: 8)
            let start = ["evaluate", run.checkpoint(8), "--data", run.data]
            expect(
                try Program.run(start), status: 0, says: "correlation: the correlation between channels is not defined")
            expect(
                try Program.run(start + ["--metrics", "correlation"]), status: 64, says: "for samples of one channel")
        }

        /// Of a channel that does not vary there is no spectrum, but the other metrics are there.
        @Test func whatIsNotDefinedIsLeftOut() throws {
            let scratch = try Scratch()
            let run = try trained(scratch)
            try SmallFields.write(to: scratch("still"), count: 24, still: 1)
            let start = ["evaluate", run.checkpoint(32), "--data", scratch("still")]
            let alone = try Program.run(start + ["--json"])
            let found = try evaluation(alone)
            let notes = try #require(found["notes"] as? [String])
            for name in ["spectrum", "moments", "correlation", "seam"] {
                #expect(found[name] == nil, "\(name)")
                let note = try #require(notes.first { $0.hasPrefix("\(name): channel rain of the real") }, "\(notes)")
                #expect(note.contains("does not vary"))
                #expect(note.hasSuffix("; it is left out"))
            }
            for name in ["histogram", "s2"] {
                let metric = try #require(found[name] as? [String: Any], "\(name)")
                #expect(metric["real"] != nil, "\(name)")
            }
            #expect(try Program.run(start + ["--json"], ranks: 2).stdout == alone.stdout)
            // Asked for by name it is an error, on any ranks.
            for ranks in [nil, 2] {
                expect(
                    try Program.run(start + ["--metrics", "histogram,seam"], ranks: ranks), status: 65,
                    says: "seam: channel rain of the real")
            }
        }

        @Test func runsMeasureFields() throws {
            let scratch = try Scratch()
            let options =
                ["--set", "metrics.names=spectrum,histogram,moments,seam", "--set", "metrics.images=40"]
                + ["--set", "metrics.every_kimg=0.016", "--set", "metrics.best=spectrum/average"]
            let run = try trained(scratch, images: 48, options)
            let lines = try run.results("metrics.jsonl")
            let last = try #require(lines.last)
            for key in [
                "spectrum/wind", "spectrum/snow_depth", "spectrum/average", "spectrum/spread", "histogram/average",
                "moments/rain/skewness", "moments/average", "seam/rows", "seam/columns",
            ] {
                let value = try #require(last[key] as? Double, "\(key)")
                #expect(value > 0)
            }
            #expect(run.checkpoints.bestName() != nil)
            let spread = TestRun(data: run.data, folder: scratch("spread"), options: run.options)
            try spread.finish(images: 48, ranks: 2)
            #expect(try spread.results("metrics.jsonl") as NSArray == lines as NSArray)
            let none = TestRun(data: run.data, folder: scratch("none"), options: run.options)
            expect(
                try none.train(images: 64, ranks: nil, "--set", "metrics.best=seam/rows"), status: 78,
                says: "metrics.best is seam/rows, of which neither a small nor a large value is the better one")
            expect(
                try none.train(images: 64, ranks: nil, "--set", "metrics.names=swd", "--set", "metrics.best=swd"),
                status: 78, says: "metrics.names: swd is defined by the bytes of pictures")
        }

        @Test func sheetsAndChartsShowFields() throws {
            let scratch = try Scratch()
            let run = try trained(scratch)
            // Two samples in a row, three channels of 24×16 in each.
            for name in ["reals.png", "fakes-00000032.png"] {
                let sheet = try ImageFile.read(run.folder + "/images/" + name)
                #expect(sheet.width == 96, "\(name)")
                #expect(sheet.height == 48, "\(name)")
                #expect(sheet.channels == 3, "\(name)")
                #expect(Set(sheet.pixels).count > 20, "\(name)")
            }
            let svg = scratch("spectrum.svg")
            let drawn = try Program.run(
                ["visualize", "spectrum", run.folder, "--data", run.data, "--out", svg, "--images", "40"])
            expect(drawn, status: 0, says: "spectra and histograms of 3 channels, 40 samples of each set: \(svg)")
            let text = try String(contentsOfFile: svg, encoding: .utf8)
            for part in ["wind: power spectrum", "rain: values", "snow/depth: power spectrum", "mm", "<polygon"] {
                #expect(text.contains(part), "\(part)")
            }
            let png = try Program.run(
                ["visualize", "spectrum", run.folder, "--data", run.data, "--out", scratch("a.png"), "--images", "40"])
            expect(png, status: 0)
            let picture = try ImageFile.read(scratch("a.png"))
            #expect(picture.width == 1760)
            #expect(picture.height == 1560)
            expect(
                try Program.run(
                    ["visualize", "spectrum", run.folder, "--data", run.data, "--out", scratch("a.pdf")]),
                status: 64, says: "expected the name of an SVG or a PNG file")
            let report = try Program.run(["report", run.folder, "--out", scratch("a.html")])
            expect(report, status: 0)
            let page = try String(contentsOfFile: scratch("a.html"), encoding: .utf8)
            #expect(page.contains("Spectra and histograms"))
            #expect(page.contains("snow/depth: values"))
            #expect(page.contains("metrics.names=spectrum"))
            #expect(!page.contains("Nearest real images"))
        }

        @Test func timeLapsesOfRectangles() throws {
            let scratch = try Scratch()
            try SmallFields.write(to: scratch("fields"), count: 60)
            let run = TestRun(
                data: scratch("fields"), folder: scratch("run"),
                options: [
                    "--preset", "quick-pggan", "--batch", "8", "--microbatch", "4", "--threads", "1", "--set",
                    "growing.minibatch=", "--set", "growing.microbatch=", "--set", "growing.training_kimg=0.016",
                    "--set",
                    "growing.transition_kimg=0.016", "--set", "snapshot.grid=4x2", "--set", "model.channel_base=256",
                    "--set", "model.channel_max=16", "--set", "model.z_dim=16",
                ])
            try run.finish(images: 96)
            let picture = try ImageFile.read(run.folder + "/images/timelapse.png")
            #expect(picture.width == 4 * 48)
            #expect(picture.height > 24)
            #expect(picture.height % 24 == 0)
        }
    }
}
