import Foundation
import TestSupport
import Testing

/// A training is done when its run folder says so, whatever `mpirun` ended with; a stand-in here, which leaves an ending
/// there as it is told.
@Suite struct ProvedEndingTests {
    /// - Parameters:
    ///   - code: what mpirun ends with.
    ///   - told: what the run folder says, or nothing.
    @Test(arguments: outcomes) func whatTheRunSaysCounts(_ outcome: Outcome) throws {
        let trial = try Trial(code: outcome.code, leaves: outcome.told.map { "leave_ending \($0) \"$@\"" } ?? ":")
        let result = try trial.launch()
        #expect(result.status == outcome.expected, "\(outcome): \(result.stderr)")
        let names = outcome.told.map { outcome.code != outcome.expected && $0 == outcome.expected } ?? false
        #expect(
            result.stderr.contains("mpirun ended with \(outcome.code), the training with \(outcome.expected)") == names,
            "\(outcome): \(result.stderr)")
    }

    struct Outcome: Sendable {
        let code: Int32
        let told: Int32?
        let expected: Int32
    }

    private static let outcomes: [Outcome] = [
        Outcome(code: 0, told: 0, expected: 0),
        // A host is lost under Open MPI 5; the same in the moment in which the training was done already.
        Outcome(code: 0, told: nil, expected: 70), Outcome(code: 205, told: nil, expected: 205),
        Outcome(code: 14, told: 0, expected: 0), Outcome(code: 137, told: 0, expected: 0),
        Outcome(code: 137, told: nil, expected: 137), Outcome(code: 14, told: nil, expected: 14),
        Outcome(code: 75, told: 75, expected: 75), Outcome(code: 0, told: 75, expected: 75),
        Outcome(code: 75, told: nil, expected: 75),
        // Nobody has asked: mpirun has ended the ranks, because it has lost a daemon, say.
        Outcome(code: 205, told: 75, expected: 205),
        // What a restart does not cure must not be lost.
        Outcome(code: 0, told: 73, expected: 73), Outcome(code: 14, told: 73, expected: 73),
        Outcome(code: 1, told: 65, expected: 65), Outcome(code: 78, told: nil, expected: 78),
        // Another rank knows more than rank 0.
        Outcome(code: 66, told: 70, expected: 66), Outcome(code: 65, told: 70, expected: 65),
    ]

    @Test func aStopThatWasAskedForIsOne() throws {
        let stops = #"trap 'leave_ending 75 "$@"; exit 14' USR1"#
        let trial = try Trial(code: 1, leaves: stops + "; echo runs; for _ in {1..600}; do sleep 0.05; done")
        let job = try trial.start()
        #expect(job.waitForOutput { $0.contains("runs") }, "\(job.stderr)")
        job.send(SIGTERM)
        let result = job.wait(seconds: 60)
        #expect(result.status == 75, "\(result.stderr)")
        #expect(result.stderr.contains("mpirun ended with 14, the training with 75"), "\(result.stderr)")
    }

    /// Of an earlier start, of nobody, of no kind.
    @Test(
        arguments: [
            #"echo '{"launch": "0b6f1c0e-1111-4444-8888-000000000000", "exit_code": 0, "images": 8}' >"$FILE""#,
            #"echo '{"exit_code": 0, "images": 8, "images_asked": 8}' >"$FILE""#, #": >"$FILE""#,
            #"head -c 100000 /dev/zero >"$FILE""#, #"mkfifo "$FILE""#, #"mkdir "$FILE""#, #"ln -s /dev/zero "$FILE""#,
            #"leave_ending 0 "$@"; sed -i 's/"exit_code": 0/"exit_code": "0"/' "$FILE""#,
            #"leave_ending 0 "$@"; sed -i 's/^/x/' "$FILE""#,
        ])
    func whatIsNotThisStartsDoesNot(leaves: String) throws {
        let trial = try Trial(code: 0, leaves: "mkdir -p \"$RUN/checkpoints\"; FILE=$RUN/ended.json; \(leaves)")
        let result = try trial.launch()
        #expect(result.status == 70, "\(leaves): \(result.stderr)")
        #expect(result.stderr.contains("'\(trial.run)' does not say that this training is done"), "\(result.stderr)")
    }

    /// As it is where the ranks have a disk that this host does not see.
    @Test func aFolderThatIsNotHereIsNamed() throws {
        let trial = try Trial(code: 0, leaves: ":")
        let result = try trial.launch()
        #expect(result.status == 70)
        #expect(result.stderr.contains("there is no run in '\(trial.run)' on this host"), "\(result.stderr)")
    }

    /// A network file system may show it a little later.
    @Test func whatComesLateCounts() throws {
        let trial = try Trial(code: 0, leaves: "mkdir -p \"$RUN\"; (sleep 1; leave_ending 0 \"$@\") &")
        #expect(try trial.launch().status == 0)
    }

    /// What ends without a run, and what is no training, needs no word of one.
    @Test(arguments: [
        ["train", "--dry-run"], ["train", "--help"], ["train", "-h"], ["bench", "step"], ["sample", "x"],
    ])
    func nothingElseNeedsIt(arguments: [String]) throws {
        let trial = try Trial(code: 0, leaves: ":")
        #expect(try trial.launch(arguments).status == 0)
        #expect(try !trial.calls.contains("--launch-name"))
    }

    @Test func everyStartHasANameOfItsOwn() throws {
        let trial = try Trial(code: 0, leaves: "leave_ending 0 \"$@\"")
        for _ in 0..<2 { #expect(try trial.launch().status == 0) }
        let names = try trial.calls.split(separator: "\n").compactMap {
            $0.components(separatedBy: "--launch-name ").last?.split(separator: " ").first
        }
        #expect(names.count == 2 && Set(names).count == 2, "\(names)")
    }

    private final class Trial {
        let folder = FileManager.default.temporaryDirectory.path + "/proved \(UUID().uuidString)"
        var run: String { folder + "/run" }

        /// - Parameters:
        ///   - code: what the stand-in for mpirun ends with.
        ///   - leaves: commands of it, with the run folder in RUN.
        init(code: Int32, leaves: String) throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try writeScript(
                """
                #!/bin/bash
                [[ ${!#} != true ]] || exit 0
                echo "$*" >>"$STAND_IN_FOLDER/calls"
                RUN=$STAND_IN_FOLDER/run
                \(StandIns.leaveEnding)
                \(leaves)
                exit \(code)
                """, to: folder + "/mpirun")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        var calls: String {
            get throws { try String(contentsOfFile: folder + "/calls", encoding: .utf8) }
        }

        func launch(_ arguments: [String] = ["train", "--data", "d"]) throws -> ProcessResult {
            try start(arguments).wait(seconds: 60)
        }

        func start(_ arguments: [String] = ["train", "--data", "d"]) throws -> ChildProcess {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            return try ChildProcess(
                [Repository.script("launch"), "-n", "1", "--program", "/bin/true", "--"] + arguments + ["--run", run],
                environment: ["PATH": "\(folder):\(path)", "STAND_IN_FOLDER": folder])
        }
    }
}
