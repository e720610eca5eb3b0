import Foundation
import TestSupport
import Testing

extension OneProcess {
    /// What `ganglion bench` reports: every figure is there, and they agree with each other. How large they are is not the
    /// tests' business.
    @Suite struct Bench {
        @Test(
            arguments: [
                ["step", "R33"], ["step", "--repetitions", "0"], ["step", "--batch", "0"],
                ["step", "--ways", "1"], ["step", "--ways", "1x0"], ["step", "--ways", "1x1,"],
                ["step", "S8", "--batch", "6", "--microbatch", "4"], ["step", "S8", "--batch", "5", "--ways", "2x1"],
                ["step", "--sweep", "--batch", "4"], ["step", "--sweep", "R32"], ["kernels", "--threads", "0"],
                ["kernels", "--seconds", "-1"], ["kernels", "--filter", "nonsense", "--seconds", "0.001"],
                ["allreduce", "--seconds", "0"], ["allreduce", "--sizes", "1"], ["allreduce", "--sizes", "1mb,,2mb"],
                ["cluster", "--rate", "fast"], ["cluster", "--rate", "0gbit"], ["scaling"],
                ["scaling", "x", "--rates", "none"], ["scaling", "x", "--batch", "0"],
                ["data", "--batch", "0"], ["data", "--batch", "8", "--images", "4"], ["data", "--resolution", "7"],
                ["data", "--data", "x", "--resolution", "8"],
            ])
        func isRefused(arguments: [String]) throws {
            let result = try Program.run(["bench"] + arguments)
            expect(result, status: 64)
            #expect(result.stdout.isEmpty)
        }

        @Test(arguments: ["1x1", "2x1"]) func steps(ways: String) throws {
            let report = try Self.report([
                "step", "s8", "--batch", "4", "--microbatch", "2", "--repetitions", "1", "--ways", ways,
            ])
            let results = try #require(report["step"] as? [[String: Any]])
            #expect(results.count == 1)
            let result = try #require(results.first)
            try Self.expectPositive(
                result, "resolution", "batch", "microbatch", "ranks", "threads", "images_per_second",
                "effective_gflops", "peak_gflops", "peak_rss_mb", "rss_first_mb", "rss_last_mb")
            try Self.expectFinite(result, "spread", "rss_growth_mb")
            #expect(result["case"] as? String == "S8" && result["batch"] as? Int == 4)
            #expect(result["ranks"] as? Int == Int(ways.prefix(1)))
            let seconds = try #require(result["seconds"] as? [String: Any])
            #expect(seconds.count == 5)
            // Of a step of a run: path length in every fourth, R1 in every sixteenth.
            let step = try [("gmain", 1.0), ("greg", 0.25), ("dmain", 1), ("dreg", 0.0625), ("optimizer", 1)].reduce(
                0.0
            ) {
                try $0 + Self.number(seconds, $1.0) * $1.1
            }
            Self.expectEqual(try Self.number(result, "images_per_second") * step, 4)
            #expect(try Self.number(result, "peak_rss_mb") >= Self.number(result, "rss_last_mb"))
        }

