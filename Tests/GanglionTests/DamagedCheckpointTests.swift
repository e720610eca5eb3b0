import Foundation
import Storage
import Testing

extension OneProcess {
    /// Checkpoints that a disk or a person has changed.
    @Suite struct DamagedCheckpoints {
        /// Three checkpoints, after 32, 64 and 96 images.
        private func run(_ scratch: Scratch) throws -> TestRun {
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=0.032"])
            try run.finish(images: 96)
            #expect(try run.checkpoints.list().count == 3)
            return run
        }

        private static let kinds: [(String, @Sendable (inout Data) -> Void)] = [
            ("flipped byte at the front", { $0[100] ^= 1 }),
            ("flipped byte in the middle", { $0[$0.count / 2] ^= 0x10 }),
            ("flipped byte in the seal", { $0[$0.count - 3] ^= 0x80 }),
            ("cut short by a byte", { $0.removeLast() }),
            ("cut in half", { $0.removeLast($0.count / 2) }),
            ("empty", { $0.removeAll() }),
        ]

        @Test(arguments: kinds.map(\.0)) func theDamagedOneIsNamedAndThePreviousOneTaken(kind: String) throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let expected = try run.contents(96)
            let change = try #require(Self.kinds.first { $0.0 == kind }).1
            try damage(run.checkpoint(96), change)
            let inspected = try Program.run(["inspect", run.folder])
            expect(inspected, status: 0, says: "damaged", run.checkpoint(96), run.checkpoint(64))
            let result = try run.train(images: 96, "--resume", "auto")
            expect(result, status: 0, says: "not used: \(run.checkpoint(96))", "resumed from \(run.checkpoint(64))")
            #expect(try differences(expected, run.contents(96)) == [], "the damaged one is written anew")
        }

        @Test func underMpirunToo() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let expected = try run.contents(96)
            try damage(run.checkpoint(96)) { $0[$0.count / 3] ^= 4 }
            try damage(run.checkpoint(64)) { $0.removeLast(1000) }
            let result = try run.train(images: 96, ranks: 2)
            expect(
                result, status: 0, says: "not used: \(run.checkpoint(96))", "not used: \(run.checkpoint(64))",
                "resumed from \(run.checkpoint(32))")
            #expect(try differences(expected, run.contents(96)) == [])
        }

        @Test func whenAllAreDamagedNothingIsStarted() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            for images in [32, 64, 96] { try damage(run.checkpoint(images)) { $0[500] ^= 1 } }
            let before = contents(of: run.folder, except: ["log.txt"])
            for ranks in [nil, 2] {
                let result = try run.train(images: 200, ranks: ranks)
                expect(
                    result, status: 65, says: "all 3 checkpoints are damaged", run.checkpoint(32), run.checkpoint(64),
                    run.checkpoint(96))
            }
            #expect(contents(of: run.folder, except: ["log.txt"]) == before)
        }

        /// Whoever names a file means that file.
        @Test func aDamagedFileThatWasAskedForIsNoChoice() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try damage(run.checkpoint(96)) { $0[$0.count / 2] ^= 1 }
            for arguments in [["--resume", run.checkpoint(96)], ["--transfer", run.checkpoint(96)]] {
                let fresh = TestRun(data: run.data, folder: scratch("fresh"), options: run.options + arguments)
                expect(try fresh.train(images: 96), status: 65, says: run.checkpoint(96), "altered")
            }
            let sampled = try Program.run(["sample", run.checkpoint(96), "--out", scratch("samples")])
            expect(sampled, status: 65, says: run.checkpoint(96), "altered")
            #expect(!FileManager.default.fileExists(atPath: scratch("samples")))
            expect(try Program.run(["inspect", run.checkpoint(96)]), status: 65, says: run.checkpoint(96), "altered")
        }
    }
}
