import Failure
import Glibc

/// How this process was started: alone, or as a rank by mpirun or srun.
public enum Launch {
    /// The communicator that fits: MPI when a launcher started this process, else a loopback without MPI.
    ///
    /// MPI is never initialised in a process that stands alone: it would fork a daemon of its own.
    ///
    /// - Throws: ``ClusterError`` (exit code 78) when the launcher speaks of more ranks than MPI sees, which would make
    ///   every rank take itself for the only one.
    public static func communicator() throws -> any Communicator {
        let environment = Environment()
        guard environment.wasLaunched else {
            if let tasks = environment.slurmTasks, tasks > 1 { throw isolated(expected: tasks, found: 1) }
            return LoopbackCommunicator()
        }
        let communicator = try MPICommunicator()
        if let expected = environment.expectedRanks, expected != communicator.size {
            throw isolated(expected: expected, found: communicator.size)
        }
        return communicator
    }

    /// Whether what this process prints on standard output is seen on a terminal.
    ///
    /// mpirun gives each rank a pseudo-terminal, even when its own output goes to a file: then its output counts. A rank
    /// on another host than mpirun takes it for no terminal.
    public static var outputIsTerminal: Bool {
        guard Environment().value("OMPI_COMM_WORLD_SIZE") != nil else { return isatty(STDOUT_FILENO) == 1 }
        var target = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/\(getppid())/fd/\(STDOUT_FILENO)", &target, target.count)
        let path = String(decoding: target.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.hasPrefix("/dev/pts/") || path.hasPrefix("/dev/tty") || path == "/dev/console"
    }

    /// Whether a launcher started this process as a rank, told before there is a communicator.
    public static var isRank: Bool { Environment().wasLaunched }

    /// Whether this process is alone or rank 0, told before there is a communicator.
    public static var isFirst: Bool { (Environment().rank ?? 0) == 0 }

    /// What launchers leave in the environment.
    package struct Environment {
        let value: (String) -> String?

        package init(_ value: @escaping (String) -> String? = { name in getenv(name).map { String(cString: $0) } }) {
            self.value = value
        }

        /// Open MPI's mpirun, a PMIx launcher (srun --mpi=pmix), or a PMI launcher.
        package var wasLaunched: Bool {
            ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_SIZE", "PMI_RANK"].contains { value($0) != nil }
        }

        /// The rank the launcher says this process is, if it says.
        var rank: Int? { number("OMPI_COMM_WORLD_RANK") ?? number("PMIX_RANK") ?? number("PMI_RANK") }

        /// Ranks the launcher says it started, if it says.
        package var expectedRanks: Int? {
            number("OMPI_COMM_WORLD_SIZE") ?? number("PMI_SIZE") ?? slurmTasks
        }

        /// Tasks of the Slurm step this process is part of.
        var slurmTasks: Int? { number("SLURM_STEP_NUM_TASKS") }

        private func number(_ name: String) -> Int? { value(name).flatMap { Int($0) } }
    }

    private static func isolated(expected: Int, found: Int) -> ClusterError {
        ClusterError(
            call: "launch",
            reason: "the launcher started \(expected) ranks, but MPI sees \(found): they cannot find each other; "
                + "start them with mpirun, or with srun --mpi=pmix", exitCode: ExitCode.badConfiguration)
    }
}
