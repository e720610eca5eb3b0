import Foundation
import TestSupport
import Testing

/// The script `cluster/slurm.sbatch` as Slurm would run it: from a spool folder, with a job's variables. `scontrol` and
/// `mpirun` are stand-ins, which tell what they were called with.
@Suite struct SlurmScriptTests {
    private static let repository = Repository.path

    @Test func goesOnLaterWhenTheTimeLimitIsNear() throws {
        let job = try Job(ending: "wait")
        let (result, requeues) = try job.run(stopping: SIGUSR1)
        #expect(result.status == 75, "\(result.stderr)")
        #expect(requeues == ["requeue 42"])
    }

    @Test(arguments: [SIGTERM, SIGINT]) func staysAwayWhenCancelled(signal: Int32) throws {
        let job = try Job(ending: "wait")
        let (result, requeues) = try job.run(stopping: signal)
        #expect(result.status == 75)
        #expect(result.stderr.contains("stopped by SIG\(signal == SIGTERM ? "TERM" : "INT"): not queued again"))
        #expect(requeues == [])
    }

    @Test func staysAwayWhenCancelledDuringTheCheckpoint() throws {
        let job = try Job(ending: "wait", environment: ["STAND_IN_STATE": "CANCELLED"])
        let (result, requeues) = try job.run(stopping: SIGUSR1)
        #expect(result.stderr.contains("cancelled: not queued again"))
        #expect(requeues == [])
    }

    @Test(arguments: [0, 64, 65, 66, 73, 78]) func endsWithWhatNoRestartCures(code: Int32) throws {
        let (result, requeues) = try Job(ending: "\(code)").run()
        #expect(result.status == code, "\(result.stderr)")
        #expect(requeues == [])
    }

    @Test(arguments: [1, 70, 137, 205]) func goesOnAfterFailures(code: Int32) throws {
        let (result, requeues) = try Job(ending: "\(code)").run()
        #expect(result.status == code, "\(result.stderr)")
        #expect(requeues == ["requeue 42"])
    }

    /// 0 of mpirun proves nothing.
    @Test func goesOnWhereTheRunDoesNotSayThatItIsDone() throws {
        let (result, requeues) = try Job(ending: "lost").run()
        #expect(result.status == 70, "\(result.stderr)")
        #expect(requeues == ["requeue 42"])
    }

    /// Up to the limit; beyond it as long as there are new checkpoints.
    @Test func countsRestartsThatBringNothing() throws {
        let starts = ["SLURM_RESTART_COUNT": "3", "GANGLION_REQUEUES": "3"]
        let (result, requeues) = try Job(ending: "137", environment: starts).run()
        #expect(result.stderr.contains("no new checkpoint, and 3 restarts are used up"))
        #expect(requeues == [])

        for change in [["SLURM_RESTART_COUNT": "2"], ["STAND_IN_CHECKPOINT": "7.h5"]] {
            let job = try Job(ending: "137", environment: starts.merging(change) { $1 })
            #expect(try job.run().requeues == ["requeue 42"], "\(change)")
        }
    }

    @Test func startsRanksAndThreadsAsSlurmGivesThem() throws {
        let job = try Job(ending: "0", environment: ["SLURM_NTASKS": "4", "SLURM_CPUS_PER_TASK": "3"])
        _ = try job.run(["--preset", "quick"])
        let call = try #require(job.lines(of: "mpirun").first)
        #expect(call.contains("-n 4 ") && call.contains("--map-by slot:pe=3 --bind-to core"))
        #expect(call.contains("train --data d --run \(job.folder)/run --preset quick --threads 3 "))
    }

    @Test func takesTheInterfaceFromTheEnvironment() throws {
        let job = try Job(ending: "0", environment: ["GANGLION_INTERFACE": "ib0", "SLURM_JOB_NUM_NODES": "2"])
        let result = try job.run().result
        #expect(result.status == 0, "\(result.stderr)")
        let call = try #require(job.lines(of: "mpirun").first)
        for daemon in ["orted", "prted"] {
            #expect(call.contains("GANGLION_LISTEN_ON=ib0 PMIX_MCA_ptl_tcp_if_include=ib0 \(daemon)"), "\(call)")
        }
    }

