import CMPI
import Glibc

/// How a thread waits for an operation of MPI: it looks, and sleeps in between.
///
/// A thread that waits inside MPI spins, and so holds a core on which others, of its own rank or of another one, would
/// compute. With more ranks than cores Open MPI spins with `sched_yield`, which is worse: on Linux 6.18 two threads that
/// yield in a loop kept runnable ones from running for minutes (four ranks on two cores).
struct MPIWait {
    /// Seconds at the start without sleep.
    private let spin: Double
    /// The first sleep, in microseconds. Later ones are a part of the time waited so far, so that they cost little of it.
    private let pause: UInt32
    private static let part = 1.0 / 32
    private static let longest = 500e-6

    /// The caller has nothing else to do. Where ranks share cores it sleeps at once: the rank that it waits for may need
    /// this one.
    static let urgent = MPIWait(spin: sharesCores ? 0 : 1e-4, pause: 10)
    /// Others compute meanwhile. At a gigabit per second some kilobytes come in a pause, which the sockets' buffers hold.
    static let patient = MPIWait(spin: 0, pause: 50)

    /// Open MPI's own hint, which mpirun sets with --oversubscribe, and users where several nodes are one machine.
    private static let sharesCores: Bool = {
        guard let hint = getenv("OMPI_MCA_mpi_yield_when_idle").map({ String(cString: $0) }) else {
            let ranks = getenv("OMPI_COMM_WORLD_LOCAL_SIZE").flatMap { Int(String(cString: $0)) } ?? 1
            return ranks > sysconf(Int32(_SC_NPROCESSORS_ONLN))
        }
        return !["0", "false", "no"].contains(hint.lowercased())
    }()

    /// Returns when the operation is done, which frees the request.
    ///
    /// - Parameter isUrgent: asked before each sleep: whether to go on as `urgent`.
    func complete(
        _ request: inout MPI_Request?, _ call: String, isUrgent: () -> Bool = { false }
    ) throws {
        var isDone: Int32 = 0
        let start = ContinuousClock.now
        while true {
            try MPIChannel.check(call, MPI_Test(&request, &isDone, cmpi_status_ignore()))
            if isDone != 0 { return }
            let waited = start.secondsAgo
            let way = isUrgent() ? Self.urgent : self
            guard waited >= way.spin else { continue }
            usleep(max(way.pause, UInt32(min(waited * Self.part, Self.longest) * 1e6)))
        }
    }
}
