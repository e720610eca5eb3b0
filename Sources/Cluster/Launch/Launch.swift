import CMPI
import Failure
import Glibc

/// How this process was started: alone, or as a rank by mpirun or srun.
public enum Launch {
    /// The communicator that fits: MPI when a launcher started this process, else a loopback without MPI.
    ///
    /// MPI is never initialised in a process that stands alone: it would fork a daemon of its own.
    ///
    /// - Throws: ``ClusterError`` (exit code 78) when the launcher speaks of more ranks than MPI sees, which would make
    ///   every rank take itself for the only one, and when it is of a newer Open MPI, which ranks of an older one do not
    ///   find.
    public static func communicator() throws -> any Communicator {
        let environment = Environment()
        guard environment.wasLaunched else {
            if let tasks = environment.slurmTasks, tasks > 1 { throw isolated(expected: tasks, found: 1) }
            return LoopbackCommunicator()
        }
        try environment.check(openMPI: openMPIVersion)
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

        /// Compares the Open MPI of the launcher, where it says its version, with this process's: in a container, for
        /// example, they may be two. Open MPI 5's mpirun was seen to start ranks of 4.1 that end in the midst of MPI_Init or
        /// take themselves for the only ones; 4.1's starts those of 5.
        ///
        /// - Parameter openMPI: the version of the library, such as "4.1.4"; nil of another MPI.
        /// - Throws: ``ClusterError`` (exit code 78).
        package func check(openMPI own: String?) throws {
            // Other launchers may have got the variable from around them; 4.1's mpirun, which does not say its version, sets
            // those of its run-time environment.
            guard value("OMPI_COMM_WORLD_SIZE") != nil, value("OMPI_MCA_orte_launch") == nil else { return }
            guard let own, let launcher = value("OMPI_VERSION"), let ownMajor = Self.major(own),
                let major = Self.major(launcher), major > ownMajor
            else { return }
            throw ClusterError(
                call: "launch",
                reason:
                    "mpirun is of Open MPI \(launcher.visible()), but this program has Open MPI \(own): ranks of an older"
                    + " one cannot find each other; start them with the mpirun that belongs to it, in a container with the"
                    + " one in there, or use a container or a build with Open MPI \(major)",
                exitCode: ExitCode.badConfiguration)
        }

        private static func major(_ version: String) -> Int? { Int(version.prefix { $0.isNumber }) }

        /// Tasks of the Slurm step this process is part of.
        var slurmTasks: Int? { number("SLURM_STEP_NUM_TASKS") }

        private func number(_ name: String) -> Int? { value(name).flatMap { Int($0) } }
    }

    /// Of the library, such as "4.1.4"; nil of another MPI.
    private static var openMPIVersion: String? {
        var (text, length) = ([CChar](repeating: 0, count: Int(MPI_MAX_LIBRARY_VERSION_STRING)), Int32(0))
        guard MPI_Get_library_version(&text, &length) == MPI_SUCCESS else { return nil }
        let words = String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self).split(
            separator: " ")
        // "Open MPI v4.1.4, package: …"
        guard words.count > 2, words[..<2] == ["Open", "MPI"], words[2].hasPrefix("v") else { return nil }
        return String(words[2].dropFirst().prefix { $0.isNumber || $0 == "." })
    }

    private static func isolated(expected: Int, found: Int) -> ClusterError {
        ClusterError(
            call: "launch",
            reason: "the launcher started \(expected) ranks, but MPI sees \(found): they cannot find each other; "
                + "start them with mpirun, or with srun --mpi=pmix", exitCode: ExitCode.badConfiguration)
    }
}
