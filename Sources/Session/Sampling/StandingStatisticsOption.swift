import Cluster
import Failure
import Recipes
import Reporting
import Training

/// What `--standing-statistics` asks for: see ``StandingStatistics``.
enum StandingStatisticsOption {
    /// - Throws: ``UsageError``.
    static func check(_ batches: Int?) throws(UsageError) {
        guard let batches, !(1...most).contains(batches) else { return }
        throw UsageError("--standing-statistics \(batches): expected 1 to \(most) batches")
    }

    private static let most = 10_000

    /// Takes them.
    ///
    /// - Parameters:
    ///   - conditions: see ``GeneratorFile/standingConditions(of:)``; nil of generators whose pixels nothing conditions.
    ///   - ranks: that do so on this host.
    ///   - available: bytes of memory that they share; 0 where the system does not tell.
    /// - Returns: what is said of it.
    static func take(
        _ batches: Int, _ file: GeneratorFile, conditions: StandingStatistics.Conditions? = nil, ranks: Int = 1,
        available: Int = ProcessMemory.availableBytes
    ) throws -> String {
        let alone = LoopbackCommunicator()
        let images = try file.takeStandingStatistics(
            batches: batches, available: available / max(1, ranks), conditions: conditions
        ) { BatchSums(alone, microbatches: $0) }
        return "statistics of batch normalisation are taken anew, from \(batches) batches of \(images) images"
    }
}
