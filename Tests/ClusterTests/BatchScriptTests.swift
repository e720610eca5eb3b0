import Foundation
import TestSupport
import Testing

/// The scripts for batch systems, `cluster/slurm.sbatch`, `cluster/pbs` and `cluster/flux`: one behaviour.
@Suite struct BatchScriptTests {
    @Test(arguments: BatchQueue.allCases) func goesOnLaterWhenItIsWarned(_ queue: BatchQueue) throws {
        let job = try BatchJob(queue, ending: "wait")
        let (result, requeues) = try job.run(stopping: SIGUSR1)
        #expect(result.status == 75, "\(result.stderr)")
        #expect(requeues.count == 1 && job.isRequeue(requeues[0]), "\(requeues)")
        let name = queue == .slurm ? "slurm.sbatch" : queue.rawValue
        let last = result.stderr.split(separator: "\n").last ?? ""
        #expect(last.contains(" cluster/\(name): job 42") && last.hasSuffix("; queued again"), "\(last)")
    }

    /// Who is ended while the checkpoint is being written has been ended.
    @Test(arguments: [BatchQueue.pbs, .flux]) func staysAwayWhenEndedAfterTheWarning(_ queue: BatchQueue) throws {
        let job = try BatchJob(queue, ending: "slow")
        let (result, requeues) = try job.run(stopping: SIGUSR1, then: SIGTERM)
        #expect(result.status == 75 && result.stderr.contains("cancelled: not queued again"), "\(result.stderr)")
        #expect(requeues == [])
    }

    /// PBS calls a job that it has queued again by itself as it did the first time.
    @Test func goesOnAfterPBSHasRunItAgain() throws {
        let job = try BatchJob(.pbs, ending: "0", environment: ["STAND_IN_RUNS": "3"])
        try job.write("1.h5", "run/checkpoints/latest")
        let result = try job.run(["--transfer", "a.h5"]).result
        #expect(result.stderr.contains("job 42.server, restart 2: starts on "), "\(result.stderr)")
        let call = try #require(job.lines(of: "mpirun").first)
        #expect(!call.contains("--transfer"), "\(call)")
    }