    /// A job that is queued again goes on where its run stands, not where it once began.
    @Test func forgetsItsBeginningWhenThereIsACheckpoint() throws {
        let beginning = ["--transfer", "a.h5", "--resume=never", "--kimg", "5"]
        let second = ["SLURM_RESTART_COUNT": "1"]
        for (environment, checkpoint, expected) in [
            ([:], "1.h5", "--transfer a.h5 --resume=never --kimg 5"),
            (second, nil, "--transfer a.h5 --resume=never --kimg 5"),
            (second, "1.h5", "--kimg 5"),
        ] as [([String: String], String?, String)] {
            let job = try Job(ending: "0", environment: environment)
            if let checkpoint { try job.write(checkpoint, "run/checkpoints/latest") }
            _ = try job.run(beginning)
            let call = try #require(job.lines(of: "mpirun").first)
            #expect(call.contains("/run \(expected) --threads"))
        }
    }

    @Test func saysWhatIsMissing() throws {
        let outside = try ChildProcess.run(["\(Self.repository)/cluster/slurm.sbatch", "--data", "d"])
        #expect(outside.status == 64 && outside.stderr.contains("not in a Slurm job; submit it: sbatch"))

        let elsewhere = try Job(ending: "0", environment: ["SLURM_SUBMIT_DIR": "/"]).run().result
        #expect(elsewhere.status == 66 && elsewhere.stderr.contains("no cluster/supervise in '/'"))
    }

    private final class Job {
        let folder: String
        private let environment: [String: String]

        /// - Parameter ending: Exit code of the ranks, "lost": 0 of mpirun without that of the ranks, or "wait": for
        ///   SIGUSR1, then 75.
        init(ending: String, environment: [String: String] = [:]) throws {
            folder = FileManager.default.temporaryDirectory.path + "/slurm-script-\(UUID().uuidString)"
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            self.environment = [
                "PATH": "\(folder):\(path)", "STAND_IN_FOLDER": folder, "STAND_IN_ENDING": ending,
                "SLURM_JOB_ID": "42", "SLURM_NTASKS": "2", "SLURM_CPUS_PER_TASK": "1",
                "SLURM_SUBMIT_DIR": SlurmScriptTests.repository,
                "GANGLION_PROGRAM": "/bin/true", "GANGLION_SUPERVISE": "--restarts 0",
            ].merging(environment) { $1 }
            // The last argument is `true` when cluster/launch asks whether ranks can be bound.
            try write(
                """
                #!/bin/bash
                [[ ${!#} != true ]] || exit 0
                echo "$*" >>"$STAND_IN_FOLDER/mpirun.log"
                if [[ -n ${STAND_IN_CHECKPOINT:-} ]]; then
                    mkdir -p "$STAND_IN_FOLDER/run/checkpoints"
                    echo "$STAND_IN_CHECKPOINT" >"$STAND_IN_FOLDER/run/checkpoints/latest"
                fi
                \(StandIns.leaveEnding)
                [[ $STAND_IN_ENDING != 0 ]] || leave_ending 0 "$@"
                [[ $STAND_IN_ENDING != lost ]] || exit 0
                [[ $STAND_IN_ENDING == wait ]] || exit "$STAND_IN_ENDING"
                trap 'exit 75' USR1
                echo running
                for _ in {1..600}; do sleep 0.05; done
                """, "mpirun")
            try write(
                """
                #!/bin/bash
                if [[ $1 == show ]]; then
                    echo "JobId=42 JobState=${STAND_IN_STATE:-RUNNING} Reason=None"
                else
                    echo "$*" >>"$STAND_IN_FOLDER/scontrol.log"
                fi
                """, "scontrol")
            // Slurm runs a copy.
            try write(
                String(contentsOfFile: SlurmScriptTests.repository + "/cluster/slurm.sbatch", encoding: .utf8),
                "spool/slurm_script")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func run(
            _ options: [String] = [], stopping signal: Int32? = nil
        ) throws -> (result: ProcessResult, requeues: [String]) {
            let child = try ChildProcess(
                ["\(folder)/spool/slurm_script", "--data", "d", "--run", "\(folder)/run"] + options,
                environment: environment)
            if let signal {
                #expect(child.waitForOutput { $0.contains("running") }, "\(child.stderr)")
                child.send(signal)
            }
            return (child.wait(seconds: 60), lines(of: "scontrol"))
        }

        func write(_ text: String, _ name: String) throws {
            let path = "\(folder)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try writeScript(text, to: path)
        }

        /// How a stand-in was called, a line each time.
        func lines(of name: String) -> [String] {
            let text = (try? String(contentsOfFile: "\(folder)/\(name).log", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }
    }
}
