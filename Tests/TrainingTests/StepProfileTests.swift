import Benchmarks
import Kernels
import SmallRuns
import Testing
import Training

@Suite struct StepProfileTests {
    @Test("Operations and what lies outside of them add up to the time of the mean step")
    func addsUp() throws {
        let engine = try Small.engine(["loss.pl_interval=4", "loss.r1_interval=16"])
        _ = try engine.run(phases: Small.phases, real: Small.reals(engine))
        OperationProfile.start()
        defer { OperationProfile.stop() }
        var logs: [OperationProfile.Log] = []
        var ratios: [Double] = []
        for _ in 0..<9 {
            let report = try engine.run(phases: Small.phases, real: Small.reals(engine))
            logs.append(OperationProfile.take())
            let step = StepProfile([logs[logs.count - 1]], engine.schedule)
            ratios.append(step.seconds / StepTime(report, engine.schedule).seconds)
        }
        // The engine's own watch, read right beside the profile's; the median, as a step may be interrupted between
        // the two. Had a phase the wrong weight, it were far off.
        #expect(abs(Timings.quantile(ratios, 0.5) - 1) < 0.05, "\(ratios)")

        let profile = StepProfile(logs, engine.schedule)
        for lines in [profile.lines, profile.kinds] {
            let all = lines + [profile.outside]
            #expect(abs(all.reduce(0) { $0 + $1.seconds } / profile.seconds - 1) < 1e-9)
            #expect(abs(all.reduce(0) { $0 + $1.share } - 1) < 1e-9)
            for line in all { #expect(abs(line.phases.values.reduce(0, +) / line.seconds - 1) < 1e-9) }
            #expect(lines.map(\.seconds) == lines.map(\.seconds).sorted(by: >))
        }
        #expect(Set(profile.outside.phases.keys) == Set(profile.phases))
        #expect(profile.outside.phases.values.allSatisfy { $0 > 0 }, "\(profile.outside.phases)")
        #expect(profile.outside.shape == nil && profile.kinds.allSatisfy { $0.shape == nil })
        #expect(profile.lines.allSatisfy { $0.shape != nil })
    }

    @Test("A mean step has as many calls of an operation as its phases have")
    func calls() throws {
        let engine = try Small.engine(["loss.pl_interval=4", "loss.r1_interval=16"])
        OperationProfile.start()
        defer { OperationProfile.stop() }
        var logs: [OperationProfile.Log] = []
        for _ in 0..<2 {
            _ = try engine.run(phases: Small.phases, real: Small.reals(engine))
            logs.append(OperationProfile.take())
        }
        let profile = StepProfile(logs, engine.schedule)
        func calls(_ operation: OperationKind) throws -> Double {
            try #require(profile.kinds.first { $0.operation == operation.rawValue }).calls
        }
        // One after each phase, of which a mean step has 1 + 1 + 1/4 + 1/16.
        #expect(try calls(.adam) == 2.3125)
        #expect(try calls(.norm) == 2.3125)
        // Once a step, of a generator with its state.
        #expect(try calls(.copy) == 1)
        #expect(profile.lines.first { $0.operation == "adam" }?.phases.keys.sorted() == ["optimizer"])

        var expected: [OperationKind: Double] = [:]
        let weights = [1, 0.25, 1, 0.0625]
        for line in logs[0].lines {
            guard let part = line.part, part < 4 else { continue }
            expected[line.kind, default: 0] += Double(line.calls) * weights[part]
        }
        #expect(try calls(.convolution) == expected[.convolution])
        #expect(try calls(.convolutionWeightGradient) == expected[.convolutionWeightGradient])
    }

    @Test("Phases that a configuration leaves out are not in the mean step")
    func schedule() throws {
        let engine = try Small.engine(["loss.pl_weight=0", "loss.r1_gamma=0"])
        OperationProfile.start()
        defer { OperationProfile.stop() }
        _ = try engine.run(phases: engine.schedule.keys, real: Small.reals(engine))
        let profile = StepProfile([OperationProfile.take()], engine.schedule)
        let phases = Set(profile.lines.flatMap { $0.phases.keys })
        #expect(phases == ["gmain", "dmain", "optimizer"])
        #expect(profile.kinds.first { $0.operation == "adam" }?.calls == 2)
    }

    @Test("Of the steps those in the middle count")
    func middle() {
        #expect(StepBenchmark.middle([1, 2, 3, 4, 5, 6, 7, 8], by: [8, 1, 7, 2, 6, 3, 5, 4]) == [6, 8, 7, 5])
        #expect(StepBenchmark.middle(["a"], by: [1]) == ["a"])
        #expect(StepBenchmark.middle(["a", "b", "c"], by: [3, 1, 2]) == ["b", "c", "a"])
    }
}
