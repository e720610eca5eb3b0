import Glibc
import TestSupport
import Testing

/// Real ranks under mpirun. One job at a time: the ranks of two would fight for the cores.
@Suite(.serialized) struct RankTests {
    private func run(_ ranks: Int, _ arguments: String...) throws -> ProcessResult {
        try MPILauncher.run(executable: ChildProcess.product("RankProbe"), ranks: ranks, arguments: arguments)
    }

    @Test func treeSumsHaveTheSameBitsOnAnyNumberOfRanks() throws {
        let alone = try ChildProcess.run([ChildProcess.product("RankProbe"), "sum", "300001", "8"])
        #expect(alone.status == 0 && alone.stdout.hasPrefix("hash "))
        for ranks in [1, 2, 4] {
            let result = try run(ranks, "sum", "300001", "8")
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout == alone.stdout, "\(ranks) ranks")
        }
    }

    @Test(arguments: [1, 2, 3, 7]) func bucketsOnAThreadHaveTheSameBits(buckets: Int) throws {
        func found(_ ranks: Int?, _ overlaps: Bool) throws -> String {
            let arguments = ["queue", "200001", "\(buckets)", "0", overlaps ? "1" : "0"]
            let program = try ChildProcess.product("RankProbe")
            let result =
                try ranks.map { try MPILauncher.run(executable: program, ranks: $0, arguments: arguments) }
                ?? ChildProcess.run([program] + arguments)
            #expect(result.status == 0, "\(result.stderr)")
            return result.stdout
        }
        let alone = try found(nil, true)
        #expect(alone.hasPrefix("hash "))
        for ranks in [2, 4] {
            #expect(try found(ranks, true) == alone, "\(ranks) ranks")
            #expect(try found(ranks, false) == alone, "\(ranks) ranks, not overlapped")
        }
    }

    /// Short ones, whose vectors are swapped, and long ones, whose halves are.
    @Test(arguments: ["96", "20001"]) func sumsOfLayersHaveTheSameBits(count: String) throws {
        let alone = try ChildProcess.run([ChildProcess.product("RankProbe"), "batch", count, "8"])
        #expect(alone.status == 0 && alone.stdout.hasPrefix("hash "))
        for ranks in [2, 4] {
            let result = try run(ranks, "batch", count, "8")
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout == alone.stdout, "\(ranks) ranks")
        }
    }

    /// Sixteen bits: all ranks hold the same (the probe checks it), and it is near the sum.
    @Test func compressedSumsAreNear() throws {
        func values(_ compression: String) throws -> (hash: Substring, values: [Float]) {
            let result = try run(4, "queue", "200001", "3", compression, "1")
            #expect(result.status == 0, "\(result.stderr)")
            let lines = result.stdout.split(separator: "\n")
            return (lines[0], lines[1].split(separator: " ").compactMap { Float($0) })
        }
        let (exact, near) = (try values("0"), try values("1"))
        #expect(exact.hash != near.hash)
        #expect(exact.values.count > 60 && near.values.count == exact.values.count)
        // Of parts of very different size and sign the largest counts: 2^7 in `fill`, two rounds of eight bits.
        for (a, b) in zip(exact.values, near.values) { #expect(abs(a - b) <= 4 * 128 / 256, "\(a) and \(b)") }
    }

    /// Whatever generation of processors a rank computes as.
    @Test func updatesHaveTheSameBitsOnAllLevels() throws {
        func lines(_ level: String) throws -> [Substring] {
            let result = try ChildProcess.run(
                [ChildProcess.product("RankProbe"), "update"], environment: ["GANGLION_KERNELS": level])
            #expect(result.status == 0, "\(result.stderr)")
            return result.stdout.split(separator: "\n")
        }
        let old = try lines("sse2")
        #expect(old[0] == "sse2" && old.count == 7)
        for level in ["avx2", "avx512"] {
            let new = try lines(level)
            #expect(new[1...5] == old[1...5], "\(level)")
            // The level is really in use: fused products round once.
            if new[0] != "sse2" { #expect(new[6] != old[6]) }
        }
    }

    @Test(arguments: [1, 2, 3, 4]) func messagesOfAnyLength(ranks: Int) throws {
        let result = try run(ranks, "messages")
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stdout == "messages are right\n")
    }

    @Test func sumsAndMessagesRunOnTwoThreads() throws {
        let result = try run(4, "overlap")
        #expect(result.status == 0, "\(result.stderr)")
    }

    @Test func ranksKnowTheirPlaceOnTheNode() throws {
        #expect(try run(2, "place").stdout == "0/2 0/2\n1/2 1/2\n")
    }

    /// Although mpirun gives its ranks pseudo-terminals.
    @Test func outputToAFileIsNoTerminal() throws {
        #expect(try run(2, "terminal").stdout == "no terminal\n")
        #expect(try ChildProcess.run([ChildProcess.product("RankProbe"), "terminal"]).stdout == "no terminal\n")
    }

    @Test func differentConfigurationsEndWith78() throws {
        let result = try run(4, "configuration")
        #expect(result.status == 78)
        #expect(result.stderr.contains("[rank 0 on "))
        #expect(result.stderr.contains("'batch' is '64' on rank 3 on "))
        #expect(!result.stderr.contains("[rank 1 on "), "what all ranks find is said once")
    }

    @Test func divergedReplicasEndWith70() throws {
        let result = try run(4, "divergence", "1", "2")
        #expect(result.status == 70)
        #expect(result.stderr.contains("replicas have diverged: 'b4.conv1.weight' on ranks 1, 2 on "))
    }

    @Test(arguments: ["0", "1", "3"]) func anErrorOnOneRankEndsTheJob(rank: String) throws {
        let result = try run(4, "throw", rank)
        #expect(result.status == 66)
        #expect(result.stderr.contains("[rank \(rank) on "))
        #expect(result.stderr.contains("error: shard-00003.h5 is missing"))
    }

    @Test func anErrorOnAllRanksIsSaidOnce() throws {
        let result = try run(4, "throw-on-all")
        #expect(result.status == 66)
        #expect(result.stderr.components(of: "no data here") == 1)
    }

    /// Which of its two words Open MPI has for it hangs on whether the message or the request comes first.
    @Test func errorsOfMPICarryTheCallAndItsWords() throws {
        let result = try run(2, "mismatched")
        #expect(result.status == 70)
        let words = ["MPI_ERR_TRUNCATE: ", "MPI_ERR_OTHER: "].map { "error: MPI_Iallreduce: " + $0 }
        #expect(words.contains { result.stderr.contains($0) }, "\(result.stderr)")
    }

    @Test(arguments: [0, 75] as [Int32]) func aStatusEndsTheJobInOrder(status: Int32) throws {
        let result = try run(4, "status", "\(status)")
        #expect(result.status == status)
        for rank in 0..<4 { #expect(result.stdout.contains("rank \(rank) is done\n")) }
    }

    @Test func aKilledRankEndsTheJob() throws {
        let (job, pids) = try startWork(ranks: 4)
        let rank = try #require(pids.count == 4 ? pids[2] : nil, "\(job.stdout)\(job.stderr)")
        kill(rank, SIGKILL)
        let result = job.wait(seconds: 40)
        #expect(result.status != 0 && !result.timedOut)
        for pid in pids { #expect(ChildProcess.hasEnded(pid, seconds: 5), "a rank survived") }
    }

    @Test func aSignalToMpirunReachesAllRanks() throws {
        let (job, pids) = try startWork(ranks: 4)
        #expect(pids.count == 4, "\(job.stdout)\(job.stderr)")
        job.send(SIGUSR1)
        let result = job.wait(seconds: 40)
        #expect(result.status == 75)
        for rank in 0..<4 { #expect(result.stdout.contains("rank \(rank) stops on SIGUSR1\n")) }
    }

    @Test func aSignalToASingleProcess() throws {
        let job = try ChildProcess([ChildProcess.product("RankProbe"), "work"])
        #expect(job.waitForOutput { $0.contains("pid") })
        job.send(SIGTERM)
        let result = job.wait(seconds: 30)
        #expect(result.status == 75)
        #expect(result.stdout.contains("stops on SIGTERM"))
    }

    @Test func aLauncherWithoutPMIIsRefused() throws {
        let result = try ChildProcess.run(
            [ChildProcess.product("RankProbe"), "place"], environment: ["SLURM_STEP_NUM_TASKS": "4"])
        #expect(result.status == 78, "\(result.stderr)")
        #expect(result.stderr.contains("started 4 ranks, but MPI sees 1"))
    }

    /// A job that works until it is told to stop, and its ranks' processes.
    private func startWork(ranks: Int) throws -> (job: ChildProcess, pids: [pid_t]) {
        let job = try MPILauncher.start(
            executable: ChildProcess.product("RankProbe"), ranks: ranks, arguments: ["work"])
        _ = job.waitForOutput { $0.components(of: " pid ") == ranks && $0.hasSuffix("\n") }
        let pids = job.stdout.split(separator: "\n").compactMap { pid_t($0.split(separator: " ").last ?? "") }
        return (job, pids)
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
