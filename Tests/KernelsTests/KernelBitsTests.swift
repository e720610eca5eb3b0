import Foundation
import Kernels
import TestSupport
import Testing

/// Every kernel makes the same bits of the same numbers, whatever compiler built it and whatever else is installed: those
/// recorded in `RecordedBits`.
@Suite struct KernelBitsTests {
    /// Of this processor.
    static let levels = KernelLevel.allCases.filter { $0 <= .available }

    /// Name and hash of each kernel at a level.
    private func bits(_ level: KernelLevel, core: String? = nil) throws -> [String: String] {
        var environment = ["GANGLION_KERNELS": level.name]
        environment["OPENBLAS_CORETYPE"] = core
        let result = try ChildProcess.run([try ChildProcess.product("KernelProbe")], environment: environment)
        #expect(result.status == 0, "\(result.stderr)")
        let lines = result.stdout.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        return Dictionary(uniqueKeysWithValues: lines.map { ($0[0], $0[1]) })
    }

    @Test("As recorded", arguments: levels) func recorded(_ level: KernelLevel) throws {
        let found = try bits(level)
        let expected = level == .sse2 ? RecordedBits.unfused : RecordedBits.fused
        #expect(found.count == expected.count)
        for (name, hash) in expected { #expect(found[name] == hash, "\(name)") }
    }

    /// What an unwary product would hang on.
    @Test("On no core that OpenBLAS could choose", arguments: levels) func cores(_ level: KernelLevel) throws {
        let found = try bits(level)
        for core in ["Prescott", "Haswell", "SkylakeX"] {
            #expect(try bits(level, core: core) == found, "\(core)")
        }
    }

    /// Only products that are fused with sums, from AVX2 on, or are not, make a difference between levels.
    @Test("Some are the same on all levels") func ofAllLevels() {
        let same = [
            "uniforms", "normals", "powers", "adam", "moving average", "norm", "distance of samples", "sigmoid",
        ]
        for name in same { #expect(RecordedBits.fused[name] == RecordedBits.unfused[name], "\(name)") }
        #expect(RecordedBits.fused["product 64x64x64"] != RecordedBits.unfused["product 64x64x64"])
    }
}
