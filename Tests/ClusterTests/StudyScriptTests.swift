import Foundation
import TestSupport
import Testing

/// The script `cluster/study`, with stand-ins for the program, which tells its plan, and for `mpirun`, which trains.
@Suite struct StudyScriptTests {
    /// One after another, seed by seed; called again, there is nothing left to do.
    @Test func runsOneAfterAnother() throws {
        let study = try StandIn(beside: 1)
        let result = try study.run()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(
            try study.log()
                == ["a/seed-1", "b/seed-1", "a/seed-2", "b/seed-2"].flatMap { ["start \($0)", "end \($0)"] })
        #expect(result.stdout == "| table |\n")
        for words in ["[1 of 4] a, seed 1: starts from 0 images", "[4 of 4] b, seed 2", "b, seed 2: done in 0m"] {
            #expect(result.stderr.contains(words), "\(result.stderr)")
        }
        #expect(try study.text("out/study.log").split(separator: "\n").count == 9)
        let trained = try study.text("trained").split(separator: "\n").map(String.init)
        #expect(
            trained.allSatisfy { $0.contains("-n 1 ") && $0.contains(" train --run ") && $0.contains("--set x=a b") })
        #expect(try study.text("out/runs/b/seed-2/job.json") == "{\"beside\": 1}\n")
        let again = try study.run()
        #expect(again.status == 0 && again.stdout == "| table |\n", "\(again.stderr)")
        #expect(try study.log().count == 8)
    }

    /// Two at a time, each on a core of its own where there are so many.
    @Test func runsBesideEachOther() throws {
        let study = try StandIn(beside: 2)
        let result = try study.run(seconds: 0.5)
        #expect(result.status == 0, "\(result.stderr)")
        let log = try study.log()
        let running = log.reduce(into: [0]) { $0.append($0[$0.count - 1] + ($1.hasPrefix("start") ? 1 : -1)) }
        #expect(running.max() == 2 && running.last == 0 && log.count == 8, "\(log)")
        guard ProcessInfo.processInfo.activeProcessorCount > 1 else { return }
        let cores = try study.text("cores").split(separator: "\n")
        #expect(cores.count == 4 && Set(cores).count == 2, "\(cores)")
    }

    /// The others go on; what has failed is done the next time.
    @Test func tellsWhatFails() throws {
        let study = try StandIn(beside: 1)
        try study.write("70", "fails-a")
        let result = try study.run()
        #expect(result.status == 70 && result.stdout == "| table |\n", "\(result.stderr)")
        let log = study.folder + "/out/runs/a/seed-1/launch.log"
        #expect(
            result.stderr.contains("a, seed 1: ended with exit code 70; log '\(log)': error: no such luck"),
            "\(result.stderr)")
        #expect(try study.log().count { $0.hasPrefix("end") } == 4)
        try FileManager.default.removeItem(atPath: study.folder + "/fails-a")
        let again = try study.run()
        #expect(again.status == 0 && again.stderr.contains("[3 of 4] a, seed 1: starts"), "\(again.stderr)")
        #expect(try study.log().count { $0.hasPrefix("end b") } == 2)
    }

    static let signals: [Int32] = [SIGTERM, SIGINT]

    @Test(arguments: signals) func stopsAllRuns(signal: Int32) throws {
        let study = try StandIn(beside: 2)
        let job = try study.start(seconds: 60)
        #expect(study.eventually { $0.count == 2 })
        // A second one on the same folder.
        let second = try study.run()
        #expect(second.status == 73 && second.stderr.contains("another study is at work on"), "\(second.stderr)")
        job.send(signal)
        let result = job.wait(seconds: 60)
        #expect(result.status == 75 && result.stderr.contains("stopped as asked"), "\(result.stderr)")
        #expect(try study.log().suffix(2).sorted() == ["stop a/seed-1", "stop b/seed-1"])
        let again = try study.run()
        #expect(again.status == 0 && again.stderr.contains("[1 of 4] a, seed 1: starts"), "\(again.stderr)")
    }

    /// Someone else's signal to one of them.
    @Test func aRunThatWasStoppedIsNotDone() throws {
        let study = try StandIn(beside: 1)
        try study.write("75", "fails-b")
        let result = try study.run()
        #expect(result.status == 75 && result.stderr.contains("b, seed 1: stopped"), "\(result.stderr)")
    }

    /// Before anything is written.
    @Test func endsAsThePlanDoes() throws {
        let study = try StandIn(beside: 1)
        try study.write("78", "wrong")
        let result = try study.run()
        #expect(result.status == 78 && result.stderr == "error: setting a: no\n", "\(result.stderr)")
        #expect(!FileManager.default.fileExists(atPath: study.folder + "/out"))
    }

    @Test func refusesWhatCannotBe() throws {
        let study = try StandIn(beside: 2)
        let hosts = try study.run(["--hostfile", "/dev/null"])
        #expect(hosts.status == 78 && hosts.stderr.contains("set beside: 1"), "\(hosts.stderr)")
        let script = Repository.script("study")
        for (words, message) in [
            ([], "name a file"), (["a", "b"], "found 'a' and 'b'"), (["--", "a", "b"], "found 'a' and 'b'"),
            (["--beside", "2"], "unknown option '--beside'"),
        ] {
            let result = try ChildProcess.run([script] + words)
            #expect(result.status == 64 && result.stderr.contains(message), "\(result.stderr)")
        }
        let missing = try ChildProcess.run([script, "--program", "/nowhere/ganglion", "a"])
        #expect(missing.status == 66 && missing.stderr.contains("/nowhere/ganglion"))
        // Nobody reads from it.
        try FileManager.default.createDirectory(atPath: study.folder + "/out", withIntermediateDirectories: true)
        #expect(mkfifo(study.folder + "/out/study.lock", 0o600) == 0)
        #expect(try study.run().status == 73)
    }

    /// Settings a and b, seeds 1 and 2, in a folder of their own.
    private final class StandIn {
        let folder = FileManager.default.temporaryDirectory.path + "/study-script-\(UUID().uuidString)"
        private let beside: Int

        init(beside: Int) throws {
            self.beside = beside
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // What is not done is what no run says it has ended with 0.
            try writeScript(
                """
                #!/bin/bash
                [[ $2 == plan ]] || { echo "| table |" && exit; }
                [[ ! -e $STUDY/wrong ]] || { echo "error: setting a: no" >&2 && exit "$(<"$STUDY/wrong")"; }
                left=()
                for name in a/seed-1 b/seed-1 a/seed-2 b/seed-2; do
                    grep -qs '"exit_code": 0' "$STUDY/out/runs/$name/ended.json" || left+=("$name")
                done
                printf '%s\\0' "$STUDY/out" "$BESIDE" 1 "" 4 "${#left[@]}"
                for name in "${left[@]}"; do
                    run=$STUDY/out/runs/$name
                    printf '%s\\0' "${name/\\/seed-/, seed }" "$run" 0 '{"beside": 1}' 5 train --run "$run" --set "x=a b"
                done
                """, to: folder + "/program")
            try writeScript(
                """
                #!/bin/bash
                [[ ${!#} != true ]] || exit 0
                \(StandIns.leaveEnding)
                echo "$*" >>"$STUDY/trained"
                taskset --cpu-list --pid "$$" | sed 's/.*: //' >>"$STUDY/cores"
                while [[ $1 != --run ]]; do shift; done
                name=${2#"$STUDY/out/runs/"}
                end() { leave_ending "$2" "${words[@]}" && echo "$1 $name" >>"$STUDY/log" && exit "$2"; }
                words=("$@")
                trap 'kill "$!"; end stop 75' USR1
                echo "start $name" >>"$STUDY/log"
                sleep "$LASTS" >/dev/null 2>&1 &
                wait
                [[ ! -e $STUDY/fails-${name%/*} ]] || { echo "error: no such luck" >&2 && end end "$(<"$STUDY/fails-${name%/*}")"; }
                end end 0
                """, to: folder + "/mpirun")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func start(_ options: [String] = [], seconds: Double = 0.1) throws -> ChildProcess {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            return try ChildProcess(
                [Repository.script("study"), "--program", folder + "/program"] + options + ["study.yaml"],
                environment: [
                    "PATH": "\(folder):\(path)", "STUDY": folder, "BESIDE": "\(beside)", "LASTS": "\(seconds)",
                ])
        }

        func run(_ options: [String] = [], seconds: Double = 0.1) throws -> ProcessResult {
            try start(options, seconds: seconds).wait(seconds: 60)
        }

        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }

        func text(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

        /// What runs have noted, line by line.
        func log() throws -> [String] { try text("log").split(separator: "\n").map(String.init) }

        func eventually(_ condition: ([String]) -> Bool) -> Bool {
            for _ in 0..<1500 {
                if let log = try? log(), condition(log) { return true }
                usleep(20_000)
            }
            return false
        }
    }
}
