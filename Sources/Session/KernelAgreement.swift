import Cluster
import Configuration
import Failure
import Foundation
import Kernels

/// The generation of processors that the ranks compute as, agreed on before any kernel runs.
public enum KernelAgreement {
    /// Collective. From then on this rank's kernels run as agreed.
    ///
    /// - Returns: what the user should know; nil where all ranks are alike and nothing was asked for.
    /// - Throws: ``ClusterError`` (78), on all ranks alike, when a level is asked for that a rank's processor lacks.
    public static func reach(_ choice: KernelChoice, _ communicator: any Communicator) throws -> String? {
        if let claimed = ProcessInfo.processInfo.environment["GANGLION_KERNELS"],
            claimed != KernelLevel.available.name
        {
            throw ClusterError(
                call: "GANGLION_KERNELS",
                reason: "found \"\(claimed)\", expected a level that this processor has: "
                    + KernelLevel.allCases.filter { $0 <= .available }.map(\.name).joined(separator: ", "),
                exitCode: ExitCode.badConfiguration)
        }
        let own = [KernelLevel.available.name, RankDiagnostics.hostName]
        let all = try communicator.allGather(Array(own.joined(separator: "\n").utf8)).map { bytes in
            let parts = String(decoding: bytes, as: UTF8.self)
                .split(separator: "\n", maxSplits: own.count - 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == own.count else {
                throw ClusterError(
                    call: "cluster.kernels",
                    reason: "a rank does not say what its processor is; are all ranks the same "
                        + "program?", exitCode: ExitCode.badConfiguration)
            }
            return parts
        }
        let levels = all.map { KernelLevel(name: $0[0]) ?? .sse2 }
        guard let lowest = levels.min() else { return nil }
        let areAlike = levels.allSatisfy { $0 == lowest }
        let used: KernelLevel
        switch choice {
        case .common: used = lowest
        case .own: used = KernelLevel.available
        case .avx512, .avx2, .sse2:
            used = KernelLevel(name: choice.rawValue) ?? .sse2
            if let rank = levels.firstIndex(where: { $0 < used }) {
                throw ClusterError(
                    call: "cluster.kernels",
                    reason: "\(used.name) is asked for, but the processor of rank \(rank) on \(all[rank][1]) has only "
                        + "\(levels[rank].name); choose that, common or own", exitCode: ExitCode.badConfiguration)
            }
        }
        KernelLevel.use(used)

        let places = KernelLevel.allCases.filter(levels.contains).map { level in
            "\(level.name) on "
                + Set(levels.indices.filter { levels[$0] == level }.map { all[$0][1] }).sorted().joined(separator: ", ")
        }
        var notes: [String] = []
        if choice == .own {
            if !areAlike {
                notes.append(
                    "kernels: each rank its own (\(places.joined(separator: "; "))); replicas stay equal, but the result "
                        + "depends on which rank computes what")
            }
        } else if !areAlike || used < lowest {
            notes.append("kernels: \(used.name) on all ranks (available: \(places.joined(separator: "; ")))")
        }
        return notes.isEmpty ? nil : notes.joined(separator: "; ")
    }
}
