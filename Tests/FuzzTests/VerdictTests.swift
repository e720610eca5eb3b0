import Foundation
import Fuzzing
import TestSupport
import Testing

/// What the fuzzer calls a crash, a hang and the rest, shown on programs made for it.
@Suite struct VerdictTests {
    private let limits: FuzzLimits

    init() {
        var limits = FuzzLimits()
        limits.processorSeconds = 1
        limits.seconds = 5
        self.limits = limits
    }

    private func run(_ script: String, _ limits: FuzzLimits? = nil) throws -> EndedProcess {
        let scratch = try Scratch()
        return try FuzzedProcess(guardian: ChildProcess.product("FuzzGuard"), limits ?? self.limits).run(
            ["/bin/sh", "-c", script].map { Array($0.utf8) }, in: scratch.path, environment: ["PATH": "/usr/bin:/bin"],
            output: scratch.outer + "/output")
    }

    /// The verdict over a shell script.
    private func verdict(
        _ script: String, names: [String] = ["input.h5"], mustRefuse: String? = nil, _ limits: FuzzLimits? = nil
    ) throws -> Verdict {
        Verdict.judge(try run(script, limits), Trial.Command([], names: names, mustRefuse: mustRefuse), "").0
    }

    @Test func soundEndsAreNoFailures() throws {
        #expect(try verdict("exit 0") == .accepted)
        for code in [64, 65, 66, 70, 73, 78] {
            #expect(try verdict("echo 'error: input.h5: is damaged' >&2; exit \(code)") == .refused)
        }
        for verdict in Verdict.allCases {
            #expect(verdict.isFailure == ![Verdict.accepted, .refused].contains(verdict))
        }
    }

    @Test(arguments: [
        "kill -SEGV $$", "kill -ILL $$", "kill -TRAP $$", "kill -ABRT $$", "exit 1", "exit 75", "exit 132", "exit 139",
        "echo input.h5; exit 2",
    ])
    func crashesAreSeen(script: String) throws { #expect(try verdict(script) == .crash) }

    @Test func hangsAreSeenWhetherTheyComputeOrWait() throws {
        #expect(try verdict("while :; do :; done") == .hang)
        #expect(try verdict("mkfifo p; cat p") == .hang)
    }

    @Test func memoryIsSeenWhileItGrowsAndAfterwards() throws {
        // Until a process starts its program, the system counts the memory of the one that it came from.
        var own = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own)
        var limits = FuzzLimits()
        limits.memory = (own.ru_maxrss << 10) + (512 << 20)
        // One line without an end, which has to be held.
        #expect(try verdict("exec tail -n 1 </dev/zero", limits) == .memory)
        // Gone before anybody looked, and in a process of its own.
        let much = limits.memory + (64 << 20)
        #expect(
            try verdict("head -c \(much) /dev/zero | tail -n 1 >/dev/null; echo input.h5; exit 65", limits) == .memory)
        #expect(try verdict("head -c 1000000 /dev/zero | tail -n 1 >/dev/null", limits) == .accepted)
    }

    @Test func damageThatIsAcceptedIsSeen() throws {
        #expect(try verdict("echo done", mustRefuse: "it was altered") == .silent)
        #expect(try verdict("echo input.h5; exit 65", mustRefuse: "it was altered") == .refused)
    }

    @Test func messagesThatNameNothingAreSeen() throws {
        #expect(try verdict("echo 'error: it is damaged'; exit 65") == .unclear)
        #expect(try verdict("exit 65") == .unclear)
        #expect(try verdict("exit 65", names: []) == .unclear)
        #expect(try verdict("echo 'Fatal error: input.h5: index out of range'; exit 65") == .unclear)
    }

    private static let confines =
        (try? ChildProcess.run([ChildProcess.product("FuzzGuard"), "--confines"]).status) == 0

    /// A program that is led to write elsewhere cannot; where the kernel has no Landlock, cases keep to their folders by
    /// what they ask for.
    @Test(.enabled(if: confines, "this kernel has no Landlock")) func nothingIsWrittenOutsideOfTheFolder() throws {
        let outside = NSTemporaryDirectory() + "fuzz-tests-outside-\(UUID().uuidString)"
        try Data("before".utf8).write(to: URL(fileURLWithPath: outside))
        defer { try? FileManager.default.removeItem(atPath: outside) }
        let script =
            "echo inside >inside; echo after >'\(outside)'; echo x >'\(outside)-new'; rm '\(outside)'; test -s inside"
        let ended = try run(script)
        #expect(ended.ending == .exit(0), "\(ended.output)")
        #expect(try String(contentsOfFile: outside, encoding: .utf8) == "before")
        #expect(!FileManager.default.fileExists(atPath: outside + "-new"))
    }
}
