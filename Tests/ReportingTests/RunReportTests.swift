import Foundation
import Storage
import TestSupport
import Testing

import Reporting

/// Reports of folders that hold more, less or other than they should.
@Suite struct RunReportTests {
    private let evil = "<script>alert(1)</script>"

    /// A run folder with statistics, sheets, a log and checkpoints.
    private func fill(_ folder: RunFolder, sheets: Int = 3) throws {
        let manager = FileManager.default
        for path in [folder.images, folder.checkpoints] {
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let lines = (1...50).map { step in
            "{\"step\": \(step), \"images\": \(step * 1000), \"images_per_second\": 100, \"loss/generator\": 0.5, "
                + "\"loss/discriminator\": 1, \"memory_bytes\": 1000000, \"\(evil)/x\": 1}"
        }
        try (lines.joined(separator: "\n") + "\n").write(toFile: folder.stats, atomically: false, encoding: .utf8)
        try "{\"step\": 50, \"images\": 50000, \"swd/average\": 12.25, \"swd/16\": 9}\n".write(
            toFile: folder.metrics, atomically: false, encoding: .utf8)
        try "2025-01-31T12:00:00Z warning about \(evil)\n".write(
            toFile: folder.log, atomically: false, encoding: .utf8)
        for k in 0..<sheets {
            let image = RasterImage(height: 16, width: 16, channels: 1, filledWith: UInt8(k % 256))
            try ImageFile.write(image, to: folder.fakes(imagesShown: k * 5000))
        }
        try ImageFile.write(RasterImage(height: 16, width: 16, channels: 3), to: folder.reals)
        try Data(count: 2_500_000).write(to: URL(fileURLWithPath: folder.checkpoint(50_000)))
        try "00050000.h5\n".write(toFile: folder.checkpoints + "/best", atomically: false, encoding: .utf8)
        try RunEnding(launch: nil, exitCode: 0, imagesShown: 50_000, imagesAsked: 50_000, checkpoint: "00050000.h5")
            .write(to: folder)
    }

    private func page(_ path: String) throws -> String {
        RunReport.page(RunReport.Run(try RunRecord(path), configuration: nil, problem: "no \(evil)"))
    }

    /// Nothing of it is fetched, and nothing that a folder holds becomes markup.
    private func expectSafe(_ page: String, location: SourceLocation = #_sourceLocation) {
        #expect(page.ranges(of: "<script").count == 1, "only its own", sourceLocation: location)
        #expect(!page.contains("alert(1)</script"), sourceLocation: location)
        for source in ["http:", "https:", "src=\"//", "url("] {
            #expect(!page.contains(source), "\(source)", sourceLocation: location)
        }
        #expect(page.contains("default-src 'none'"), sourceLocation: location)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"), sourceLocation: location)
    }

    @Test func ofARun() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path + "/run \(evil.replacing("/", with: ""))")
            try fill(folder)
            let page = try page(folder.path)
            expectSafe(page)
            for text in [
                "Done: 50 000 of 50 000 images shown.", "run &lt;script&gt;alert(1)", "loss/generator", "swd/average",
                "about &lt;script&gt;", "2.5 MB", "best", "no &lt;script&gt;", "12.25", "after 10 000 images",
            ] { #expect(page.contains(text), "\(text)") }
            // The newest sheet, the reals, three sheets of the strip.
            #expect(page.ranges(of: "src=\"data:image/png;base64,").count == 5)
            #expect(!page.contains("Left out of this report"))
        }
    }

    /// Fields of three channels have more numbers of moments than a chart has curves.
    @Test func theAverageOfManyNumbersIsShown() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            try fill(folder)
            let parts = ["U", "V", "W"].flatMap { channel in
                ["mean", "deviation", "skewness", "kurtosis"].map { "\"moments/\(channel)/\($0)\": 3" }
            }
            let line = "{\"step\": 50, \"images\": 50000, " + parts.joined(separator: ", ")
            try (line + ", \"moments/average\": 0.4375}\n").write(
                toFile: folder.metrics, atomically: false, encoding: .utf8)
            let page = try page(path)
            let figures = page.components(separatedBy: "<figure class=\"chart\">").dropFirst()
            let chart = try #require(figures.first { $0.contains("Distance of moments") })
                .components(separatedBy: "</figure>")[0]
            #expect(chart.contains("in units of the real deviation"))
            #expect(chart.contains("moments/average") && chart.contains("moments/U/mean"))
            #expect(!chart.contains("moments/W/skewness"), "there is no room for it")
        }
    }

    @Test func ofAFolderWithNextToNothing() throws {
        try withTemporaryFolder { path in
            try "preset: quick\n".write(toFile: path + "/config.yaml", atomically: false, encoding: .utf8)
            let page = try page(path)
            expectSafe(page)
            for text in [
                "No ended.json", "stats.jsonl</code> is not there", "no sheets of samples", "no checkpoints",
                "log.txt</code> is not there", "None were measured",
            ] { #expect(page.contains(text), "\(text)") }
        }
    }

    @Test func ofADamagedFolder() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            try fill(folder)
            try "junk".write(toFile: folder.fakes(imagesShown: 10_000), atomically: false, encoding: .utf8)
            try "{\"exit_code\": \"\(evil)\"}".write(toFile: folder.ending, atomically: false, encoding: .utf8)
            try "00000007.h5\n".write(toFile: folder.checkpoints + "/best", atomically: false, encoding: .utf8)
            for name in [folder.stats, folder.metrics, folder.reals] {
                try FileManager.default.removeItem(atPath: name)
                #expect(mkfifo(name, 0o600) == 0)
            }
            let page = try page(path)
            expectSafe(page)
            for text in [
                "Left out of this report", "begins with bytes 6A 75 6E 6B, expected a PNG or JPEG image",
                "found no ending of a run", "stats.jsonl: is a FIFO", "reals.png", "which is not there",
            ] { #expect(page.contains(text), "\(text)") }
        }
    }

    /// However many and large sheets are, the file stays one that a browser opens.
    @Test func ofManyLargeSheets() throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            try fill(folder, sheets: 0)
            var noise = RasterImage(height: 1024, width: 1024, channels: 3)
            var state = UInt64(1)
            for i in noise.pixels.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                noise.pixels[i] = UInt8(state >> 56)
            }
            try ImageFile.write(noise, to: folder.fakes(imagesShown: 0))
            for k in 1..<100 {
                try FileManager.default.createSymbolicLink(
                    atPath: folder.fakes(imagesShown: k * 1000), withDestinationPath: folder.fakes(imagesShown: 0))
            }
            let page = try page(path)
            #expect(page.contains("24 of 100 sheets"))
            #expect(page.utf8.count < RunPicturesSection.room + (12 << 20))
            #expect(page.ranges(of: "src=\"data:image/png;base64,").count == 26)
        }
    }

    @Test func ofSeveralRuns() throws {
        try withTemporaryFolder { path in
            let folders = ["a/same", "b/same", "c/\(evil.replacing("/", with: ""))"].map { RunFolder(path + "/" + $0) }
            for folder in folders { try fill(folder) }
            try FileManager.default.removeItem(atPath: folders[1].metrics)
            let runs = try folders.enumerated().map { k, folder in
                RunReport.Run(
                    try RunRecord(folder.path),
                    configuration: ReportedConfiguration(
                        preset: "quick",
                        keys: [
                            .init(name: "seed", value: "\(k)", preset: "0"),
                            .init(name: "batch", value: "32", preset: "32"),
                        ]))
            }
            let page = RunReport.page(comparing: runs)
            expectSafe(page)
            for text in [
                "\(path)/a/same", "12.25 <span class=\"soft\">at 50 kimg</span>", "<td>–</td>", "<code>seed</code>",
                "<h3>loss/generator</h3>", "c1",
            ] { #expect(page.contains(text), "\(text)") }
            #expect(!page.contains("<code>batch</code>"), "the same in all")
        }
    }

    @Test func whatIsNoRun() throws {
        try withTemporaryFolder { path in
            let missing = thrown(ReportError.self) { try RunRecord(path + "/none") }
            #expect(missing?.exitCode == 66 && missing?.description == "\(path)/none: no such run folder")
            let empty = thrown(ReportError.self) { try RunRecord(path) }
            #expect(empty?.exitCode == 65 && empty?.description.contains("is no run folder") == true)
            let file = path + "/file"
            try "x".write(toFile: file, atomically: false, encoding: .utf8)
            #expect(thrown(ReportError.self) { try RunRecord(file) }?.exitCode == 65)
        }
    }

    @Test func configurations() {
        let configuration = ReportedConfiguration(
            preset: "quick",
            keys: [
                .init(name: "preset", value: "quick", preset: "quick"),
                .init(name: "seed", value: evil, preset: "0"),
                .init(name: "batch", value: "32", preset: "auto"), .init(name: "kimg", value: "60", preset: "60"),
            ], problems: ["odd \(evil)"])
        let page = RunSections.configuration(configuration, nil).text
        #expect(!page.contains("<script"))
        let places = ["<code>seed</code>", "<code>batch</code>", "<code>kimg</code>", "odd"].map {
            page.range(of: $0)?.lowerBound
        }
        #expect(places.allSatisfy { $0 != nil } && zip(places, places.dropFirst()).allSatisfy { $0! < $1! })
    }

    @Test func neighbours() {
        let space = ReportedNeighbours.Space(
            title: "in the features of \(evil)", sentence: "Of 8.",
            picture: RasterImage(height: 8, width: 8, channels: 3))
        let (page, problems) = RunSections.neighbours(ReportedNeighbours(spaces: [space], notes: ["note \(evil)"]))
        #expect(problems == [] && !page.text.contains("<script"))
        #expect(page.text.contains("Nearest in the features of &lt;script&gt;") && page.text.contains("note &lt;"))
    }
}
