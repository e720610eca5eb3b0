import Foundation
import TestSupport
import Testing

/// What all scripts of the folder `cluster` share: how they take options, and what they leave alone.
@Suite struct ScriptOptionsTests {
    @Test(
        arguments: [
            ["launch", "--hostfile"], ["supervise", "--backoff"], ["chaos", "--kills"], ["failures", "--only"],
            ["scaling", "--case"], ["slurm-trial", "--kimg"], ["quickstart", "--data"], ["emulate", "up", "--rate"],
            ["docs", "--out"], ["study", "--program"], ["package", "--out"], ["examples/galaxies/run", "--data"],
        ])
    func missAValue(call: [String]) throws {
        let result = try ChildProcess.run([Repository.script(call[0])] + call.dropFirst())
        #expect(result.status == 64 && result.stderr.contains("\(call.last!) needs a value"), "\(result.stderr)")
    }

    @Test(
        arguments: [
            ["chaos", "--seed", "a[$(touch MARK)]"], ["chaos", "--kills", "1x"], ["failures", "--kimg", "six"],
            ["scaling", "--rounds", "99999999999999999999"], ["scaling", "--batch-per-rank", "0"],
            ["slurm-trial", "--kimg", "-1"], ["emulate", "limit", "1gbit;touch MARK"], ["emulate", "up", "0101"],
            ["emulate", "up", "2", "--slots", "08"], ["examples/galaxies/run", "--count", "many"],
        ])
    func refuseWhatIsNoNumber(call: [String]) throws {
        let mark = FileManager.default.temporaryDirectory.path + "/script-\(UUID().uuidString)"
        let result = try ChildProcess.run(
            [Repository.script(call[0]), "--program", "/bin/true"].prefix(call[0] == "emulate" ? 1 : 3)
                + call.dropFirst().map { $0.replacing("MARK", with: mark) })
        #expect(result.status == 64 && result.stderr.contains("found '"), "\(result.stderr)")
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    /// Whoever called it so: a namesake's results are not this script's to remove, or to go on with.
    @Test(
        arguments: [
            ["chaos", "undisturbed", "--folder"], ["scaling", "step-1-4.json", "--out"],
            ["quickstart", "data.incomplete/mine", "--data"],
        ])
    func leaveAloneWhatIsNotTheirs(call: [String]) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/script-\(UUID().uuidString)"
        let file = "\(folder)/\(call[1])"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
        // A stand-in, which builds nothing.
        try writeScript("#!/bin/bash\necho 'Swift version 6.3'\n", to: folder + "/swift")
        let isQuickstart = call[0] == "quickstart"
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let result = try ChildProcess.run(
            [Repository.script(call[0])] + (isQuickstart ? [] : ["--program", "/bin/true"])
                + [call[2], isQuickstart ? folder + "/data" : folder], environment: ["PATH": "\(folder):\(path)"])
        #expect(result.status == 73 && result.stderr.contains(folder), "\(result.stdout)\(result.stderr)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    }

    /// `cluster/chaos` kills by them: a folder's dots are no wildcards, and a name is no part of another.
    @Test func findRanksExactly() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/script.\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program = folder + "/ganglion (1)"
        try #require(ChildProcess.run(["cp", "--", "/bin/bash", program]).status == 0)
        func start(_ run: String) throws -> ChildProcess {
            try ChildProcess([program, "-c", "read -t 60 <> <(:)", "train", "--run", run, "--seed", "1"])
        }
        let jobs = try ["/a b", "/a b2", "/axb"].map { try start(folder + $0) }
        defer {
            for job in jobs {
                job.send(SIGKILL)
                _ = job.wait(seconds: 10)
            }
        }
        let common = Repository.path + "/cluster/common.bash"
        let result = try ChildProcess.run(
            ["bash", "-c", "source \"$1\" && ranks_of \"$2\" \"$3\"", "bash", common, program, folder + "/a b"])
        #expect(result.status == 0 && result.stdout == "\(jobs[0].pid)\n", "\(result.stdout)\(result.stderr)")
    }
}
