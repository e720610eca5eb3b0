import Foundation
import Storage
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
            for path in [run.checkpoint(16), run.folder] {
                let result = try Program.run(["inspect", path])
                #expect(result.status == 0)
                for text in texts { #expect(result.stdout.contains(text), "\"\(text)\" of \(path)") }
            }
            let folder = try Program.run(["inspect", run.folder])
            expect(folder, status: 0, says: "checkpoints  00000016.h5", "latest       00000016.h5", "\"step\": 2")

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
        }
    }
}
