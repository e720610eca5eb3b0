import Foundation
import TestSupport
import Testing

/// The script `cluster/fresh`, as far as it gets with a stand-in for debootstrap: CI goes on where an empty machine cannot
/// be had, and must not where one was had and something failed.
@Suite(.enabled(if: mayUnshare, "needs root, and to be allowed to mount")) struct FreshScriptTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/fresh-script-\(UUID().uuidString)"

    /// - Parameter debootstrap: what it does, in Bash.
    private func start(debootstrap: String, mirror: String) throws -> ChildProcess {
        try FileManager.default.createDirectory(atPath: folder + "/bin", withIntermediateDirectories: true)
        try writeScript("#!/bin/bash\n\(debootstrap)\n", to: folder + "/bin/debootstrap")
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try ChildProcess(
            [Repository.script("fresh"), "trixie", "--mirror", mirror],
            environment: ["PATH": "\(folder)/bin:\(path)", "TMPDIR": folder])
    }

    /// A mirror that has the release's list, and no packages.
    private func mirror() throws -> String {
        let lists = folder + "/mirror/dists/trixie"
        try FileManager.default.createDirectory(atPath: lists, withIntermediateDirectories: true)
        try Data("Origin: Debian\n".utf8).write(to: URL(fileURLWithPath: lists + "/InRelease"))
        return "file://\(folder)/mirror"
    }

    /// Names beside the stand-in and the mirror.
    private func remains() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { !["bin", "mirror"].contains($0) }
    }

    @Test func aMirrorThatDoesNotAnswerCannotBeTried() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try start(debootstrap: "touch \(folder)/called", mirror: "http://127.0.0.1:1/debian")
            .wait(seconds: 60)
        #expect(result.status == 69 && result.stderr.contains("there is no trixie to be had"), "\(result.stderr)")
        #expect(result.stderr.contains("Failed to fetch http://127.0.0.1:1/debian/dists/trixie/InRelease"))
        #expect(try remains() == [])
    }

    @Test func aMirrorThatGoesAwayCannotBeTried() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try start(debootstrap: "rm -r \(folder)/mirror; echo lost; exit 1", mirror: mirror())
            .wait(seconds: 60)
        #expect(result.status == 69 && result.stderr.contains("debootstrap lost its mirror"), "\(result.stderr)")
        #expect(try remains() == [])
    }

    @Test func whatFailsThoughTheMirrorAnswersHasFailed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try start(debootstrap: "echo no room; exit 1", mirror: mirror()).wait(seconds: 60)
        #expect(result.status == 70, "\(result.stderr)")
        #expect(result.stderr == "no room\ncluster/fresh: debootstrap failed\n")
        #expect(try remains() == [])
    }

    /// As CI does when it has waited long enough for packages.
    @Test func endsWithWhatItStarted() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let job = try start(
            debootstrap: "cd \(folder)/mirror\necho $$ >pid.part\nmv pid.part pid\nsleep 60",
            mirror: mirror())
        var pid: pid_t?
        for _ in 0..<1000 where pid == nil {
            usleep(20_000)
            let text = try? String(contentsOfFile: folder + "/mirror/pid", encoding: .utf8)
            pid = text.flatMap { pid_t($0.dropLast()) }
        }
        job.send(SIGTERM)
        let result = job.wait(seconds: 60)
        #expect(result.status == 69 && result.stderr.contains("ended by a signal"), "\(result.stderr)")
        #expect(ChildProcess.hasEnded(try #require(pid), seconds: 10))
        #expect(try remains() == [])
    }
}

private let mayUnshare =
    geteuid() == 0 && (try? ChildProcess.run(["unshare", "--mount", "true"]))?.status == 0
