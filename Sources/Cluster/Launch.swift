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
                + "start them with mpirun, or with srun --mpi=pmix", exitCode: 78)
    }
}
