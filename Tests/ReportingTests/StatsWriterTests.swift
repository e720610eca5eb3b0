import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct StatsWriterTests {
    @Test func writesOrderedLines() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/stats.jsonl"
            let writer = try StatsWriter(file: path)
            try writer.write(
                step: 1,
                [
                    JSONField("loss", 0.5), JSONField("broken", Double.nan), JSONField("huge", -Double.infinity),
                    JSONField("images", 32), JSONField("phase", "a \"b\"\n\u{1}ü"), JSONField("on", .flag(true)),
                    JSONField("seconds", .object([JSONField("gmain", 1e-7)])), JSONField("list", .list([.null])),
                ])
            let line =
                #"{"step": 1, "loss": 0.5, "broken": null, "huge": null, "images": 32, "phase": "a \"b\"\n\u0001ü","#
                + #" "on": true, "seconds": {"gmain": 1e-07}, "list": [null]}"#
            // On the disk at once, without closing.
            #expect(try text(of: path) == line + "\n")
            let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(parsed?["phase"] as? String == "a \"b\"\n\u{1}ü")
            #expect((parsed?["seconds"] as? [String: Double])?["gmain"] == 1e-7)
        }
    }

    @Test func resumingDropsLaterLines() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/stats.jsonl"
            let writer = try StatsWriter(file: path)
            for step in [4, 8, 12, 16] { try writer.write(step: step, [JSONField("loss", Double(step))]) }
            let resumed = try StatsWriter(file: path, keepThroughStep: 8)
            #expect(try text(of: path) == "{\"step\": 4, \"loss\": 4}\n{\"step\": 8, \"loss\": 8}\n")
            try resumed.write(step: 12, [])
            #expect(try text(of: path).hasSuffix("\n{\"step\": 12}\n"))
            _ = try StatsWriter(file: path, keepThroughStep: 3)
            #expect(try text(of: path) == "")
        }
    }

    @Test(arguments: [nil, 100] as [Int?])
    func halfALineGoes(step: Int?) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/stats.jsonl"
            for tail in ["{\"step\": 9, \"lo", "\0\0\0\n", "{\"step\": 9, \"lo\n"] {
                try ("{\"step\": 4}\n" + tail).write(toFile: path, atomically: true, encoding: .utf8)
                _ = try StatsWriter(file: path, keepThroughStep: step)
                #expect(try text(of: path) == "{\"step\": 4}\n")
            }
        }
    }

    @Test func withoutAStepAllWholeLinesStay() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/stats.jsonl"
            try StatsWriter(file: path).write(step: 1, [])
            try StatsWriter(file: path).write(step: 2, [])
            #expect(try text(of: path) == "{\"step\": 1}\n{\"step\": 2}\n")
        }
    }

    /// A link that somebody left in the folder would lead the lines into another file.
    @Test func linksAreNotFollowed() throws {
        try withTemporaryFolder { folder in
            let (path, other) = (folder + "/stats.jsonl", folder + "/other")
            try "precious".write(toFile: other, atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
            let error = thrown(ReportingError.self) { try StatsWriter(file: path) }
            #expect(error?.exitCode == 73)
            #expect(error?.description.hasPrefix("cannot write \(path): ") == true)
            #expect(try text(of: other) == "precious")
        }
    }

    @Test func cannotWrite() throws {
        let error = thrown(ReportingError.self) { try StatsWriter(file: "/nowhere/stats.jsonl") }
        #expect(error?.exitCode == 73)
        #expect(error?.description == "cannot write /nowhere/stats.jsonl: No such file or directory")
        if FileManager.default.fileExists(atPath: "/dev/full") {
            let writer = try StatsWriter(file: "/dev/full")
            let full = thrown(ReportingError.self) { try writer.write(step: 1, []) }
            #expect(full?.reason == "No space left on device")
        }
    }
}
