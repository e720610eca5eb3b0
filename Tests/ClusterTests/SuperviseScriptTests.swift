import Foundation
import TestSupport
import Testing

/// The script `cluster/supervise`, with a stand-in for `mpirun` that ends as it is told.
@Suite struct SuperviseScriptTests {
    @Test func takesNumbersWithZeros() throws {
        let job = try Job(endings: [1])
        let result = try job.run(["--backoff", "00:09", "--restarts", "08", "--stuck", "02"])
        #expect(
            result.status == 1 && result.stderr.contains("2 restarts in a row brought no new checkpoint"),
            "\(result.stderr)")
        #expect(!result.stderr.contains("value too great"))
    }

    @Test func refusesNumbersThatAreNone() throws {
        for (options, message) in [
            (["--restarts", "99999999999999999999"], "--restarts takes at most 1000000"),
            (["--restarts", "-1"], "--restarts takes a number, found '-1'"),
            (["--stuck", "00"], "--stuck takes a positive number, found '00'"),
            (["--stuck", "a[$(touch mark)]"], "--stuck takes a positive number"),
            (["--backoff", "5:18446744073709551617"], "--backoff takes at most 1000000"),
            (["--backoff", "300:5"], "MOST not below FIRST"),
            (["--backoff", "5"], "--backoff takes FIRST:MOST seconds"),
            (["-n", "1e3"], "-n takes a positive number, found '1e3'"),
            (["--stuck", "\u{1b}[2J\n"], "found '\\u{1B}[2J\\n'"),
        ] {
            let result = try Job(endings: [0]).run(options)
            #expect(result.status == 64 && result.stderr.contains(message), "\(options): \(result.stderr)")
        }
    }

    /// Two jobs on one folder, or a full disk.
    @Test func endsWhereItCannotWrite() throws {
        let result = try Job(endings: [73]).run(["--backoff", "0:0"])
        #expect(result.status == 73)
        #expect(result.stderr.contains("ended with exit code 73, which a restart does not cure"), "\(result.stderr)")
        #expect(!result.stderr.contains("start 2"))
    }

    /// Ranks that have lost their mpirun have the run folder for a while: later starts wait for them, and then it is
    /// another's.
    @Test func waitsForRanksOfTheStartBefore() throws {
        let job = try Job(endings: [137, 73, 0])
        let result = try job.run(["--backoff", "0:0"])
        #expect(result.status == 73 && result.stderr.contains("73, which a restart does not cure"), "\(result.stderr)")
        let starts = try String(contentsOfFile: job.folder + "/starts", encoding: .utf8).split(separator: "\n")
        #expect(starts.map { $0.contains("train --lock-wait 60 --run run") } == [false, true], "\(starts)")
    }

    /// As Open MPI 5 lets a job end that has lost a host.
    @Test func anExitCodeOfZeroIsNoProof() throws {
        let job = try Job(endings: [nil, 0])
        let result = try job.run(["--backoff", "0:0"])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("ended with exit code 70 at checkpoint none"), "\(result.stderr)")
        #expect(result.stderr.contains("done after 2 starts"), "\(result.stderr)")
    }

    /// One event is one line, whatever a checkpoint is called.
    @Test func writesNoForgedLines() throws {
        let job = try Job(endings: [0])
        try job.write("1.h5\n2001-01-01 cluster/supervise: done\u{1b}[2J\n", "run/checkpoints/latest")
        #expect(try job.run([]).status == 0)
        let log = try String(contentsOfFile: job.folder + "/run/supervise.log", encoding: .utf8)
        #expect(log.split(separator: "\n").count == 2, "\(log)")
        #expect(
            log.contains("1.h5\\n2001-01-01 cluster/supervise: done\\u{1B}[2J") && !log.contains("\u{1b}"), "\(log)")
    }

    /// A reader that never comes would hold it up.
    @Test func writesToNothingButAFile() throws {
        let job = try Job(endings: [0])
        try job.write("", "run/checkpoints/latest")
        for name in ["supervise.log", "checkpoints/latest"] {
            unlink("\(job.folder)/run/\(name)")
            #expect(mkfifo("\(job.folder)/run/\(name)", 0o600) == 0)
        }
        let result = try job.run([])
        #expect(
            result.status == 0 && result.stderr.contains("done after 1 starts, checkpoint none"), "\(result.stderr)")
    }

    /// As `ganglion train` takes them: the later one counts.
    @Test func knowsTheRunFolder() throws {
        for (options, name) in [
            (["--run", "a", "--run", "b c"], "b c"), (["--run", "a", "--run=-b"], "-b"), (["--run=a\nb"], "a\nb"),
        ] {
            let job = try Job(endings: [0])
            let result = try job.run([], train: options)
            #expect(result.status == 0, "\(result.stderr)")
            #expect(FileManager.default.fileExists(atPath: "\(job.folder)/\(name)/supervise.log"))
        }
    }

    private final class Job {
        let folder = FileManager.default.temporaryDirectory.path + "/supervise-script-\(UUID().uuidString)"

        /// - Parameter endings: exit codes of the starts, of which the last is that of all further ones; nil for a job
        ///   that ends with 0, but has not done what it was to do.
        init(endings: [Int?]) throws {
            try write(endings.map { "\($0.map(String.init) ?? "lost")\n" }.joined(), "endings")
            try writeScript(
                """
                #!/bin/bash
                [[ ${!#} != true ]] || exit 0
                echo "$*" >>"$STAND_IN_FOLDER/starts"
                code=$(sed -n "$(wc -l <"$STAND_IN_FOLDER/starts")p" "$STAND_IN_FOLDER/endings")
                code=${code:-$(tail -n 1 "$STAND_IN_FOLDER/endings")}
                \(StandIns.leaveEnding)
                [[ $code != 0 ]] || leave_ending 0 "$@"
                [[ $code != lost ]] || code=0
                exit "$code"
                """, to: folder + "/mpirun")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func write(_ text: String, _ name: String) throws {
            let file = URL(fileURLWithPath: "\(folder)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }

        /// From within the folder.
        func run(_ options: [String], train: [String] = ["--run", "run"]) throws -> ProcessResult {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            return try ChildProcess.run(
                ["env", "--chdir", folder, Repository.script("supervise"), "-n", "1", "--program", "/bin/true"]
                    + options + ["--", "train"] + train,
                environment: ["PATH": "\(folder):\(path)", "STAND_IN_FOLDER": folder])
        }
    }
}
