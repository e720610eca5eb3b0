import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion report` of real runs.
    @Suite struct RunReports {
        private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        @Test func ofARun() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(resolution: 16), folder: scratch("run"),
                options: TestRun.tiny
                    + TestRun.sets("snapshot.every_kimg=0.5", "metrics.names=msssim", "metrics.images=16", "seed=5"))
            try run.finish(images: 2104, ranks: 2)
            let result = try Program.run(["report", run.folder])
            let path = run.folder + "/report.html"
            expect(result, status: 0, says: "report: \(path)")
            let page = try text(path)
            for words in [
                "Done: 2 104 of 2 104 images shown.", "Samples over time", "Nearest in pixels", "all 64 real images",
                "<code>seed</code>", "ranks 0 to 1", "2 ranks × 1 thread", "00002104.h5", "newest",
                "Likeness of generated images",
            ] { #expect(page.contains(words), "\(words)") }
            #expect(page.ranges(of: "src=\"data:image/png;base64,").count == 9, "two, six sheets, neighbours")
            #expect(!page.contains("Left out of this report"))
            // The run goes on as if nobody had looked.
            expect(try run.train(images: 2200), status: 0, says: "resumed from \(run.checkpoint(2104))")
        }

        @Test func ofSeveralRuns() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let runs = try ["a", "b <script>alert(1)</script>"].enumerated().map { seed, name in
                let run = TestRun(
                    data: data, folder: scratch(name.replacing("/", with: "")),
                    options: TestRun.tiny + TestRun.sets("seed=\(seed)"))
                try run.finish(images: 1000)
                return run.folder
            }
            let out = scratch("out.html")
            expect(try Program.run(["report"] + runs + ["--out", out]), status: 0, says: "report: \(out)")
            let page = try text(out)
            #expect(page.contains("<code>seed</code>") && page.contains("<h3>loss/generator</h3>"))
            #expect(page.ranges(of: "<script").count == 1 && page.contains("b &lt;script&gt;"))
            expect(try Program.run(["report"] + runs), status: 64, says: "--out FILE.html")
        }

        /// Data that have moved are said to be missing; those that were asked for must be there.
        @Test func withoutData() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            try run.finish(images: 96)
            try FileManager.default.moveItem(atPath: run.data, toPath: scratch("moved"))
            expect(try Program.run(["report", run.folder]), status: 0)
            #expect(try text(run.folder + "/report.html").contains("--data DIR names the data set where it has moved"))
            expect(try Program.run(["report", run.folder, "--data", scratch("moved")]), status: 0)
            #expect(try text(run.folder + "/report.html").contains("Nearest in pixels"))
            expect(try Program.run(["report", run.folder, "--data", run.data]), status: 66, says: run.data)
            let wrong = ["report", run.folder, "--data", scratch("moved"), "--features", run.checkpoint(96)]
            expect(try Program.run(wrong), status: 65, says: run.checkpoint(96))
            // Another data set, of other images.
            let large = try scratch.shapes("large", resolution: 16)
            expect(try Program.run(["report", run.folder, "--data", large]), status: 0)
        }

        /// Features of other images, and of larger ones than the run draws.
        @Test func featuresThatDoNotQuiteFit() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 100, resolution: 16)
            let other = try scratch.shapes("other", count: 100, resolution: 16, seed: 1)
            let learn = ["features", "train", "--batch", "16", "--kimg", "0.032", "--threads", "1", "--data", other]
            expect(try Program.run(learn), status: 0)
            let run = TestRun(data: data, folder: scratch("run"))
            try run.finish(images: 16)
            let words = "The features are those of another data set"
            expect(try Program.run(["report", run.folder, "--features", other + "/features.h5"]), status: 0)
            let page = try text(run.folder + "/report.html")
            #expect(page.contains("Nearest in the features of classifier") && page.contains(words))
            expect(try Program.run(["report", run.folder, "--data", other]), status: 0)
            #expect(try !text(run.folder + "/report.html").contains(words))

            let small = TestRun(data: try scratch.shapes("small"), folder: scratch("few"))
            try small.finish(images: 16)
            expect(try Program.run(["report", small.folder, "--data", other]), status: 0)
            let pixels = try text(small.folder + "/report.html")
            #expect(pixels.contains("Compared in pixels only: \(other)/features.h5"))
            #expect(pixels.contains("Nearest in pixels") && !pixels.contains("Nearest in the features"))
        }

        @Test func whatIsNoRunAndWhatCannotBeWritten() throws {
            let scratch = try Scratch()
            expect(
                try Program.run(["report", scratch("none")]), status: 66, says: scratch("none"), "no such run folder")
            let empty = try scratch.folder("empty")
            expect(try Program.run(["report", empty]), status: 65, says: empty, "is no run folder")
            expect(try Program.run(["report"]), status: 64)
            try "kimg: 1\n\u{0}{{[".write(toFile: empty + "/config.yaml", atomically: false, encoding: .utf8)
            expect(try Program.run(["report", empty]), status: 0, says: "report: ")
            expect(
                try Program.run(["report", empty, "--out", "/nowhere/report.html"]), status: 73,
                says: "/nowhere/report.html")
            expect(try Program.run(["report", empty, "--out", empty]), status: 64, says: "is a folder")
            expect(try Program.run(["report", empty, "--reals", "1"]), status: 64, says: "--reals 1")
        }
    }
}
