import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `data.stage` on two hosts: namespaces of this machine with names, and one folder each, of their own.
    @Suite(.enabled(if: SmallDisk.isPermitted, "mounting is not permitted here")) struct StagingOnHosts {
        private let scratch: Scratch
        private let local: String

        init() throws {
            scratch = try Scratch()
            local = try scratch.folder("local")
            for host in ["a", "b"] { _ = try scratch.folder("own-\(host)") }
            // In place of ssh: mpirun starts its daemons with it.
            let agent = """
                #!/bin/bash
                host=$1
                shift
                exec unshare --uts --mount --propagation private bash -c \
                    "hostname $host && mount --bind '\(scratch.path)/own-$host' '\(local)' && $*"
                """
            try writeScript(agent, to: scratch("agent"))
        }

        /// Trains on two ranks of each of the hosts.
        private func train(_ run: TestRun) throws -> ProcessResult {
            let mpirun = [
                "mpirun", "-H", "a:2,b:2", "-np", "4", "--oversubscribe", "--bind-to", "none", "--mca",
                "mpi_yield_when_idle", "1", "--mca", "btl", "self,tcp",
                // Both have this machine's addresses, of which Open MPI 5 takes only these for a way to itself.
                "--mca", "btl_tcp_if_include", "lo", "--mca", "pml", "ob1", "--timeout", "120",
            ]
            let program = [try ChildProcess.product("ganglion")] + run.arguments(96)
            return try ChildProcess.run(
                mpirun + program + ["--set", "data.stage=\(local)"],
                environment: [
                    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                    // As Open MPI 4 and 5 call it.
                    "OMPI_MCA_plm_rsh_agent": scratch("agent"), "PRTE_MCA_plm_ssh_agent": scratch("agent"),
                ], timeout: 130)
        }

        @Test func eachHostGetsItsCopy() throws {
            let options = TestRun.tiny + ["--microbatch", "2", "--set", "model.mbstd_group=2"]
            let data = try scratch.shapes()
            func run(_ name: String) -> TestRun { TestRun(data: data, folder: scratch(name), options: options) }
            let plain = run("plain")
            try plain.finish(images: 96)
            let name = "\(try Dataset(data).id)-4"

            expect(try train(run("first")), status: 0, says: "staged in \(local)/\(name): ", ", on 2 hosts")
            #expect(try differences(plain.contents(96), run("first").contents(96)) == [])
            let copies = ["a", "b"].map { scratch("own-\($0)/\(name)") }
            for copy in copies {
                for shard in 0..<4 {
                    let file = "/shard-0000\(shard).h5"
                    #expect(FileManager.default.contentsEqual(atPath: copy + file, andPath: data + file))
                }
            }
            expect(try train(run("second")), status: 0, says: "are staged in \(local)/\(name) already, on all 2 hosts")

            try damage(copies[1] + "/shard-00002.h5") { $0.removeLast(8) }
            expect(
                try train(run("third")), status: 0, says: ", on 1 host; 1 host had them already",
                "data: \(local)/\(name)/shard-00002.h5: had ", " on b, copied again")

            try FileManager.default.removeItem(atPath: copies[1])
            try Data("in the way".utf8).write(to: URL(fileURLWithPath: copies[1]))
            let failed = try train(run("fourth"))
            expect(
                failed, status: 73, says: "[rank 0 on a", "data.stage, rank 2 on b: \(local)/\(name): is no folder"
            )
        }
    }
}