    /// Slurm warns by itself.
    @Test(arguments: [BatchQueue.pbs, .flux]) func warnsItselfBeforeTheTimeLimit(_ queue: BatchQueue) throws {
        let job = try BatchJob(queue, ending: "wait", limit: 12, environment: ["GANGLION_MARGIN": "7"])
        let (result, requeues) = try job.run()
        #expect(result.status == 75, "\(result.stderr)")
        #expect(requeues.count == 1, "\(requeues)")
        let short = try BatchJob(queue, ending: "wait", limit: 5).run().result
        #expect(
            short.status == 78 && short.stderr.contains("the time limit leaves 5 s, and a checkpoint may take 120 s"))
        // What warns is gone when the job is: nobody waits for it.
        let long = try BatchJob(queue, ending: "0", limit: 3600).run().result
        #expect(long.status == 0, "\(long.stderr)")
    }

    struct Cancel: Sendable, CustomTestStringConvertible {
        let queue: BatchQueue
        let signal: Int32
        var testDescription: String { "\(queue.rawValue), \(signal == SIGTERM ? "SIGTERM" : "SIGINT")" }
    }
    static let cancels = BatchQueue.allCases.flatMap { queue in
        [SIGTERM, SIGINT].map { Cancel(queue: queue, signal: $0) }
    }

    @Test(arguments: cancels) func staysAwayWhenCancelled(_ cancel: Cancel) throws {
        let job = try BatchJob(cancel.queue, ending: "wait")
        let (result, requeues) = try job.run(stopping: cancel.signal)
        #expect(result.status == 75)
        let name = cancel.signal == SIGTERM ? "TERM" : "INT"
        #expect(result.stderr.contains("stopped by SIG\(name): not queued again"), "\(result.stderr)")
        #expect(requeues == [])
    }

    @Test func staysAwayWhenCancelledDuringTheCheckpoint() throws {
        let job = try BatchJob(.slurm, ending: "wait", environment: ["STAND_IN_STATE": "CANCELLED"])
        let (result, requeues) = try job.run(stopping: SIGUSR1)
        #expect(result.stderr.contains("cancelled: not queued again"))
        #expect(requeues == [])
    }

    @Test(arguments: BatchQueue.allCases) func endsWithWhatNoRestartCures(_ queue: BatchQueue) throws {
        for code: Int32 in [0, 64, 65, 66, 73, 78] {
            let (result, requeues) = try BatchJob(queue, ending: "\(code)").run()
            #expect(result.status == code && requeues == [], "\(code): \(result.stderr)")
        }
    }

    @Test(arguments: BatchQueue.allCases) func goesOnAfterFailures(_ queue: BatchQueue) throws {
        for code: Int32 in [1, 70, 137, 205] {
            let job = try BatchJob(queue, ending: "\(code)")
            let (result, requeues) = try job.run()
            #expect(result.status == code, "\(result.stderr)")
            #expect(requeues.count == 1 && job.isRequeue(requeues[0]), "\(requeues)")
        }
    }

    /// 0 of mpirun proves nothing.
    @Test(arguments: BatchQueue.allCases) func goesOnWhereTheRunDoesNotSayThatItIsDone(_ queue: BatchQueue) throws {
        let (result, requeues) = try BatchJob(queue, ending: "lost").run()
        #expect(result.status == 70 && requeues.count == 1, "\(result.stderr)")
    }

    /// Up to the limit; beyond it as long as there are new checkpoints.
    @Test(arguments: BatchQueue.allCases) func countsRestartsThatBringNothing(_ queue: BatchQueue) throws {
        let most = ["GANGLION_REQUEUES": "3"]
        let (result, requeues) = try BatchJob(queue, ending: "137", restart: 3, environment: most).run()
        #expect(result.stderr.contains("no new checkpoint, and 3 restarts are used up"), "\(result.stderr)")
        #expect(requeues == [])
        let second = try BatchJob(queue, ending: "137", restart: 2, environment: most)
        #expect(try second.run().requeues.count == 1)
        let brought = try BatchJob(
            queue, ending: "137", restart: 3, environment: most.merging(["STAND_IN_CHECKPOINT": "7.h5"]) { $1 })
        #expect(try brought.run().requeues.count == 1)
    }

    @Test(arguments: BatchQueue.allCases) func startsRanksAndThreadsAsTheQueueGivesThem(_ queue: BatchQueue) throws {
        let job = try BatchJob(queue, ending: "0", ranks: 4, threads: 3)
        _ = try job.run(["--preset", "quick"])
        let call = try #require(job.lines(of: "mpirun").first)
        #expect(call.contains("-n 4 "), "\(call)")
        // The others' cores are those that this machine has.
        #expect(queue != .slurm || call.contains("--map-by slot:pe=3 --bind-to core"), "\(call)")
        #expect(call.contains("train --data d --run \(job.folder)/run --preset quick --threads 3 "), "\(call)")
    }

    @Test(arguments: BatchQueue.allCases) func takesTheInterfaceFromTheEnvironment(_ queue: BatchQueue) throws {
        let job = try BatchJob(
            queue, ending: "0", ranks: 1, hosts: ["one", "two"], environment: ["GANGLION_INTERFACE": "ib0"])
        let result = try job.run().result
        #expect(result.status == 0, "\(result.stderr)")
        let call = try #require(job.lines(of: "mpirun").first)
        #expect(call.contains("-n 2 "), "\(call)")
        for daemon in ["orted", "prted"] {
            #expect(call.contains("GANGLION_LISTEN_ON=ib0 PMIX_MCA_ptl_tcp_if_include=ib0 \(daemon)"), "\(call)")
        }
    }

    /// A job that is queued again goes on where its run stands, not where it once began.
    @Test(arguments: BatchQueue.allCases) func forgetsItsBeginningWhenThereIsACheckpoint(_ queue: BatchQueue) throws {
        let beginning = ["--transfer", "a.h5", "--resume=never", "--kimg", "5"]
        for (restart, checkpoint, expected) in [
            (0, "1.h5", "--transfer a.h5 --resume=never --kimg 5"),
            (1, nil, "--transfer a.h5 --resume=never --kimg 5"),
            (1, "1.h5", "--kimg 5"),
        ] as [(Int, String?, String)] {
            let job = try BatchJob(queue, ending: "0", restart: restart)
            if let checkpoint { try job.write(checkpoint, "run/checkpoints/latest") }
            _ = try job.run(beginning)
            let call = try #require(job.lines(of: "mpirun").first)
            #expect(call.contains("/run \(expected) --threads"), "\(call)")
        }
    }

    /// What they hand to the queue is what the queue hands back to them.
    @Test(arguments: [BatchQueue.pbs, .flux]) func submitsItself(_ queue: BatchQueue) throws {
        let job = try BatchJob(queue, ending: "0")
        let train = ["--data", "a b", "--run", "r"]
        let result = try job.submit(["-A", "physics"] + ["--"] + train)
        #expect(result.status == 0 && result.stdout.contains("43"), "\(result.stderr)")
        let call = try #require(job.lines(of: "requeues").first)
        #expect(call.hasSuffix(" 0 2 -A physics -- --data a b --run r"), "\(call)")
        #expect(!call.contains("depend") && !call.contains("--parent") && call.contains("-A physics "), "\(call)")
        let usual = try job.submit(["--"] + train)
        #expect(usual.status == 0, "\(usual.stderr)")
        #expect(
            job.lines(of: "requeues").last?.contains(queue == .pbs ? "-l select=1:ncpus=2:mpiprocs=2 " : "-n 2 ")
                == true)
        for (wrong, text) in [
            (["--data", "d"], "what to train stands behind --"), (["-q", "x", "--"], "nothing to train"),
            (["--"], "nothing to train"),
            (["--in-job", "1"], queue == .pbs ? "--in-job takes a number" : "no cluster/supervise in '1'"),
        ] {
            let refused = try job.submit(wrong)
            #expect(refused.status != 0 && refused.stderr.contains(text), "\(wrong): \(refused.stderr)")
        }
    }

    @Test func slurmSaysWhatIsMissing() throws {
        let outside = try ChildProcess.run([BatchQueue.slurm.script, "--data", "d"])
        #expect(outside.status == 64 && outside.stderr.contains("not in a Slurm job; submit it: sbatch"))
        let elsewhere = try BatchJob(.slurm, ending: "0", environment: ["SLURM_SUBMIT_DIR": "/"]).run().result
        #expect(elsewhere.status == 66 && elsewhere.stderr.contains("no cluster/supervise in '/'"))
    }
}
