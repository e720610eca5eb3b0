import Foundation
import Kernels
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Short runs end in the bits that were recorded when they were written down: what is rebuilt between the kernels and
    /// the loop must not change them, and what does change them says so in a new record.
    ///
    /// With GANGLION_RECORD=FOLDER the records, and checkpoints from the middle of runs, are written there instead, to be
    /// looked at and moved to Tests/Golden/runs and Tests/Golden/checkpoints.
    @Suite struct RecordedRuns {
        static let runs = RecordedRun.all
        static let levels = KernelLevel.allCases.filter { $0 <= .available }

        /// On one rank where that is the processor's level, and on two.
        @Test(arguments: runs, levels) func endInTheirBits(_ run: RecordedRun, _ level: KernelLevel) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            for ranks in level == .available ? [1, 2] : [2] {
                let job = run.job(data, scratch("\(ranks)"), level)
                try job.finish(images: run.images, ranks: ranks)
                let found = try RunRecord(job, images: run.images)
                try found.check(run.testDescription, level, among: RunRecord.Kind.allCases, "\(ranks) ranks")
            }
        }

        static let stopped = runs.filter { $0.stop != nil }
        static let fused = levels.filter { $0 >= .avx2 }

        /// Checkpoints that were written before something was rebuilt are read, and their runs end as they would have.
        @Test(
            .enabled(if: !fused.isEmpty, "the checkpoints were written with AVX2, which this processor has not"),
            arguments: stopped)
        func goOnFromTheirCheckpoints(_ run: RecordedRun) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let stop = try #require(run.stop)
            if let folder = RunRecord.folderToMake {
                let job = run.job(data, scratch("stopped"), .avx2)
                try job.finish(images: stop)
                try FileManager.default.copyItem(
                    atPath: job.checkpoint(stop), toPath: "\(folder)/\(run.testDescription).h5")
                return
            }
            for (ranks, level) in [1, 2].flatMap({ ranks in Self.fused.map { (ranks, $0) } }) {
                let job = run.job(data, scratch("\(ranks)-\(level.name)"), level)
                _ = try scratch.folder("\(ranks)-\(level.name)/checkpoints")
                try FileManager.default.copyItem(
                    atPath: "\(Repository.path)/Tests/Golden/checkpoints/\(run.testDescription).h5",
                    toPath: job.checkpoint(stop))
                expect(
                    try job.train(images: run.images, ranks: ranks), status: 0, says: "resumed from",
                    "\(stop) images")
                let found = try RunRecord(job, images: run.images)
                // Its statistics are about what came after the checkpoint.
                try found.check(run.testDescription, level, among: [.array, .counter], "\(ranks) ranks")
            }
        }
    }
}
