import Foundation
import TestSupport
import Testing

extension OneProcess {
    /// `ganglion bench scaling`, of one rank that is measured, and of two that are made up.
    @Suite struct BenchScaling {
        private let scratch: Scratch
        private let files: [String]

        init() throws {
            scratch = try Scratch()
            let measured = try Program.run(
                ["bench", "cluster", "S8", "--batch", "4", "--microbatch", "2", "--rounds", "1", "--json"])
            expect(measured, status: 0)
            let one = scratch("one.json")
            try Data(measured.stdout.utf8).write(to: URL(fileURLWithPath: one))
            let report = try JSONSerialization.jsonObject(with: Data(measured.stdout.utf8)) as? [String: Any]
            let results = try #require(report?["cluster"] as? [[String: Any]])
            let alone = try #require(results.first)
            let seconds = try #require(alone["seconds_per_step"] as? Double)
            let bytes = try #require(alone["gradient_bytes_per_step"] as? Double)
            #expect(results.count == 1 && alone["machines"] as? Int == 1 && seconds > 0 && bytes > 0)
            #expect(alone["gbit_per_second"] == nil)
            let two = [("alone", 1.0, 0.0), ("overlapped", 1.5, bytes), ("exposed", 2, bytes)].map {
                way, share, sent in
                alone.merging([
                    "way": way, "ranks": 2, "hosts": 2, "batch": 8, "seconds_per_step": share * seconds,
                    "bytes_per_step": sent, "sums_per_step": sent > 0 ? 5 : 0, "gbit_per_second": 0.5,
                ]) { $1 }
            }
            try JSONSerialization.data(withJSONObject: ["cluster": two]).write(
                to: URL(fileURLWithPath: scratch("two.json")))
            files = [one, scratch("two.json")]
        }

        @Test func reportsAndDraws() throws {
            let picture = scratch("scaling.svg")
            let text = try Program.run(
                ["bench", "scaling"] + files + ["--batch", "64", "--rates", "2.5gbit,100mbit", "--svg", picture])
            expect(
                text, status: 0,
                says: "500 Mbit/s", "2.5 Gbit/s", "Weak scaling, 4 images a rank", "Strong scaling, 64 images")
            let svg = try String(contentsOfFile: picture, encoding: .utf8)
            #expect(svg.hasPrefix("<svg") && svg.contains("100 Mbit/s"))

            let json = try Program.run(["bench", "scaling"] + files + ["--json"])
            expect(json, status: 0)
            let whole = try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [String: Any]
            let report = try #require(whole?["scaling"] as? [String: Any])
            let model = try #require(report["model"] as? [String: Any])
            #expect(Set(model.keys).isSuperset(of: ["latency_seconds", "rate_share", "seconds_per_byte", "overlap"]))
            // The made-up steps take 1.5 times and twice as long as alone, and the model is one of these steps.
            let rows = try #require(report["rows"] as? [[String: Any]])
            let found = try rows.map { row in
                let alone = try #require(row["alone_seconds"] as? Double)
                let measured = try #require(row["measured_seconds"] as? Double)
                let predicted = try #require(row["model_seconds"] as? Double)
                return (slower: measured / alone, off: predicted / measured - 1)
            }
            #expect(found.map { ($0.slower * 100).rounded() }.sorted() == [150, 200])
            for row in found { #expect(abs(row.off) < 0.1, "\(found)") }
            #expect((report["weak"] as? [Any])?.count == 44)
        }

        @Test func refusesOtherFiles() throws {
            let other = scratch("other.json")
            try Data("{\"cluster\": [{\"case\": \"R32\"}]}".utf8).write(to: URL(fileURLWithPath: other))
            func scaling(_ arguments: [String]) throws -> ProcessResult {
                try Program.run(["bench", "scaling"] + arguments)
            }
            expect(try scaling([other]), status: 65, says: "other.json", "a result without 'way'")
            expect(try scaling([files[0]]), status: 65, says: "no steps with sums")
            expect(try scaling([scratch("none")]), status: 66, says: "no file that can be read")
            let nowhere = scratch("no/such/folder.svg")
            expect(try scaling(files + ["--svg", nowhere]), status: 73, says: nowhere)
        }
    }
}
