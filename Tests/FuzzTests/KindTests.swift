import Foundation
import Fuzzing
import Synchronization
import TestSupport
import Testing

/// Some hundred cases of each kind of input, always the same ones; `cluster/fuzz` runs any number.
@Suite(.serialized) struct KindTests {
    static let runner = Result {
        try FuzzRunner(
            program: ChildProcess.product("ganglion"), scripts: Repository.path + "/cluster",
            guardian: ChildProcess.product("FuzzGuard"))
    }

    /// Cases whose commands train, or start scripts, take several times as long as others.
    private static func cases(of kind: FuzzKind) -> UInt64 {
        switch kind {
        case .hosts: 80
        case .translate, .segmenter: 120
        case .pairs: 200
        case .checkpoint, .shard, .run, .staged, .configuration: 300
        default: 350
        }
    }

    @Test(arguments: FuzzKind.allCases) func nothingBreaksTheProgram(kind: FuzzKind) throws {
        let runner = try Self.runner.get()
        let table = Mutex(FuzzTable())
        let failures = Mutex<[FuzzRunner.Outcome]>([])
        try runner.run([kind], seeds: 0..<Self.cases(of: kind), jobs: ProcessInfo.processInfo.activeProcessorCount) {
            outcome in
            table.withLock { $0.add(outcome) }
            if outcome.verdict.isFailure { failures.withLock { $0.append(outcome) } }
        }
        for outcome in failures.withLock({ $0.sorted { $0.seed < $1.seed } }) { Issue.record("\(outcome.description)") }
        let counted = table.withLock { $0 }
        // Inputs that all are refused, or all taken, would try nothing but the front door.
        #expect(counted.cases == Int(Self.cases(of: kind)))
        #expect(counted.count(.refused, of: kind) > 0, "\(counted.text)")
        #expect(counted.count(.accepted, of: kind) > 0, "\(counted.text)")
    }

    /// A case can be seen again from its kind and its seed.
    @Test(arguments: FuzzKind.allCases) func aCaseIsAFunctionOfItsSeed(kind: FuzzKind) throws {
        let runner = try Self.runner.get()
        var shown = Set<String>()
        for seed in 0..<20 as Range<UInt64> {
            let (first, second) = (runner.trial(kind, seed: seed), runner.trial(kind, seed: seed))
            #expect("\(first)" == "\(second)", "seed \(seed)")
            shown.insert(first.change + "\(first.commands.map(\.arguments))")
        }
        #expect(shown.count > 15, "\(shown.count) different cases of 20")
    }
}
