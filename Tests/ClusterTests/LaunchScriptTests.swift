import Glibc
import TestSupport
import Testing

extension RankTests {
    /// The script `cluster/launch`, with the probe in the place of ganglion.
    @Suite(.serialized) struct LaunchScriptTests {
        private let script = Repository.script("launch")

        private func launch(_ options: [String], _ arguments: [String]) throws -> ChildProcess {
            try ChildProcess(
                [script, "--program", ChildProcess.product("RankProbe")] + options + ["--"] + arguments)
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
            #expect(try ChildProcess.run(["pkill", "-TERM", "-x", "-P", "\(job.pid)", "mpirun"]).status == 0)
            usleep(3_000_000)
            #expect(!job.stdout.contains("stops"))
            job.send(SIGUSR1)
            let result = job.wait(seconds: 60)
            #expect(result.status == 75)
            #expect(result.stdout.contains("rank 1 stops on SIGUSR1"))
        }

        @Test func namesWhatIsWrong() throws {
            let result = try launch(["-n", "two"], ["place"]).wait(seconds: 10)
            #expect(result.status == 64)
            #expect(result.stderr.contains("-n takes a positive number, found 'two'"))
        }
    }
}
