import Foundation
import TestSupport
import Testing

/// What queues jobs.
enum BatchQueue: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case slurm, pbs, flux

    var testDescription: String { rawValue }
    var script: String { Repository.script(self == .slurm ? "slurm.sbatch" : rawValue) }
}

/// A script for a queue as this would run it, with a job's variables. The queue's commands and `mpirun` are stand-ins, which
/// tell what they were called with.
final class BatchJob {
    let queue: BatchQueue
    let folder: String
    private let restart: Int
    private let environment: [String: String]

    /// - Parameters:
    ///   - ending: exit code of the ranks, "lost": 0 of mpirun without that of the ranks, or "wait" or "slow": for SIGUSR1,
    ///     then 75, at once or after seconds.
    ///   - restart: how often the job was queued again before.
    ///   - hosts: on each of which are as many ranks; the first alone is this machine.
    ///   - limit: seconds until the time limit.
    init(
        _ queue: BatchQueue, ending: String, restart: Int = 0, ranks: Int = 2, threads: Int = 1, hosts: [String] = [],
        limit: Int? = nil, environment: [String: String] = [:]
    ) throws {
        (self.queue, self.restart) = (queue, restart)
        folder = FileManager.default.temporaryDirectory.path + "/batch-script-\(UUID().uuidString)"
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let names = hosts.isEmpty ? ["localhost"] : hosts
        var variables = [
            "PATH": "\(folder):\(path)", "STAND_IN_FOLDER": folder, "STAND_IN_ENDING": ending,
            "GANGLION_PROGRAM": "/bin/true", "GANGLION_SUPERVISE": "--restarts 0",
        ]
        switch queue {
        case .slurm:
            variables["SLURM_JOB_ID"] = "42"
            variables["SLURM_NTASKS"] = "\(ranks * names.count)"
            variables["SLURM_CPUS_PER_TASK"] = "\(threads)"
            variables["SLURM_SUBMIT_DIR"] = Repository.path
            variables["SLURM_RESTART_COUNT"] = "\(restart)"
            if names.count > 1 { variables["SLURM_JOB_NUM_NODES"] = "\(names.count)" }
        case .pbs:
            variables["PBS_JOBID"] = "42.server"
            variables["PBS_O_WORKDIR"] = "/"
            variables["PBS_NODEFILE"] = folder + "/nodes"
            variables["GANGLION_THREADS"] = "\(threads)"
        case .flux:
            variables["FLUX_URI"] = "local:///none"
            variables["GANGLION_THREADS"] = "\(threads)"
        }
        if let limit {
            let clock = String(format: "%02d:%02d:%02d", limit / 3600, limit / 60 % 60, limit % 60)
            variables["STAND_IN_LIMIT"] = queue == .pbs ? clock : "\(limit).25"
        }
        self.environment = variables.merging(environment) { $1 }
        try writeStandIns()
        try write(names.flatMap { Array(repeating: $0, count: ranks) }.joined(separator: "\n") + "\n", "nodes")
        try write(names.map { "\($0) \(ranks * threads)\n" }.joined(), "resources")
        // Slurm and Flux run a copy.
        try write(String(contentsOfFile: queue.script, encoding: .utf8), "spool/script")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func writeStandIns() throws {
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
            [[ $STAND_IN_ENDING == wait || $STAND_IN_ENDING == slow ]] || exit "$STAND_IN_ENDING"
            # A checkpoint takes its time.
            [[ $STAND_IN_ENDING == wait ]] && trap 'exit 75' USR1 TERM
            [[ $STAND_IN_ENDING == slow ]] && trap 'sleep 3; exit 75' USR1 TERM
            echo running
            for _ in {1..600}; do sleep 0.05; done
            """, "mpirun")
        try write(
            """
            #!/bin/bash
            if [[ $1 == show ]]; then
                echo "JobId=42 JobState=${STAND_IN_STATE:-RUNNING} Reason=None"
            else
                echo "$*" >>"$STAND_IN_FOLDER/requeues.log"
            fi
            """, "scontrol")
        try write("#!/bin/bash\necho \"$*\" >>\"$STAND_IN_FOLDER/requeues.log\"\necho 43.server\n", "qsub")
        try write(
            """
            #!/bin/bash
            [[ $* == "-f 42.server" ]] || exit 1
            echo "Job Id: 42.server"
            [[ -z ${STAND_IN_LIMIT:-} ]] || echo "    Resource_List.walltime = $STAND_IN_LIMIT"
            [[ -z ${STAND_IN_RUNS:-} ]] || echo "    run_count = $STAND_IN_RUNS"
            """, "qstat")
        try write(
            """
            #!/bin/bash
            case "$1 $2" in
                "getattr jobid") echo 42 ;;
                "resource list")
                    case $* in
                        *--include=*) grep "^${!##--include=} " "$STAND_IN_FOLDER/resources" | cut -d ' ' -f 2 ;;
                        *) cut -d ' ' -f 1 "$STAND_IN_FOLDER/resources" | paste -s -d , ;;
                    esac
                    ;;
                "hostlist --expand") tr , '\\n' <<<"${!#}" ;;
                "job timeleft") echo "${STAND_IN_LIMIT:-inf}" ;;
                *) echo "$*" >>"$STAND_IN_FOLDER/requeues.log" && echo f43 ;;
            esac
            """, "flux")
    }

    /// What the options of the queue were, which a job that is queued again keeps.
    let options = ["-l", "select=1:ncpus=2"]

    /// How the queue is asked to run the job again.
    func isRequeue(_ line: String, train: [String] = []) -> Bool {
        let call = (["--data", "d", "--run", "\(folder)/run"] + train).joined(separator: " ")
        let kept = options.joined(separator: " ")
        return switch queue {
        case .slurm: line == "requeue 42"
        case .pbs:
            line.hasPrefix("-N ganglion -j oe -r y \(kept) -v GANGLION_PROGRAM,GANGLION_SUPERVISE")
                && line.hasSuffix(
                    " -W depend=afterany:42.server -- \(queue.script) --in-job \(restart + 1) 2 \(kept) -- \(call)")
        case .flux:
            line
                == "--parent batch --job-name=ganglion \(kept) \(queue.script) --in-job \(Repository.path) \(restart + 1) 2 "
                + "\(kept) -- \(call)"
        }
    }

    private func call(_ train: [String]) -> [String] {
        let train = ["--data", "d", "--run", "\(folder)/run"] + train
        let own = ["\(restart)", "\(options.count)"] + options + ["--"] + train
        return switch queue {
        case .slurm: ["\(folder)/spool/script"] + train
        case .pbs: [queue.script, "--in-job"] + own
        case .flux: ["\(folder)/spool/script", "--in-job", Repository.path] + own
        }
    }

    func run(
        _ train: [String] = [], stopping signal: Int32? = nil, then second: Int32? = nil
    ) throws -> (result: ProcessResult, requeues: [String]) {
        let child = try ChildProcess(call(train), environment: environment)
        if let signal {
            #expect(child.waitForOutput { $0.contains("running") }, "\(child.stderr)")
            child.send(signal)
            if let second {
                usleep(500_000)
                child.send(second)
            }
        }
        return (child.wait(seconds: 60), lines(of: "requeues"))
    }

    /// As a user calls it.
    func submit(_ arguments: [String]) throws -> ProcessResult {
        try ChildProcess.run([queue.script] + arguments, environment: environment)
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
