/// Starts ranks with mpirun, as every test that needs MPI must: MPI is never initialised inside `swift test`.
public enum MPILauncher {
    /// Runs `ranks` ranks of a program to their end.
    ///
    /// Debian 12's mpirun (Open MPI 4.1.4, PMIx 4.2.2) now and then locks itself out while it finishes, after all ranks
    /// of an aborted job have ended. Its own timeout does not end it then; only in that case is the job run again.
    public static func run(
        executable: String, ranks: Int, arguments: [String] = [], environment: [String: String] = [:],
        timeout: Int = 60
    ) throws -> ProcessResult {
        func attempt() throws -> ProcessResult {
            try start(
                executable: executable, ranks: ranks, arguments: arguments, environment: environment, timeout: timeout
            ).wait(seconds: Double(timeout + 10))
        }
        let result = try attempt()
        return result.timedOut ? try attempt() : result
    }

    /// Starts them; the handle is mpirun's, for signals.
    public static func start(
        executable: String, ranks: Int, arguments: [String] = [], environment: [String: String] = [:],
        timeout: Int = 60
    ) throws -> ChildProcess {
        let asRoot = ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
        let mpirun = [
            "mpirun", "-np", "\(ranks)", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
            "--timeout", "\(timeout)",
        ]
        return try ChildProcess(
            mpirun + [executable] + arguments, environment: asRoot.merging(environment) { $1 })
    }
}
