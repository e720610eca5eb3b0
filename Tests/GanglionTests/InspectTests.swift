import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct Inspect {
        @Test func checkpointShardAndRunFolder() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            try run.finish(images: 16, ranks: 2)
            let texts = [
                "format = ganglion-checkpoint", "images_shown = 16", "step = 2", "ranks = 2",
                "dataset_id = \(try Dataset(run.data).id)", "    preset: quick", "generator/synthesis.b4.const",
                "16 × 4 × 4", "optimizer/discriminator/v", "state/pl_mean", "all checksums agree",
            ]
            let places = [run.folder, run.folder + "/checkpoints", run.folder + "/checkpoints/latest"]
            for path in [run.checkpoint(16)] + places {
                let result = try Program.run(["inspect", path, "--arrays"])
                #expect(result.status == 0)
                for text in texts { #expect(result.stdout.contains(text), "\"\(text)\" of \(path)") }
            }
            let folder = try Program.run(["inspect", run.folder])
            expect(
                folder, status: 0, says: "checkpoints  00000016.h5", "latest       00000016.h5",
                "last tick    16 images · ",
                "images_shown = 16", "configured   \(run.folder)/config.yaml", "fakes-00000016.png", "generator ",
                "all checksums agree")
            #expect(!folder.stdout.contains("b4.const") && !folder.stdout.contains("channel_base"))
            #expect(!folder.stdout.contains("\"step\""))
            expect(
                try Program.run(["inspect", run.folder, "--arrays"]), status: 0, says: "\"step\": 2", "\"images\": 16")
            #expect(folder.stdout.split(separator: "\n").count < 40, "\(folder.stdout)")
            let file = try Program.run(["inspect", run.checkpoint(16)])
            expect(file, status: 0, says: "channel_base", "optimizer ", "--arrays lists them")
            #expect(!file.stdout.contains("b4.const"))

            let shard = try Program.run(["inspect", run.data + "/shard-00003.h5"])
            expect(
                shard, status: 0, says: "format = ganglion-dataset", "shard = 3", "shards = 4", "16 × 8 × 8 × 3",
                "uint8")
        }

        @Test func whatCannotBeInspected() throws {
            let scratch = try Scratch()
            expect(try Program.run(["inspect", scratch("nowhere")]), status: 66, says: scratch("nowhere"))
            let empty = try scratch.folder("empty")
            expect(try Program.run(["inspect", empty]), status: 65, says: empty, "no run folder")
            let data = try scratch.shapes()
            expect(try Program.run(["inspect", data]), status: 65, says: "ganglion dataset info \(data)")
        }
    }
}
