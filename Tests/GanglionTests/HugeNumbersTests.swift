import Failure
import Foundation
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// Numbers that nobody means: an error with the number and what is allowed, before anything is allocated.
    @Suite struct HugeNumbers {
        struct Case: CustomTestStringConvertible, Sendable {
            let arguments: [String]
            let texts: [String]
            var testDescription: String { arguments.joined(separator: " ") }

            init(_ arguments: String..., says texts: [String]) {
                self.arguments = arguments
                self.texts = texts
            }
        }

        private static let most = "\(Int.max)"

        static let options = [
            Case(
                "sample", "x.h5", "--out", "o.png", "--grid", "4000000000x4000000000", says: ["at most 1000000 images"]),
            Case("sample", "x.h5", "--out", "o.png", "--grid", "8x8x", says: ["--grid 8x8x"]),
            Case("sample", "x.h5", "--out", "o", "--count", most, says: ["--count \(most)", "1 to 1000000"]),
            Case("sample", "x.h5", "--out", "o", "--truncation", "nan", says: ["--truncation nan", "-100 to 100"]),
            Case("sample", "x.h5", "--out", "o", "--truncation", "inf", says: ["--truncation inf"]),
            Case("sample", "x.h5", "--out", "o", "--truncation", "1e30", says: ["--truncation 1e+30"]),
            Case("sample", "x.h5", "--out", "o", "--seeds", "0-999999,0-999999", says: ["at most 1000000 at once"]),
            Case("sample", "x.h5", "--out", "o", "--seeds", "0-4294967295", says: ["at most 1000000 at once"]),
            Case("sample", "x.h5", "--out", "o", "--seeds", "5-", says: ["--seeds 5-"]),
            Case("dataset", "import", ".", "--out", "o", "--resolution", "1099511627776", says: ["at most 8192"]),
            Case("dataset", "import", ".", "--out", "o", "--resolution", most, says: ["not a power of two"]),
            Case("dataset", "import", ".", "--out", "o", "--shards", most, says: ["--shards \(most)", "1 to 99999"]),
            Case("dataset", "import", ".", "--out", "o", "--limit", "0", says: ["--limit 0"]),
            Case("dataset", "synthesize", "--out", "o", "--count", most, says: ["--count \(most)", "1 to 1000000000"]),
            Case(
                "dataset", "synthesize", "--out", "o", "--count", "4", "--shards", "5", says: ["more than the 4 images"]
            ),
            Case("dataset", "synthesize", "--out", "o", "--resolution", "1099511627776", says: ["from 4 to 1024"]),
            Case("evaluate", "x.h5", "--data", "d", "--threads", "1000000000", says: ["1 to 1024"]),
            Case("bench", "kernels", "--threads", "1000000000", says: ["--threads 1000000000: expected 1 to 1024"]),
            Case("bench", "kernels", "--seconds", "nan", says: ["--seconds nan"]),
            Case("bench", "step", "--batch", most, "--ways", "2x1", says: ["--batch \(most): expected 1 to 1048576"]),
            Case("bench", "step", "--microbatch", most, says: ["--microbatch \(most): expected 1 to 4096"]),
            Case("bench", "step", "--repetitions", most, says: ["--repetitions \(most)"]),
            Case("bench", "cluster", "--rounds", most, says: ["--rounds \(most)"]),
            Case("bench", "cluster", "--threads", "1000000000", says: ["1 to 1024"]),
            Case("bench", "data", "--images", most, says: ["--images \(most)"]),
            Case("bench", "data", "--resolution", "1099511627776", says: ["from 4 to 1024"]),
            Case("bench", "scaling", "x.json", "--batch-per-rank", most, says: ["--batch-per-rank \(most)"]),
        ]

        @Test(arguments: options) func areRefused(_ wrong: Case) throws {
            let result = try Program.run(wrong.arguments, seconds: 60)
            expect(result, status: ExitCode.usage)
            for text in wrong.texts { #expect(result.stderr.contains(text), "\(result.stderr)") }
        }

        static let keys = [
            "batch=9223372036854775807", "microbatch=-9223372036854775808",
            "kimg=1e300", "kimg=nan", "kimg=inf", "kimg=-1", "threads=1000000000",
            "snapshot.grid=9223372036854775807x2",
            "snapshot.grid=2x", "snapshot.every_kimg=nan", "checkpoint.every_kimg=1e30", "checkpoint.keep=1e3",
            "loss.r1_interval=9223372036854775807", "optimizer.g_lr=nan", "growing.minibatch=4:99999999999999999999",
            "growing.minibatch=4:9223372036854775807", "growing.learning_rate=4:nan",
            "growing.start=4611686018427387904",
            "cluster.stall_seconds=1e300", "cluster.bucket_mb=nan", "model.channel_base=9223372036854775807",
            "metrics.images=9223372036854775807", "seed=-1",
        ]

        @Test(arguments: keys) func keysAreRefused(assignment: String) throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"), options: TestRun.tiny + ["--set", assignment])
            let key = String(assignment.prefix { $0 != "=" })
            expect(try run.train(images: 8), status: ExitCode.badConfiguration, says: "\(key): ", "allowed: ")
        }

        /// Each is allowed by itself.
        @Test func networksAndBatchesThatNoMemoryHolds() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            let wide = TestRun.sets(
                "model.channel_base=1048576", "model.channel_max=8192", "model.z_dim=8192", "model.w_dim=8192")
            expect(
                try Program.run(run.arguments(8) + wide), status: ExitCode.badConfiguration,
                says: "the networks would take", "lower model.channel_base")
            let large = ["--batch", "1048576", "--microbatch", "4096", "--set", "growing.enabled=false"]
            let data = try scratch.shapes("large", count: 4, resolution: 128, shards: 1)
            expect(
                try Program.run(["train", "--data", data, "--run", scratch("run")] + TestRun.tiny + large),
                status: ExitCode.badConfiguration, says: "a rank's images of a step would take", "batch")
            #expect(!FileManager.default.fileExists(atPath: scratch("run")))
        }

        @Test func whatScalingIsToldOfSteps() throws {
            let scratch = try Scratch()
            let result: [String: Any] = [
                "case": "R32", "way": "alone", "ranks": 1, "hosts": 1, "machines": 1, "cores": 2, "threads": 2,
                "batch": 8, "microbatch": 8, "seconds_per_step": 1, "spread": 0, "communication_seconds": 0,
                "not_hidden_seconds": 0, "sums_per_step": 0, "bytes_per_step": 0, "gradient_bytes_per_step": 0,
                "bucket_mb": 1,
            ]
            let wrong: [(String, Any)] = [
                ("microbatch", 0), ("ranks", Int.min), ("machines", Int.max), ("seconds_per_step", 0),
                ("bytes_per_step", -1), ("batch", Int.max),
            ]
            for (key, value) in wrong {
                let report = ["cluster": [result.merging([key: value]) { $1 }]]
                try JSONSerialization.data(withJSONObject: report).write(to: URL(fileURLWithPath: scratch("a.json")))
                expect(
                    try Program.run(["bench", "scaling", scratch("a.json")]), status: ExitCode.badData,
                    says: "found \(key) ", "expected")
            }
        }
    }
}
