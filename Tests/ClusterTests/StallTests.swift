import Cluster
import Glibc
import Testing

/// What is said about ranks that keep others waiting, without ranks.
@Suite struct StallTests {
    private typealias Sign = StallVerdict.Sign
    private let hosts = ["node1", "node1", "node2", "node3"]

    private func waits(_ seconds: Double, step: Int = 7, age: Double = 0.1) -> StallVerdict.Sign {
        Sign(.init(step: step, operation: "gradient sum", seconds: seconds), age: age)
    }
    private func works(_ seconds: Double, step: Int? = 7, age: Double = 0.1) -> StallVerdict.Sign {
        Sign(.init(step: step, operation: nil, seconds: seconds), age: age)
    }

    @Test func nobodyWaits() {
        #expect(StallVerdict([works(500), works(2), works(0), works(1)], hosts: hosts, silence: 3) == nil)
    }

    @Test func aWorkingRankIsMissing() throws {
        let verdict = try #require(
            StallVerdict([waits(9), waits(12), works(13, step: 6), waits(11)], hosts: hosts, silence: 3))
        #expect(verdict.missing == [2])
        #expect(Int(verdict.seconds) == 12)
        #expect(
            verdict.text
                == "rank 2 on node2 has not arrived at the gradient sum of step 7 for 12 s "
                + "(rank 2 computing for 13 s, last in step 6)")
    }

    @Test func silentRanksAreMissingWhateverTheySaidLast() throws {
        let verdict = try #require(
            StallVerdict(
                [waits(9), waits(1, age: 20), works(0, step: nil, age: 30), waits(8)], hosts: hosts, silence: 3))
        #expect(verdict.missing == [1, 2])
        #expect(
            verdict.text
                == "ranks 1 on node1, 2 on node2 have not arrived at the gradient sum of step 7 for 9 s "
                + "(rank 1 silent for 20 s, last in step 7; rank 2 silent for 30 s)")
    }

    @Test func whenAllWaitNoneIsBlamed() throws {
        let verdict = try #require(StallVerdict([waits(9), waits(9), waits(9), waits(9)], hosts: hosts, silence: 3))
        #expect(verdict.missing.isEmpty && verdict.text.contains("none is missing"))
    }

    /// What was last heard of a rank may be old: its wait has not grown since.
    @Test func aWaitIsAsLongAsWasSaid() throws {
        let verdict = try #require(
            StallVerdict([works(1), waits(2, age: 2.9), works(1), works(1)], hosts: hosts, silence: 3))
        #expect(verdict.seconds == 2)
    }

    @Test func silentRanksAreToldOfWhenNobodyWaits() {
        let signs = [works(1), works(2, age: 5.5), works(0, step: nil, age: 9.2), works(1)]
        #expect(
            StallVerdict.silent(signs, hosts: hosts, silence: 3)
                == "no word from ranks 1 on node1, 2 on node2 (rank 1 silent for 5 s, last in step 7; rank 2 silent for 9 s)"
        )
        #expect(StallVerdict.silent([works(1), works(2)], hosts: hosts, silence: 3) == nil)
    }

    /// A job that is stopped as a whole, as by `scontrol suspend`, has not stalled.
    @Test func waitsCountAnewAfterAStop() {
        let board = ProgressBoard()
        board.begin(step: 3)
        board.waiting("gradient sum") {
            usleep(200_000)
            let before = board.status
            board.restart()
            #expect(before.seconds >= 0.2 && board.status.seconds < before.seconds)
            #expect(board.status.operation == "gradient sum" && board.status.step == 3)
        }
        #expect(board.status.operation == nil)
    }

    @Test func stragglers() {
        let fair = Stragglers(seconds: [0.30, 0.31, 0.33, 0.35], hosts: hosts)
        #expect(fair.warning == nil && fair.slowest == 3)
        let slow = Stragglers(seconds: [0.30, 0.31, 0.4123, 0.29], hosts: hosts)
        #expect(
            slow.warning
                == "slow: rank 2 on node2 takes 412.3 ms for its part of a step, where the median rank takes 300.0 ms; "
                + "all wait for it")
        #expect(Stragglers(seconds: [0.2, 0.3], hosts: hosts).warning?.contains("rank 1 on node1") == true)
        #expect(Stragglers(seconds: [0.3], hosts: hosts).warning == nil)
    }

    @Test func aSlowRankIsNotNamedAtEveryTick() {
        let second = Stragglers(seconds: [1, 2, 1], hosts: hosts)
        let third = Stragglers(seconds: [1, 1, 2], hosts: hosts)
        let fair = Stragglers(seconds: [1, 1, 1], hosts: hosts)
        var notice = StragglerNotice()
        let said = [second, second, third, third, fair, third].map { notice.text(for: $0) != nil }
        #expect(said == [true, false, true, false, false, true])
        #expect((0..<20).count { _ in notice.text(for: third) != nil } == 2)
    }

    @Test func gatheredFromAllRanks() throws {
        let found = try LoopbackGroup(size: 3).run { try Stragglers.gather(Double($0.rank + 1) / 2, $0) }
        #expect(found[0]?.seconds == [0.5, 1, 1.5])
        #expect(found[1] == nil && found[2] == nil)
    }
}
