import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Ranks on other hosts, which `cluster/emulate` makes of network namespaces. They need root, iproute2 and
    /// openssh-server, which `cluster/test` installs.
    @Suite(.enabled(if: EmulatedCluster.isPossible, "needs root, iproute2 and openssh-server")) struct OtherHosts {
        /// Larger than `tiny`, so that what crosses the network is mostly gradients.
        private static let options =
            ["--batch", "16", "--microbatch", "4", "--set", "snapshot.grid=2x2", "--set", "checkpoint.every_kimg=0.2"]
            + TestRun.tinyNetworks

        private func undisturbed(_ scratch: Scratch, _ data: String, images: Int) throws -> CheckpointContents {
            let run = TestRun(data: data, folder: scratch("undisturbed"), options: Self.options + ["--threads", "1"])
            try run.finish(images: images)
            return try run.contents(images)
        }

        @Test func haveTheSameBitsOverTCP() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"), options: Self.options)
            let cluster = try EmulatedCluster(["3", "--slots", "2,1,1"])
            let before = try cluster.sentBytes()
            let result = try cluster.start("run", run.arguments(320)).wait(seconds: 120)
            expect(result, status: 0, says: "4 ranks × 1 thread")
            let sent = try cluster.sentBytes()
            // The ranks of h2 and h3 are alone on their hosts: all that they give for a sum goes through their links.
            let line = try #require(try run.statistics().last)
            let gradients = try #require(line["communication_bytes"] as? Double) * 20
            for host in ["h2", "h3"] {
                #expect(Double(sent[host, default: 0] - before[host, default: 0]) > gradients, "\(host)")
            }
            #expect(try differences(undisturbed(scratch, run.data, images: 320), run.contents(320)) == [])
        }

        /// No reset comes, only silence. The supervisor goes on without the host, with fewer ranks and the same bits.
        @Test func mayBeCutOff() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"), options: Self.options)
            let cluster = try EmulatedCluster(["3", "--slots", "2,1,1"])
            let job = try cluster.start(
                "supervise", run.arguments(9600), options: ["--drop-dead-hosts", "--backoff", "0:1"])
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            try cluster.command("cut", "h3")
            var noticed = false
            let time = ContinuousClock().measure {
                noticed = eventually { job.stderr.contains("ended with exit code") }
            }
            #expect(noticed && time < .seconds(40), "\(time)")
            let result = job.wait(seconds: 200)
            expect(
                result, status: 0, says: "ended with exit code 205", "without h3: 2 ranks instead of 4",
                "[rank 0 on h1, step ", "no word from rank 3 on h3", "done after 2 starts")
            #expect(try differences(undisturbed(scratch, run.data, images: 9600), run.contents(9600)) == [])
        }
    }
}

/// Hosts that are gone with the object.
private final class EmulatedCluster {
    private static let script = Repository.script("emulate")

    static var isPossible: Bool {
        let isThere = { (paths: [String]) in paths.contains(where: FileManager.default.isExecutableFile) }
        return getuid() == 0 && isThere(["/usr/sbin/sshd"]) && isThere(["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"])
    }

    /// Not before they are up: others may be, that are somebody else's.
    private var isOurs = false

    init(_ options: [String]) throws {
        try command("up", options)
        isOurs = true
    }

    deinit { if isOurs { _ = try? ChildProcess.run([Self.script, "down"]) } }

    @discardableResult func command(_ name: String, _ arguments: String...) throws -> String {
        try command(name, arguments)
    }

    @discardableResult private func command(_ name: String, _ arguments: [String]) throws -> String {
        let result = try ChildProcess.run([Self.script, name] + arguments)
        try #require(result.status == 0, "cluster/emulate \(name): \(result.stdout)\(result.stderr)")
        return result.stdout
    }

    /// Starts four ranks.
    func start(_ way: String, _ arguments: [String], options: [String] = []) throws -> ChildProcess {
        let program = try ChildProcess.product("ganglion")
        return try ChildProcess(
            [Self.script, way] + options + ["--program", program, "-n", "4", "--threads", "1", "--"] + arguments)
    }

    /// By host.
    func sentBytes() throws -> [String: Int] {
        // "h1 sent BYTES received BYTES"
        let lines = try command("traffic").split(separator: "\n").map { $0.split(separator: " ") }
        return Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), Int($0[2]) ?? 0) })
    }
}
