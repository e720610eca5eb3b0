import Foundation
import Kernels
import TestSupport
import Testing

extension EndToEnd {
    /// Ranks on processors of different generations. A rank takes itself for an older one with GANGLION_KERNELS, and
    /// OpenBLAS with OPENBLAS_CORETYPE.
    @Suite struct MixedProcessors {
        /// Two ranks of `ganglion`, the second as an older processor.
        private func run(_ arguments: [String], older: String, core: String = "Sandybridge") throws -> ProcessResult {
            let program = try ChildProcess.product("ganglion")
            let asOlder =
                "[ \"$OMPI_COMM_WORLD_RANK\" = 0 ] || export GANGLION_KERNELS=\(older) OPENBLAS_CORETYPE=\(core); "
                + "exec \"$0\" \"$@\""
            return try MPILauncher.run(
                executable: "/bin/sh", ranks: 2, arguments: ["-c", asOlder, program] + arguments, timeout: 200)
        }

        /// Of the levels that this machine can pretend to have.
        private static let older = KernelLevel.allCases.filter { $0 < .available }.map(\.name)

        @Test(arguments: older) func replicasStayEqualWhenEachRankIsItsOwn(_ older: String) throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(count: 128, resolution: 16), folder: scratch("run"),
                options: TestRun.tiny + [
                    "--set", "cluster.kernels=own", "--set", "cluster.replica_check_steps=1",
                ])
            let result = try self.run(run.arguments(1600), older: older)
            expect(result, status: 0, says: "kernels: each rank its own", older)
            // 200 steps, each with a check before it.
            #expect(try run.contents(1600).attribute("step") == .int(200))
        }

        /// The networks are so small that OpenBLAS computes alike on both.
        @Test(.enabled(if: older.contains("avx2"), "this processor knows nothing above AVX2"))
        func ranksAgreeOnTheOldest() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 128, resolution: 16)
            let mixed = TestRun(data: data, folder: scratch("mixed"), options: TestRun.tiny)
            expect(
                try run(mixed.arguments(80), older: "avx2", core: "Haswell"), status: 0,
                says: "kernels: avx2 on all ranks")
            let alike = TestRun(
                data: data, folder: scratch("alike"),
                options: TestRun.tiny + ["--set", "cluster.kernels=avx2"])
            expect(try Program.run(alike.arguments(80)), status: 0)
            let (a, b) = (try mixed.contents(80), try alike.contents(80))
            #expect(a.arrays.count > 20)
            for array in a.arrays {
                #expect(
                    b.array(array.path)?.values.map(\.bitPattern) == array.values.map(\.bitPattern), "\(array.path)")
            }
        }

        @Test func aLevelThatDoesNotExistIsNamed() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(resolution: 16), folder: scratch("run"))
            expect(
                try self.run(run.arguments(80), older: "avx"), status: 78,
                says: "GANGLION_KERNELS", "found \"avx\"", "sse2")
        }

        @Test func aLevelThatARankLacksIsRefused() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(resolution: 16), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "cluster.kernels=avx2"])
            expect(
                try self.run(run.arguments(80), older: "sse2"), status: 78, says: "cluster.kernels", "rank 1 on ",
                "has only sse2")
        }
    }
}
