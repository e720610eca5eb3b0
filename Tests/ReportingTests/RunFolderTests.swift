import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct RunFolderTests {
    @Test func names() {
        let run = RunFolder("runs/a/")
        #expect(run.path == "runs/a")
        #expect(run.configuration == "runs/a/config.yaml" && run.log == "runs/a/log.txt")
        #expect(run.stats == "runs/a/stats.jsonl" && run.metrics == "runs/a/metrics.jsonl")
        #expect(run.ending == "runs/a/ended.json")
        #expect(run.reals == "runs/a/images/reals.png")
        #expect(run.fakes(imagesShown: 0) == "runs/a/images/fakes-00000000.png")
        #expect(run.fakes(imagesShown: 123_456_789) == "runs/a/images/fakes-123456789.png")
        #expect(run.checkpoint(1000) == "runs/a/checkpoints/00001000.h5")
        #expect(RunFolder.checkpointName(1_234_567_890) == "1234567890.h5")
        #expect(run.latest == "runs/a/checkpoints/latest")
        #expect(RunFolder("").path == "." && RunFolder("/").path == "/")
    }

    @Test func phases() {
        let run = RunFolder("runs/a")
        #expect(run.phases == "runs/a/images/phases" && run.timeLapse == "runs/a/images/timelapse.png")
        #expect(run.phase(0, resolution: 4, isFade: false) == "runs/a/images/phases/00-4x4.png")
        #expect(run.phase(1, resolution: 8, isFade: true) == "runs/a/images/phases/01-8x8-fade.png")
        #expect(run.phase(123, resolution: 1024, isFade: false) == "runs/a/images/phases/123-1024x1024.png")
        for (name, number) in [
            ("00-4x4.png", 0), ("01-8x8-fade.png", 1), ("16-1024x1024.png", 16), ("123-8x8.png", 123),
        ] {
            #expect(RunFolder.phaseNumber(ofName: name) == number)
        }
        for name in [
            "", ".", "-", "a.png", "0-4x4.png", "000-4x4.png", "00-4x8.png", "00-4x4", "00-4x4.jpg", "00-4x4.png.bak",
            "00-4x4-faded.png", "00-4x4-fade-2.png", "+1-4x4.png", "-1-4x4.png", ".00-4x4.png.partial-17", "00-x4.png",
        ] {
            #expect(RunFolder.phaseNumber(ofName: name) == nil, "\(name)")
        }
    }

    @Test func createsTwice() throws {
        try withTemporaryFolder { folder in
            let run = RunFolder(folder + "/deep/er/run")
            try run.create()
            try run.create()
            var isFolder: ObjCBool = false
            #expect(FileManager.default.fileExists(atPath: run.images, isDirectory: &isFolder) && isFolder.boolValue)
            #expect(
                FileManager.default.fileExists(atPath: run.checkpoints, isDirectory: &isFolder) && isFolder.boolValue)
        }
    }

    /// In the order and with the spaces in which `cluster/launch` reads it.
    @Test func endings() throws {
        try withTemporaryFolder { folder in
            let run = RunFolder(folder)
            let ending = RunEnding(
                launch: "4f-1", exitCode: 0, imagesShown: 96, imagesAsked: 96, checkpoint: "00000096.h5")
            try ending.write(to: run)
            #expect(
                try String(contentsOfFile: run.ending, encoding: .utf8)
                    == #"{"launch": "4f-1", "exit_code": 0, "images": 96, "images_asked": 96, "#
                    + #""checkpoint": "00000096.h5"}"# + "\n")
            try RunEnding(launch: nil, exitCode: 75, imagesShown: 8, imagesAsked: 96, checkpoint: nil).write(to: run)
            #expect(
                try String(contentsOfFile: run.ending, encoding: .utf8)
                    == #"{"exit_code": 75, "images": 8, "images_asked": 96}"# + "\n")
            for _ in 0..<2 { try RunEnding.remove(from: run) }
            #expect(!FileManager.default.fileExists(atPath: run.ending))
        }
    }

    @Test func namesOfLaunches() {
        for name in ["a", "0b6f1c0e-1111-4444-8888-000000000000", "job_7.2", String(repeating: "x", count: 64)] {
            #expect(RunEnding.isLaunchName(name), "\(name)")
        }
        for name in ["", "a b", "a\"", "a\n", "é", "$(a)", String(repeating: "x", count: 65)] {
            #expect(!RunEnding.isLaunchName(name), "\(name)")
        }
    }

    @Test func aFileInTheWay() throws {
        try withTemporaryFolder { folder in
            try "x".write(toFile: folder + "/run", atomically: true, encoding: .utf8)
            let error = thrown(ReportingError.self) { try RunFolder(folder + "/run").create() }
            #expect(error?.exitCode == 73)
            #expect(error?.description == "cannot create the folder \(folder)/run: File exists")
            let below = thrown(ReportingError.self) { try RunFolder(folder + "/run/a").create() }
            #expect(below?.exitCode == 73)
        }
    }
}