        @Test func kernels() throws {
            let report = try Self.report(["kernels", "--threads", "2", "--seconds", "0.001"])
            let kernels = try #require(report["kernels"] as? [String: Any])
            #expect(kernels["threads"] as? Int == 2)
            let peak = try Self.number(try #require(kernels["peak"] as? [String: Any]), "gflops")
            func expectOperations(_ line: [String: Any], _ time: String, _ rate: String) throws {
                let operations = try Self.operations(of: try #require(line["name"] as? String))
                Self.expectEqual(try Self.number(line, time) * 1e3 * Self.number(line, rate), operations)
            }
            for group in ["convolutions", "dense"] {
                let lines = try Self.lines(kernels, group)
                #expect(lines.count % 3 == 0)
                for line in lines {
                    try expectOperations(line, "microseconds", "gflops")
                    Self.expectEqual(try Self.number(line, "share_of_peak") * peak, try Self.number(line, "gflops"))
                    try Self.expectFinite(line, "spread")
                }
                let operations = Set(lines.compactMap { $0["operation"] as? String })
                #expect(operations == ["forward", "input_gradient", "weight_gradient"])
            }
            for line in try Self.lines(kernels, "products") {
                try expectOperations(line, "microseconds", "gflops")
                try expectOperations(line, "openblas_microseconds", "openblas_gflops")
                #expect(!(line["core"] as? String ?? "").isEmpty)
            }
            for line in try Self.lines(kernels, "memory") {
                // Each reads or writes its images at least.
                let bytes = try Self.number(line, "microseconds") * 1e3 * Self.number(line, "gb_per_second")
                let name = try #require(line["name"] as? String)
                let shape = try #require(name.split(separator: " ").last)
                #expect(bytes > 4 * Self.product(shape), "\(line)")
            }
            let loops = try Self.lines(kernels, "loops")
            #expect(loops.compactMap { $0["threads"] as? Int } == [1, 1, 2, 2])
            #expect(loops.compactMap { $0["items"] as? Int } == [1, 64, 2, 64])
            for line in loops { try Self.expectPositive(line, "microseconds") }
            let accuracy = try Self.lines(kernels, "accuracy")
            #expect(accuracy.count == 3)
            for line in accuracy {
                try Self.expectPositive(line, "max_error", "rms_error")
                #expect((line["max_error"] as? Double ?? 1) < 1e-3)
            }
        }

        @Test func theFilterLeavesTheRest() throws {
            let report = try Self.report(["kernels", "--filter", "DENSE", "--seconds", "0.001"])
            let kernels = try #require(report["kernels"] as? [String: Any])
            for group in ["convolutions", "memory", "loops", "accuracy"] {
                #expect((kernels[group] as? [Any])?.isEmpty == true, "\(group)")
            }
            let names = try Self.lines(kernels, "dense").compactMap { $0["name"] as? String }
            #expect(!names.isEmpty && names.allSatisfy { $0.hasPrefix("dense") })
            let text = try Program.run(["bench", "kernels", "--filter", "dense 8x", "--seconds", "0.001"])
            expect(text, status: 0, says: "sgemm of 1024³", "dense 8x512x512", "weight gradient")
        }

        @Test func sums() throws {
            let report = try Self.report(["allreduce", "--seconds", "0.001"])
            let results = try #require(report["allreduce"] as? [[String: Any]])
            let cores = ProcessInfo.processInfo.activeProcessorCount
            #expect(results.compactMap { $0["ranks"] as? Int }.contains(2))
            for result in results {
                #expect(try Self.number(result, "repetitions") >= 1)
                let times = try ["tree", "mpi"].map { way in
                    let sum = try #require(result[way] as? [String: Any], "\(way)")
                    try Self.expectFinite(sum, "spread")
                    let milliseconds = try Self.number(sum, "milliseconds")
                    Self.expectEqual(
                        try Self.number(sum, "gb_per_second") * 1e6 * milliseconds, try Self.number(result, "bytes"))
                    return milliseconds
                }
                Self.expectEqual(try Self.number(result, "ratio") * times[0], times[1])
                let ranks = try #require(result["ranks"] as? Int)
                if ranks > cores { #expect(result["oversubscribed"] as? Bool == true) }
            }
            let sizes = results.filter { $0["ranks"] as? Int == 2 }.compactMap { $0["bytes"] as? Int }
            #expect(sizes == [1 << 16, 1 << 20, 1 << 22, 1 << 24, 1 << 26])
        }

        @Test func chosenSumsOfAJob() throws {
            let program = try ChildProcess.product("ganglion")
            let ranks = try ChildProcess.run(
                [
                    "mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none", program, "bench", "allreduce",
                    "--sizes", "3kb,1MB", "--seconds", "0.001", "--json",
                ], environment: ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"], timeout: 120)
            expect(ranks, status: 0)
            let report = try JSONSerialization.jsonObject(with: Data(ranks.stdout.utf8)) as? [String: Any]
            let results = try #require(report?["allreduce"] as? [[String: Any]])
            #expect(results.compactMap { $0["bytes"] as? Int } == [3 << 10, 1 << 20])
            #expect(results.compactMap { $0["ranks"] as? Int } == [2, 2])
            #expect(results.compactMap { $0["hosts"] as? Int } == [1, 1])
        }

        @Test func data() throws {
            let scratch = try Scratch()
            let folder = try scratch.shapes()
            let before = contents(of: folder)
            let options = ["--images", "48", "--batch", "16", "--seconds", "0.001"]
            for source in [["--data", folder], ["--resolution", "8"]] {
                let report = try Self.report(["data"] + source + options)
                let data = try #require(report["data"] as? [String: Any])
                try Self.expectPositive(data, "images", "classes", "shards")
                #expect(data["resolution"] as? Int == 8 && data["images_per_pass"] as? Int == 48)
                #expect(data["images"] as? Int == (source[0] == "--data" ? 64 : 48))
                let results = try #require(data["results"] as? [[String: Any]])
                for key in ["mirror", "labels", "read_ahead", "cold"] {
                    #expect(results.count { $0[key] as? Bool == true } == 8, "half of all lines have \(key)")
                }
                #expect(results.count == 16)
                for result in results {
                    // Of 8×8 pixels in three colours.
                    Self.expectEqual(
                        try Self.number(result, "images_per_second") * 192e-6, try Self.number(result, "mb_per_second"))
                    #expect(try Self.number(result, "passes") >= 1)
                    try Self.expectFinite(result, "spread", "fetched_mb_per_pass")
                }
            }
            #expect(contents(of: folder) == before)
            expect(try Program.run(["bench", "data", "--data", scratch("none")]), status: 66, says: "no such folder")
        }

        private static func report(_ arguments: [String]) throws -> [String: Any] {
            let result = try Program.run(["bench"] + arguments + ["--json"])
            expect(result, status: 0)
            return try #require(try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any])
        }

        private static func lines(_ report: [String: Any], _ group: String) throws -> [[String: Any]] {
            let lines = try #require(report[group] as? [[String: Any]], "\(group)")
            #expect(!lines.isEmpty, "\(group)")
            for line in lines { #expect((line["name"] as? String)?.isEmpty == false) }
            return lines
        }

        /// Additions and multiplications of "product 512x512x8 ta", "3x3 up 8,128->64,8x8->16x16" and their like: a
        /// convolution that changes the resolution is counted on the coarser grid.
        private static func operations(of name: String) throws -> Double {
            let words = name.split(separator: " ")
            let shape = try #require(words.first { $0.contains(",") } ?? words.dropFirst().first)
            let parts = shape.split(separator: ",")
            guard parts.count == 3 else { return 2 * product(shape) }
            let grid = parts[2].split(separator: ">").map { product($0) }.min() ?? 0
            return 2 * product(words[0]) * product(parts[0]) * product(parts[1]) * grid
        }

        /// Of all numbers in a text.
        private static func product(_ text: Substring) -> Double {
            text.split { !$0.isNumber }.compactMap { Double($0) }.reduce(1, *)
        }

        private static func number(_ object: [String: Any], _ key: String) throws -> Double {
            let value = try #require(object[key] as? Double, "\(key)")
            #expect(value > 0 && value.isFinite, "\(key): \(value)")
            return value
        }

        private static func expectEqual(_ a: Double, _ b: Double, location: SourceLocation = #_sourceLocation) {
            #expect(abs(a / b - 1) < 1e-6, "\(a), \(b)", sourceLocation: location)
        }

        private static func expectPositive(_ object: [String: Any], _ keys: String...) throws {
            for key in keys {
                let value = try #require(object[key] as? Double, "\(key)")
                #expect(value > 0 && value.isFinite, "\(key): \(value)")
            }
        }

        private static func expectFinite(_ object: [String: Any], _ keys: String...) throws {
            for key in keys { #expect(try #require(object[key] as? Double, "\(key)").isFinite, "\(key)") }
        }
    }
}
