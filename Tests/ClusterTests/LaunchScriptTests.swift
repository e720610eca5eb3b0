import Foundation
import TestSupport
import Testing

extension RankTests {
    /// The script `cluster/launch`, with the probe in the place of ganglion.
    @Suite(.serialized) struct LaunchScriptTests {
        private let script = Repository.script("launch")

        private func launch(
            _ options: [String], _ arguments: [String], environment: [String: String] = [:]
        ) throws -> ChildProcess {
            try ChildProcess(
                [script, "--program", ChildProcess.product("RankProbe")] + options + ["--"] + arguments,
                environment: environment)
        }

        @Test(arguments: [1, 2, 4]) func startsRanks(number: Int) throws {
            let result = try launch(["-n", "\(number)"], ["place"]).wait(seconds: 60)
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout.split(separator: "\n").count == number)
        }

        @Test func takesAHostFile() throws {
            let hosts = script.replacing("/cluster/launch", with: "/hostfiles/localhost")
            let result = try launch(["-n", "2", "--hostfile", hosts], ["place"]).wait(seconds: 60)
            #expect(result.stdout == "0/2 0/2\n1/2 1/2\n", "\(result.stderr)")
        }

        @Test(arguments: [SIGTERM, SIGINT]) func turnsSignalsIntoAStop(signal: Int32) throws {
            let job = try launch(["-n", "2"], ["work"])
            #expect(job.waitForOutput { $0.contains("rank 1 pid") }, "\(job.stderr)")
            job.send(signal)
            let result = job.wait(seconds: 60)
            #expect(result.status == 75)
            #expect(result.stdout.contains("rank 1 stops on SIGUSR1"))
        }

        /// As Slurm's scancel does it: to every process, mpirun included, which would kill its ranks a second later.
        @Test func keepsSIGTERMFromMpirun() throws {
            let job = try launch(["-n", "2"], ["work"])
            #expect(job.waitForOutput { $0.contains("rank 1 pid") }, "\(job.stderr)")
            #expect(
                try ChildProcess.run([
                    "pkill", "-TERM", "-x", "-P", "\(job.pid)", Sockets.mpirun.joined(separator: "|"),
                ]).status == 0)
            usleep(3_000_000)
            #expect(!job.stdout.contains("stops"))
            job.send(SIGUSR1)
            let result = job.wait(seconds: 60)
            #expect(result.status == 75)
            #expect(result.stdout.contains("rank 1 stops on SIGUSR1"))
        }

        private static let waysToHosts: [[String]] = [[], ["--hostfile", "\(Repository.path)/hostfiles/localhost"]]

        /// Also where ranks are told to speak TCP.
        @Test(arguments: [[:], ["OMPI_MCA_btl": "self,tcp"]], waysToHosts)
        func listensOnLoopbackOnly(environment: [String: String], options: [String]) throws {
            let job = try launch(["-n", "2"] + options, ["work"], environment: environment)
            #expect(job.waitForOutput { $0.contains("rank 0 pid") && $0.contains("rank 1 pid") }, "\(job.stderr)")
            let mpirun = try #require(Sockets.children(of: job.pid, named: Sockets.mpirun).first)
            let ranks = Sockets.children(of: mpirun, named: ["RankProbe"])
            #expect(ranks.count == 2)
            let sockets = try ([mpirun] + ranks).map(Sockets.listening)
            job.send(SIGUSR1)
            #expect(job.wait(seconds: 60).status == 75)
            // Where ranks report to.
            #expect(!sockets[0].isEmpty)
            #expect(sockets[1].isEmpty == environment.isEmpty)
            #expect(sockets.joined().filter { !$0.isLoopback } == [])
        }

        /// As several jobs beside each other want it: mpirun would bind the ranks of all of them to the first cores.
        @Test func keepsToTheCoresThatItIsGiven() throws {
            let folder = FileManager.default.temporaryDirectory.path + "/launch-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try writeScript(
                "#!/bin/bash\nsed -n 's/^Cpus_allowed_list:[ \t]*//p' /proc/self/status\n", to: folder + "/probe")
            let allowed = try ChildProcess.run([folder + "/probe"]).stdout
            let last = try #require(allowed.split { !$0.isNumber }.last)
            let result = try ChildProcess.run([
                script, "-n", "2", "--program", folder + "/probe", "--cores", String(last), "--", "place",
            ])
            #expect(result.status == 0 && result.stdout == "\(last)\n\(last)\n", "\(result.stdout)\(result.stderr)")
            let hosts = script.replacing("/cluster/launch", with: "/hostfiles/localhost")
            let refused = try ChildProcess.run([
                script, "--hostfile", hosts, "--program", "/bin/true", "--cores", "0", "--", "place",
            ])
            #expect(refused.status == 64 && refused.stderr.contains("without a host file"), "\(refused.stderr)")
        }

        @Test func namesWhatIsWrong() throws {
            for (options, message) in [
                (["-n", "two"], "-n takes a positive number, found 'two'"),
                (["-n", "0"], "-n takes a positive number, found '0'"),
                (["-n", "18446744073709551618"], "-n takes at most 1000000, found '18446744073709551618'"),
                (["--hostfile"], "--hostfile needs a value"),
                (["--interface", "lo orted;"], "--interface takes a name such as eth0"),
                (["--cores", "0;ls"], "--cores takes processors such as 0-3 or 0,2, found '0;ls'"),
                (["--interface", "-x"], "--interface takes a name such as eth0"),
            ] {
                let result = try ChildProcess.run([script] + options + (options.count > 1 ? ["--", "place"] : []))
                #expect(result.status == 64)
                #expect(result.stderr.contains(message), "\(result.stderr)")
            }
        }

        /// Paths with spaces, and with a hyphen at their head; numbers with a zero there.
        @Test func takesOddNames() throws {
            let folder = FileManager.default.temporaryDirectory.path + "/launch script \(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/-my probe", withDestinationPath: ChildProcess.product("RankProbe"))
            try Data("localhost slots=02\n".utf8).write(to: URL(fileURLWithPath: folder + "/-hosts"))
            let result = try ChildProcess.run(
                ["env", "--chdir", folder, script, "--program", "-my probe", "-n", "02", "--hostfile", "-hosts"]
                    + ["--", "place"])
            #expect(result.stdout == "0/2 0/2\n1/2 1/2\n", "\(result.stderr)")
        }
    }
}
