import Cluster
import Glibc
import Reporting
import Storage

/// The lock that keeps other jobs out of a run folder.
public enum RunFolderLock {
    /// Collective. Rank 0 takes the lock, and no rank goes on before. To be called ahead of
    /// ``MPICommunicator/watch(stallSeconds:)``: it may take longer than ranks may wait for one another.
    ///
    /// - Parameters:
    ///   - folder: made where it is missing.
    ///   - patience: seconds without a sign of life after which another host's lock is taken over.
    ///   - wait: seconds to wait for a job that lives and holds the folder.
    ///   - tell: takes lines about what is being waited for.
    /// - Returns: the lock, which is to be released at the end, on rank 0.
    /// - Throws: on rank 0: ``LockError`` (73) naming who holds the folder, (75) after a signal; ``ReportingError`` and
    ///   ``FileError`` (73) when it cannot be written.
    public static func take(
        _ folder: RunFolder, patience: Double, wait: Double, communicator: any Communicator, tell: (String) -> Void
    ) throws -> RunLock? {
        var lock: RunLock?
        if communicator.isRoot { lock = try take(folder, patience: patience, wait: wait, tell: tell) }
        try communicator.barrier()
        return lock
    }

    /// The same for this process alone.
    static func take(
        _ folder: RunFolder, patience: Double, wait: Double = 0, tell: (String) -> Void = { _ in }
    ) throws -> RunLock {
        try folder.create()
        let job = getenv("SLURM_JOB_ID").map { String(cString: $0) }
        let kernel = String(decoding: RankDiagnostics.kernelID, as: UTF8.self).filter { $0.isHexDigit || $0 == "-" }
        return try RunLock(
            folder.path,
            as: LockHolder(
                host: RankDiagnostics.hostName, kernel: kernel, since: RunLog.timestamp(),
                patience: patience, job: job),
            wait: wait, isStopped: { StopSignals.requested != nil }, tell: tell)
    }
}
