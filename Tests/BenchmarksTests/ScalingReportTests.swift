import Benchmarks
import Foundation
import TestSupport
import Testing
import Training

@Suite struct ScalingReportTests {
    private let truth = ScalingModel(latency: 2e-4, rateShare: 0.9, secondsPerByte: 1e-9, overlap: 0.5)

    /// What `ganglion bench cluster --json` would print, if the world were the model.
    private func job(
        ranks: Int, hosts: Int? = nil, batch: Int, rate: Double? = nil, name: String = "R32",
        ways: [ClusterBenchmark.Way] = ClusterBenchmark.Way.allCases
    ) throws -> [ClusterBenchmark.Result] {
        let alone = 0.01 + 0.02 * Double(batch / ranks)
        let load = ScalingModel.Load(
            ranks: ranks, computeSeconds: alone, microbatchSeconds: alone * 4 / Double(batch / ranks),
            gradientBytes: 8e6, sums: 12, gigabitsPerSecond: rate)
        let results = ways.filter { ranks > 1 || $0 == .alone }.map { way -> [String: Any] in
            var halved = load
            if way == .compressed { halved.gradientBytes /= 2 }
            let seconds = way == .alone ? alone : truth.seconds(halved, isOverlapped: way != .exposed)
            var result: [String: Any] = [
                "case": name, "way": way.rawValue, "ranks": ranks, "hosts": hosts ?? ranks, "machines": ranks,
                "cores": 2, "threads": 2, "batch": batch, "microbatch": 4, "seconds_per_step": seconds, "spread": 0,
                "communication_seconds": 0, "not_hidden_seconds": 0, "sums_per_step": ranks == 1 ? 0 : 12,
                "bytes_per_step": way == .alone ? 0 : halved.bytesSent, "gradient_bytes_per_step": 8e6, "bucket_mb": 1,
            ]
            result["gbit_per_second"] = rate
            return result
        }
        return try JSONDecoder().decode(
            [ClusterBenchmark.Result].self, from: JSONSerialization.data(withJSONObject: results))
    }

    private func jobs() throws -> [[ClusterBenchmark.Result]] {
        try [4, 8, 16].map { try job(ranks: 1, batch: $0) }
            + [2, 4].flatMap { ranks in
                try [nil, 1, 0.2].map { try job(ranks: ranks, batch: 4 * ranks, rate: $0) }
            }
    }

    @Test func readsWhatWasMeasured() throws {
        let data = try ScalingData(try jobs())
        #expect(data.name == "R32" && data.gradientBytes == 8e6 && data.sums == 12 && data.points.count == 18)
        #expect(abs(data.compute.fixed - 0.01) < 1e-9 && abs(data.compute.perImage - 0.02) < 1e-9)
        #expect(data.compute.images == 16 && data.compute.threads == 2 && data.compute.microbatch == 4)
        #expect(data.points.allSatisfy { $0.load.ranksPerCore == 1 })
        #expect(data.points.first?.load.ranks == 2 && data.points.last?.load.ranks == 4)
    }

    /// A single batch does not tell what is fixed.
    @Test func oneBatchMakesALineThroughNothing() throws {
        let data = try ScalingData([try job(ranks: 1, batch: 4), try job(ranks: 2, batch: 8)])
        #expect(data.compute.fixed == 0 && abs(data.compute.perImage - 0.09 / 4) < 1e-12)
    }

    @Test func putsTheModelBesideTheMeasured() throws {
        let report = ScalingReport(try ScalingData(try jobs()), ScalingReport.Question())
        #expect(report.rows.count == 18)
        for row in report.rows {
            #expect(row.isFitted == (row.way != .compressed))
            #expect(abs(row.error) < 0.01)
            #expect((row.heldOut != nil) == (row.ranks == 4))
            #expect(abs(row.heldOutError ?? 0) < 0.02)
        }
    }

    @Test func predictsAsFarAsTheBatchCanBeShared() throws {
        var question = ScalingReport.Question()
        question.batch = 64
        question.rates = [1, 10]
        let report = ScalingReport(try ScalingData(try jobs()), question)
        #expect(report.weak.count == 22 && report.weak.map(\.ranks).max() == 1024)
        #expect(report.weak.allSatisfy { $0.imagesPerRank == 16 })
        #expect(report.strong.filter { $0.gigabitsPerSecond == 1 }.map(\.imagesPerRank) == [64, 32, 16, 8, 4])
        for one in (report.weak + report.strong).filter({ $0.ranks == 1 }) {
            #expect(abs(one.efficiency - 1) < 1e-12)
            let compute = report.compute.seconds(images: one.imagesPerRank)
            #expect(one.imagesPerSecond == Double(one.imagesPerRank) / compute)
        }
        for rate in question.rates {
            let efficiencies = report.strong.filter { $0.gigabitsPerSecond == rate }.map(\.efficiency)
            #expect(zip(efficiencies, efficiencies.dropFirst()).allSatisfy { $0 > $1 })
        }
    }

    @Test func sizesOfErrors() {
        let size = ScalingReport.size(of: [0.03, -0.04, 0])
        #expect(abs((size?.typical ?? 0) - (0.0025 / 3).squareRoot()) < 1e-12 && size?.worst == 0.04)
        #expect(ScalingReport.size(of: []) == nil)
    }

    @Test func saysWhatDoesNotFit() throws {
        let one = try job(ranks: 1, batch: 4)
        let two = try job(ranks: 2, batch: 8)
        let wrong: [([[ClusterBenchmark.Result]], String)] = [
            ([], "found no results"), ([one], "found no steps with sums"), ([two], "found no step of one rank"),
            ([one, two, try job(ranks: 2, batch: 8, name: "R64")], "found results of R32, R64"),
            ([one, try job(ranks: 2, hosts: 1, batch: 8)], "found 2 ranks on 1 hosts"),
            ([one, try job(ranks: 3, batch: 12)], "found 3 ranks on 3 hosts"),
            ([one, try job(ranks: 2, batch: 8, ways: [.exposed])], "found 2 ranks without 'alone'"),
        ]
        for (jobs, message) in wrong {
            let error = thrown(ScalingError.self) { _ = try ScalingData(jobs) }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
        }
    }
}
