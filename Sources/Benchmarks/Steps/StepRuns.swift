import Cluster
import Failure
import Foundation
import Reporting
import Session

/// Steps of some cases, in every way of using the cores, each in processes of its own.
public struct StepRuns: Sendable {
    private let loads: [StepBenchmark.Load]
    private let repetitions: Int?
    private let ways: String?
    private let profiledThreads: Int?

    /// - Parameters:
    ///   - cases: their names; empty for the usual ones.
    ///   - batch: images of a step, in place of the case's.
    ///   - microbatch: images computed as one unit, in place of the case's.
    ///   - repetitions: steps that are timed.
    ///   - ways: such as 1x1,2x1; nil for all.
    ///   - profiledThreads: of the one rank whose profile is taken; nil for no profile.
    /// - Throws: ``UsageError`` where there is no such case.
    public init(
        cases: [String], batch: Int?, microbatch: Int?, repetitions: Int?, ways: String?, profiledThreads: Int?
    ) throws(UsageError) {
        var chosen = StepBenchmark.Case.usual
        if !cases.isEmpty { chosen = [] }
        for name in cases {
            guard let known = StepBenchmark.Case(rawValue: name.uppercased()) else {
                throw UsageError(
                    "no case \(name); there are "
                        + StepBenchmark.Case.allCases.map(\.rawValue).joined(separator: ", "))
            }
            chosen.append(known)
        }
        loads = chosen.map { StepBenchmark.Load($0, batch: batch, microbatch: microbatch) }
        self.repetitions = repetitions
        self.ways = ways
        self.profiledThreads = profiledThreads
    }

    /// Starts the processes, one after another.
    ///
    /// - Throws: ``UsageError`` where the ways do not fit; ``BenchFailure``.
    public func results() throws -> [StepBenchmark.Result] {
        var measurements: [(StepBenchmark.Load, BenchWay)] = []
        for load in loads { measurements += try waysToMeasure(load).map { (load.shared(by: $0.ranks), $0) } }
        return try measurements.map { load, way in
            try Self.measure(load, way, repetitions: repetitions ?? 15, isProfiled: profiledThreads != nil)
        }
    }

    /// Those asked for, which must fit; else all that fit. A profile is that of one rank.
    private func waysToMeasure(_ load: StepBenchmark.Load) throws(UsageError) -> [BenchWay] {
        let ways: [BenchWay]
        if let profiledThreads {
            ways = [BenchWay(ranks: 1, threads: profiledThreads)]
        } else if let text = self.ways {
            ways = try BenchWay.parse(text)
        } else {
            ways = BenchWay.all(cores: Processors.allowed).filter { load.isDivisible(by: $0.ranks) }
        }
        // A batch that does not fit even one rank must be reported, not left out.
        for way in ways.isEmpty ? [BenchWay(ranks: 1, threads: 1)] : ways {
            do {
                _ = try load.shared(by: way.ranks).configuration(ranks: way.ranks, cores: way.threads)
            } catch {
                throw UsageError("\(load.name.rawValue) on \(way.ranks) rank(s): \(error)")
            }
        }
        return ways
    }

    /// In a process of its own, so that the peak of memory is its own too.
    static func measure(
        _ load: StepBenchmark.Load, _ way: BenchWay, repetitions: Int, isProfiled: Bool = false
    ) throws -> StepBenchmark.Result {
        try BenchRanks(way).result(
            of: [
                "step", load.name.rawValue, "--batch", "\(load.batch)", "--microbatch", "\(load.microbatch)",
                "--repetitions", "\(repetitions)", "--as-rank", "\(way.threads)",
            ] + (isProfiled ? ["--profile"] : []))
    }

    /// What such a process does: measures the first case with so many threads, prints the result as JSON, and exits.
    public func launchAsRank(threads: Int) -> Never {
        JobGuard.launch { communicator in
            try Processors.start(threads: threads, cores: try Processors.perRank(communicator))
            let result = try StepBenchmark(
                loads[0], repetitions: repetitions ?? 1, communicator: communicator, isProfiled: profiledThreads != nil
            ).run()
            if communicator.isRoot { printLine(String(decoding: try JSONEncoder().encode(result), as: UTF8.self)) }
            return ExitCode.done
        }
    }
}
