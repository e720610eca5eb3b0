import Benchmarks
import Foundation
import Testing
import Training

@Suite struct ScalingModelTests {
    private let model = ScalingModel(latency: 2e-4, rateShare: 0.8, secondsPerByte: 1.5e-9, overlap: 0.4)

    private func load(
        _ ranks: Int, rate: Double?, compute: Double = 0.1, ranksPerCore: Double = 1
    ) -> ScalingModel.Load {
        ScalingModel.Load(
            ranks: ranks, computeSeconds: compute, microbatchSeconds: compute / 2, gradientBytes: 10e6, sums: 10,
            gigabitsPerSecond: rate, ranksPerCore: ranksPerCore)
    }

    @Test func isWhatOneComputesByHand() {
        let load = load(4, rate: 1, ranksPerCore: 2)
        // 2 · 3/4 of 10 MB; ten buckets in 2 · 2 rounds.
        #expect(load.bytesSent == 15e6 && load.rounds == 40)
        #expect(abs(model.processing(load) - 0.045) < 1e-12)
        // 40 · 0.2 ms and 120 Mbit at 0.8 Gbit/s.
        #expect(abs(model.travel(load) - 0.158) < 1e-12)
        #expect(abs(model.seconds(load, isOverlapped: false) - 0.303) < 1e-12)
        // Of 158 ms, 0.4 · 50 ms are hidden.
        #expect(abs(model.seconds(load) - 0.283) < 1e-12)
        #expect(abs(model.efficiency(load) - 0.1 / 0.283) < 1e-12)
    }

    @Test func oneRankPaysNothing() {
        for rate in [nil, 0.001, 1, 100] { #expect(model.efficiency(load(1, rate: rate)) == 1) }
    }

    @Test func moreBandwidthIsNeverSlower() {
        for ranks in [2, 4, 64, 1024] {
            let seconds = [0.1, 0.5, 1, 10, 100, nil].map { model.seconds(load(ranks, rate: $0)) }
            #expect(zip(seconds, seconds.dropFirst()).allSatisfy { $0 >= $1 })
            #expect(seconds[0] > seconds[5])
        }
    }

    @Test func allTravelCanBeHidden() {
        let load = load(2, rate: 100, compute: 10)
        #expect(model.seconds(load) == 10 + model.processing(load))
    }

    @Test func theSimplexFindsTheValley() {
        // Rosenbrock's function, whose minimum lies at (1, 1), at the end of a bent valley.
        let found = NelderMead.minimum(from: [-1.2, 1], stride: 0.5) { point in
            let (x, y) = (point[0], point[1])
            return 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x)
        }
        #expect(abs(found.point[0] - 1) < 1e-4 && abs(found.point[1] - 1) < 1e-4)
    }

    @Test(arguments: [
        ScalingModel(latency: 2e-4, rateShare: 0.8, secondsPerByte: 1.5e-9, overlap: 0.4),
        ScalingModel(latency: 5e-5, rateShare: 0.95, secondsPerByte: 4e-10, overlap: 0.15),
        ScalingModel(latency: 1e-3, rateShare: 1.1, secondsPerByte: 5e-9, overlap: 0.8),
    ]) func aFitFindsWhatStepsWereMadeWith(truth: ScalingModel) {
        var points: [ScalingData.Point] = []
        for ranks in [2, 4] {
            for rate in [nil, 1, 0.5, 0.2] {
                let load = load(ranks, rate: rate, ranksPerCore: Double(ranks) / 2)
                for way in [ClusterBenchmark.Way.overlapped, .exposed] {
                    points.append(
                        ScalingData.Point(
                            way: way, threads: 1, load: load,
                            seconds: truth.seconds(load, isOverlapped: way == .overlapped)))
                }
            }
        }
        let found = ScalingModel.fitted(to: points)
        let pairs = [
            (found.latency, truth.latency), (found.rateShare, truth.rateShare),
            (found.secondsPerByte, truth.secondsPerByte), (found.overlap, truth.overlap),
        ]
        for (value, expected) in pairs { #expect(abs(value / expected - 1) < 0.02, "\(found) instead of \(truth)") }
    }
}
