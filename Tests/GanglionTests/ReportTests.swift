import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// What a run says about itself.
    @Suite struct Reports {
        @Test(arguments: [nil, 2] as [Int?]) func aDryRunPrintsAndWritesNothing(ranks: Int?) throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            let before = contents(of: scratch.path)
            let result = try run.train(images: 1234, ranks: ranks, "--dry-run")
            expect(
                result, status: 0, says: "preset: quick", "kimg: 1.234", "channel_max: 16", "Generator",
                "Discriminator",
                "synthesis.b4.const", "b4.out.weight", "b8_dec.weight", "memory (peak)", "images/s",
                "all 1.234 kimg", "on \(ranks ?? 1) × 1 threads")
            #expect(result.stdout.ranges(of: "memory (peak)").count == 1, "only rank 0 speaks")
            #expect(contents(of: scratch.path) == before)
            #expect(!FileManager.default.fileExists(atPath: run.folder))
        }

        @Test func aDryRunTellsWhatRecomputationSaves() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 128)
            // Narrow networks on large images: activations outweigh parameters. One block at a time is there as a whole in
            // either mode; with half the channels at twice the resolution the last one is not nearly all.
            let options = [
                "--batch", "16", "--microbatch", "16", "--threads", "1", "--set", "model.channel_base=1024", "--set",
                "model.channel_max=64", "--set", "model.z_dim=16", "--set", "model.w_dim=16",
            ]
            func peak(_ memory: String) throws -> Int {
                let run = TestRun(data: data, folder: scratch("run"), options: options + ["--set", "memory=\(memory)"])
                let result = try run.train(images: 16, "--dry-run")
                expect(result, status: 0, says: "memory: \(memory)", "memory (peak)")
                let line = try #require(result.stdout.split(separator: "\n").first { $0.contains("memory (peak)") })
                return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
            }
            #expect(try peak("checkpointing") < peak("full") * 95 / 100)
        }

        @Test(arguments: [nil, 2] as [Int?]) func statistics(ranks: Int?) throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            try run.finish(images: 2104, ranks: ranks)
            let lines = try run.statistics()
            #expect(lines.compactMap { $0["step"] as? Int } == [125, 250, 263])
            #expect(lines.compactMap { $0["images"] as? Int } == [1000, 2000, 2104])
            let phases = ["gmain", "greg", "dmain", "dreg"]
            let names =
                [
                    "kimg", "images_per_second", "resolution", "loss/generator", "loss/discriminator",
                    "loss/discriminator_fake", "loss/discriminator_real", "loss/ggdr", "loss/path_length", "r1_penalty",
                    "path_length", "path_length_mean", "score/real", "score/fake", "score/real_sign",
                    "seconds/optimizer", "seconds/communication", "seconds/data", "memory_bytes", "memory_peak_bytes",
                ] + phases.flatMap { ["gradient_norm/\($0)", "seconds/\($0)"] }
            for line in lines {
                for name in names {
                    let value = try #require(line[name] as? Double, "\(name)")
                    #expect(value.isFinite, "\(name)")
                    if name.hasPrefix("seconds/") || name.hasPrefix("gradient_norm/") || name.hasPrefix("memory") {
                        #expect(value > 0, "\(name)")
                    }
                }
            }
        }

        @Test func theRunFolder() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("deep/in/run"),
                options: TestRun.tiny + [
                    "--set", "snapshot.every_kimg=0.04", "--set", "checkpoint.every_kimg=0.016",
                    "--set", "checkpoint.keep=2",
                ])
            try run.finish(images: 96, ranks: 2)
            let files = Set(contents(of: run.folder).keys)
            let expected = [
                "config.yaml", "log.txt", "stats.jsonl", "ended.json", "images/reals.png", "images/fakes-00000000.png",
                "images/fakes-00000040.png", "images/fakes-00000080.png", "images/fakes-00000096.png",
                "checkpoints/00000080.h5", "checkpoints/00000096.h5", "checkpoints/latest",
            ]
            #expect(files.isSuperset(of: expected), "\(files.sorted())")
            #expect(files.filter { $0.hasSuffix(".h5") }.count == 2, "the last two are kept")
            #expect(run.checkpoints.latestName() == "00000096.h5")
            let configuration = try String(contentsOfFile: run.folder + "/config.yaml", encoding: .utf8)
            #expect(try run.contents(96).attribute("config") == .string(configuration))

            // The configuration that a run left starts it again, bit for bit.
            let again = try Program.run(
                ["train", "--data", run.data, "--run", scratch("again"), "--config", run.folder + "/config.yaml"])
            #expect(again.status == 0, "\(again.stderr)")
            let twin = TestRun(data: run.data, folder: scratch("again"))
            #expect(try differences(run.contents(96), twin.contents(96)) == [])
        }
    }
}
