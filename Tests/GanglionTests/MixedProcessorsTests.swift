import Foundation
import Kernels
import Storage
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

        @Test(.enabled(if: !older.isEmpty, "this processor knows nothing above SSE"), arguments: older)
        func replicasStayEqualWhenEachRankIsItsOwn(_ older: String) throws {
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

        /// Also with another OpenBLAS on one rank than it would choose: nothing that trains asks it.
        @Test(
            .enabled(if: !older.isEmpty, "this processor knows nothing above SSE"),
            arguments: older, ["Haswell", "Prescott", "SkylakeX"])
        func ranksAgreeOnTheOldest(_ older: String, _ core: String) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 128, resolution: 16)
            let mixed = TestRun(data: data, folder: scratch("mixed"), options: TestRun.tiny)
            expect(
                try run(mixed.arguments(80), older: older, core: core), status: 0,
                says: "kernels: \(older) on all ranks")
            let alike = TestRun(
                data: data, folder: scratch("alike"),
                options: TestRun.tiny + ["--set", "cluster.kernels=\(older)"])
            expect(try Program.run(alike.arguments(80)), status: 0)
            try expectSameArrays(mixed.contents(80), alike.contents(80))
        }

        /// Products are fused with sums on both, in the same order.
        @Test(.enabled(if: KernelLevel.available == .avx512, "this processor knows nothing above AVX2"))
        func avx2HasTheBitsOfAVX512() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 128, resolution: 16)
            let runs = ["avx2", "avx512"].map { level in
                TestRun(
                    data: data, folder: scratch(level), options: TestRun.tiny + ["--set", "cluster.kernels=\(level)"])
            }
            for run in runs { expect(try Program.run(run.arguments(80)), status: 0) }
            try expectSameArrays(runs[0].contents(80), runs[1].contents(80))
        }

        private func expectSameArrays(
            _ a: CheckpointContents, _ b: CheckpointContents, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            #expect(a.arrays.count > 20, sourceLocation: sourceLocation)
            for array in a.arrays {
                #expect(
                    b.array(array.path)?.values.map(\.bitPattern) == array.values.map(\.bitPattern), "\(array.path)",
                    sourceLocation: sourceLocation)
            }
        }

        @Test func aLevelThatDoesNotExistIsNamed() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(resolution: 16), folder: scratch("run"))
            expect(
                try self.run(run.arguments(80), older: "avx"), status: 78,
                says: "GANGLION_KERNELS", "found \"avx\"", "sse2")
        }

        @Test(.enabled(if: !older.isEmpty, "this processor knows nothing above SSE"))
        func aLevelThatARankLacksIsRefused() throws {
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
