import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Ranks on other hosts, which `cluster/emulate` makes of network namespaces. They need root, iproute2 and
    /// openssh-server, which `cluster/test` installs.
    @Suite(.enabled(if: EmulatedCluster.isPossible, EmulatedCluster.isWanting)) struct OtherHosts {
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

        /// Neither mpirun nor its daemons nor the ranks listen to other interfaces, the loopback one excepted.
        @Test func listenOnTheirNetworkOnly() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"), options: Self.options)
            let cluster = try EmulatedCluster(["2", "--slots", "2"])
            let job = try cluster.start("run", run.arguments(160_000))
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            let files = ["/proc/self/net/tcp", "/proc/self/net/tcp6"]
            let h1 = try cluster.command("on", "h1", "cat", files[0], files[1])
            let h2 = try cluster.command("on", "h2", "cat", files[0], files[1])
            job.send(SIGTERM)
            expect(job.wait(seconds: 60), status: 75, says: "stopped by a signal")
            for (host, table, own) in [("h1", h1, "014DD50A"), ("h2", h2, "024DD50A")] {
                var addresses: [String] = []
                // "sl local_address rem_address st …"; 0A is LISTEN, and words are in this machine's order.
                for line in table.split(separator: "\n") {
                    let fields = line.split(separator: " ")
                    guard fields.count > 3, fields[3] == "0A" else { continue }
                    addresses.append(String(fields[1].prefix { $0 != ":" }))
                }
                // The ssh daemon, mpirun or its daemon, and two ranks.
                #expect(addresses.count { $0 == own } >= 4, "\(host): \(addresses)")
                let loopback = ["0100007F", "00000000000000000000000001000000"]
                let foreign = addresses.filter { address in
                    // Version 6 has addresses of its own, made of a link's, and can carry those of version 4.
                    !address.hasSuffix(own) && !loopback.contains(address) && !address.hasPrefix("000080FE")
                }
                #expect(foreign == [], "\(host)")
            }
        }

        /// What a restart does not cure is told from the code: the others, which miss the rank at once, must not be faster.
        @Test func endWithTheCodeOfTheRankThatFails() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let cluster = try EmulatedCluster(["3", "--slots", "2,1,1"])
            let own = try cluster.command("scratch").split(separator: "\n").joined() + "/data"
            for host in ["h1", "h2"] { try cluster.command("on", host, "cp", "-r", data, own) }
            let run = TestRun(data: own, folder: scratch("run"), options: Self.options)
            for _ in 0..<5 {
                let result = try cluster.start("run", run.arguments(320)).wait(seconds: 120)
                expect(result, status: 66, says: "[rank 3 on h3", "\(own): no such folder")
            }
        }

        /// A cluster is that of its folder, and its folder is one that `up` has made.
        @Test func areNotAnothersToTakeDown() throws {
            let scratch = try Scratch()
            let cluster = try EmulatedCluster(["1"])
            let elsewhere = ["GANGLION_EMULATED": scratch("elsewhere")]
            let script = Repository.script("emulate")
            #expect(try ChildProcess.run([script, "down"], environment: elsewhere).status == 0)
            expect(
                try ChildProcess.run([script, "up", "1"], environment: elsewhere), status: 73,
                says: "there is a cluster already", "ganglion-h1")
            #expect(try cluster.command("on", "h1", "hostname") == "h1\n")
            expect(
                try ChildProcess.run([script, "on", "../h1", "hostname"], environment: EmulatedCluster.environment),
                status: 66, says: "no host '../h1'")

            _ = try scratch.folder("elsewhere")
            let result = try ChildProcess.run([script, "down"], environment: elsewhere)
            expect(result, status: 73, says: "not of this script's making")
            #expect(FileManager.default.fileExists(atPath: scratch("elsewhere")))
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
            #expect(eventually { job.stderr.contains("ended with exit code") }, "\(job.stderr)")
            let result = job.wait(seconds: 200)
            expect(result, status: 0, says: "without h3: 2 ranks instead of 4", "done after 2 starts")
            // Open MPI 5 ends with 0, which is taken for what it is, and without a word to the ranks.
            let words = [
                ["ended with exit code 205", "[rank 0 on h1, step ", "no word from rank 3 on h3"],
                [
                    "ended with exit code 70", "mpirun ended with 0", "on node h3",
                    "does not say that this training is done",
                ],
            ]
            #expect(
                words.contains { $0.allSatisfy { (result.stdout + result.stderr).contains($0) } }, "\(result.stderr)")
            #expect(try differences(undisturbed(scratch, run.data, images: 9600), run.contents(9600)) == [])
        }
    }
}

/// Hosts that are gone with the object, or with the next one where tests were killed in between.
private final class EmulatedCluster {
    private static let script = Repository.script("emulate")
    /// Of clusters of tests: the number of the process that has one follows.
    private static let prefix = "/run/ganglion-emulated-by-"
    /// Where this process has its cluster.
    static let environment = ["GANGLION_EMULATED": prefix + "\(getpid())"]

    static var isPossible: Bool { getuid() == 0 && hasTools }
    static var isWanting: Comment {
        hasTools ? "needs root" : "needs iproute2 and openssh-server, which cluster/setup --tests installs"
    }

    private static var hasTools: Bool {
        let isThere = { (paths: [String]) in paths.contains(where: FileManager.default.isExecutableFile) }
        return isThere(["/usr/sbin/sshd"]) && isThere(["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"])
    }

    /// Not before they are up: others may be, that are somebody else's.
    private var isOurs = false

    init(_ options: [String]) throws {
        Self.removeLeftOvers()
        try command("up", options)
        isOurs = true
    }

    deinit { if isOurs { _ = try? ChildProcess.run([Self.script, "down"], environment: Self.environment) } }

    /// Takes down what belongs to tests that live no more.
    private static func removeLeftOvers() {
        let folder = (prefix as NSString).deletingLastPathComponent
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = folder + "/" + name
            guard path.hasPrefix(prefix), let owner = pid_t(path.dropFirst(prefix.count)) else { continue }
            guard kill(owner, 0) != 0, errno == ESRCH else { continue }
            _ = try? ChildProcess.run([script, "down"], environment: ["GANGLION_EMULATED": path])
        }
    }

    @discardableResult func command(_ name: String, _ arguments: String...) throws -> String {
        try command(name, arguments)
    }

    @discardableResult private func command(_ name: String, _ arguments: [String]) throws -> String {
        let result = try ChildProcess.run([Self.script, name] + arguments, environment: Self.environment)
        try #require(result.status == 0, "cluster/emulate \(name): \(result.stdout)\(result.stderr)")
        return result.stdout
    }

    /// Starts four ranks.
    func start(_ way: String, _ arguments: [String], options: [String] = []) throws -> ChildProcess {
        let program = try ChildProcess.product("ganglion")
        return try ChildProcess(
            [Self.script, way] + options + ["--program", program, "-n", "4", "--threads", "1", "--"] + arguments,
            environment: Self.environment)
    }

    /// By host.
    func sentBytes() throws -> [String: Int] {
        // "h1 sent BYTES received BYTES"
        let lines = try command("traffic").split(separator: "\n").map { $0.split(separator: " ") }
        return Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), Int($0[2]) ?? 0) })
    }
}
