import Foundation
import TestSupport
import Testing

/// What `cluster/launch` lets through of mpirun's own words.
@Suite struct LauncherWordsTests {
    private static let rule = String(repeating: "-", count: 74)
    private static let first =
        "\(rule)\nPrimary job  terminated normally, but 1 process returned\na non-zero exit code.\n\(rule)\n"
    private static let second =
        "\(rule)\nmpirun detected that one or more processes exited with non-zero status, thus causing\n"
        + "the job to be terminated.\n\n  Exit code:    75\n\(rule)\n"
    private static let five =
        "\(rule)\nprterun detected that one or more processes exited with non-zero status,\n"
        + "thus causing the job to be terminated.\n\n   Exit code:    75\n\(rule)\n"
    private static let help = "\(rule)\nThere are not enough slots available in the system\n\(rule)\n"

    /// Standard error, and what was put aside.
    private func sort(_ text: String) throws -> (passed: String, account: String) {
        let folder = FileManager.default.temporaryDirectory.path + "/words-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/words"))
        let script = "source \"$1\"; without_account \"$2/account\" <\"$2/words\""
        let result = try ChildProcess.run(["bash", "-euc", script, "bash", Repository.script("common.bash"), folder])
        #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
        return (result.stdout, (try? String(contentsOfFile: folder + "/account", encoding: .utf8)) ?? "")
    }

    @Test func theAccountOfAnEndIsPutAside() throws {
        let forwarding = "mpirun: Forwarding signal 10 to job\n"
        let mixed = try sort("one\n" + forwarding + Self.first + "between\n" + Self.second + Self.five + "end")
        #expect(mixed.passed == "one\nbetween\nend\n")
        #expect(mixed.account == forwarding + Self.first + Self.second + Self.five)
    }

    @Test func everythingElsePasses() throws {
        let endless = "\(Self.rule)\n" + String(repeating: "0123456789 no rule any more\n", count: 300)
        for text in ["", "a  b\t\\n\n\n", Self.help, Self.help + Self.help, "\(Self.rule)\nnever closed\n", endless] {
            let sorted = try sort(text)
            #expect(sorted.passed == text && sorted.account.isEmpty)
        }
    }
}

extension RankTests {
    /// The same with an mpirun.
    @Suite(.serialized) struct LaunchWordsTests {
        private func launch(_ script: String) throws -> ChildProcess {
            let program = FileManager.default.temporaryDirectory.path + "/program-\(UUID().uuidString)"
            try writeScript("#!/bin/bash\n\(script)\n", to: program)
            return try ChildProcess([Repository.script("launch"), "-n", "2", "--program", program, "--", "run"])
        }

        @Test func aStopIsNoFailure() throws {
            let job = try launch(
                "trap 'echo last words >&2; exit 75' USR1; echo ready; while :; do sleep 0.1; done")
            #expect(job.waitForOutput { $0.ranges(of: "ready").count == 2 }, "\(job.stderr)")
            job.send(SIGINT)
            let result = job.wait(seconds: 60)
            #expect(result.status == 75)
            #expect(result.stderr.contains("last words") && result.stderr.contains("after a checkpoint"))
            for word in ["non-zero", "----", "Forwarding"] {
                #expect(!result.stderr.contains(word), "\(result.stderr)")
            }
        }

        @Test func aFailureIsAccountedFor() throws {
            let result = try launch("echo reason >&2; exit 70").wait(seconds: 60)
            #expect(result.status == 70)
            #expect(result.stderr.contains("reason") && result.stderr.contains("non-zero"), "\(result.stderr)")
        }
    }
}
