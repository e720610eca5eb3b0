import CMPI
import Glibc
import Synchronization

/// Notices when a rank keeps the others waiting, says which, and ends the job.
///
/// A thread of every rank tells two observers, the first rank and the last, what the rank is doing. So a rank whose
/// process is stopped or whose host is cut off falls silent, and one that hangs in its own work is seen not to wait.
/// Messages are small and never waited for; a partner that is gone cannot hold the watchdog up.
final class Watchdog: Sendable {
    private let channel: MPIChannel
    private let rank: Int
    private let size: Int
    private let hosts: [String]
    private let board: ProgressBoard
    private let stall: Double
    private let isStopping = Atomic(false)
    private let monitor = Monitor(false)
    private let end: @Sendable (String) -> Never
    private let warn: @Sendable (String) -> Void

    /// Seconds from one message to the next.
    private var interval: Double { min(max(stall / 8, 0.2), 1) }
    /// Seconds after which a rank counts as silent.
    private var silence: Double { max(3 * interval, 1.5) }

    /// - Parameters:
    ///   - channel: for the watchdog alone.
    ///   - end: is to report the text and end the job.
    init(
        _ channel: MPIChannel, rank: Int, size: Int, hosts: [String], board: ProgressBoard, stall: Double,
        warn: @escaping @Sendable (String) -> Void, end: @escaping @Sendable (String) -> Never
    ) {
        self.channel = channel
        self.rank = rank
        self.size = size
        self.hosts = hosts
        self.board = board
        self.stall = stall
        self.warn = warn
        self.end = end
        DetachedThread.start { [self] in
            watch()
            monitor.when({ _ in true }) { $0 = true }
        }
    }

    /// Returns when the thread has ended.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        monitor.when({ $0 }) { _ in }
    }

    private func watch() {
        let start = ContinuousClock.now
        let none = ProgressBoard.Status(step: nil, operation: nil, seconds: 0)
        var heard = [(status: ProgressBoard.Status, at: ContinuousClock.Instant)](repeating: (none, start), count: size)
        var posts = Set([0, size - 1]).subtracting([rank]).map { Post(to: $0) }
        var hasWarned = false
        var hasToldOfEnd = false
        var lastTurn = start
        while !isStopping.load(ordering: .relaxed) {
            // Whoever was stopped itself, or with all others, has heard of nobody meanwhile, and must not judge.
            let wasStopped = lastTurn.secondsAgo > 3 * interval + 1
            lastTurn = .now
            if wasStopped { board.restart() }

            let own = board.status
            for k in posts.indices { posts[k].send(own, channel) }
            Post.receiveAll(channel) { heard[$0] = ($1, .now) }
            if wasStopped { for k in heard.indices { heard[k] = (none, .now) } }
            heard[rank] = (own, .now)

            if rank == 0 || rank == size - 1 {
                let signs = heard.map { StallVerdict.Sign($0.status, age: $0.at.secondsAgo) }
                tellOfEnd(signs, &hasToldOfEnd)
                if !wasStopped { judge(signs, &hasWarned) }
            }
            if !wasStopped { judgeWithoutObservers(own) }
            pause()
        }
        for k in posts.indices { posts[k].drop() }
    }

    /// mpirun lost a host, say, and ends the others: the only moment to tell where the run was.
    private func tellOfEnd(_ signs: [StallVerdict.Sign], _ hasTold: inout Bool) {
        guard !hasTold, StopSignals.requested == SIGTERM else { return }
        hasTold = true
        if let text = StallVerdict.silent(signs, hosts: hosts, silence: silence) {
            warn("asked to end by SIGTERM, with \(text); go on with --resume auto")
        }
    }

    /// Warns of a wait that has lasted for half the time allowed, and ends the job after all of it.
    private func judge(_ signs: [StallVerdict.Sign], _ hasWarned: inout Bool) {
        guard let verdict = StallVerdict(signs, hosts: hosts, silence: silence), verdict.seconds >= stall / 2 else {
            hasWarned = false
            return
        }
        // The last rank speaks for a first one that is itself missing, or that says nothing.
        guard rank == 0 || verdict.missing.contains(0) || verdict.seconds >= 1.5 * stall else { return }
        if verdict.seconds >= stall { end("stalled: \(verdict.text); ended, go on with --resume auto") }
        guard !hasWarned else { return }
        hasWarned = true
        warn("waiting: \(verdict.text); the job ends when that lasts \(Int(stall)) s (cluster.stall_seconds)")
    }

    /// Ends the job where both observers are cut off.
    private func judgeWithoutObservers(_ own: ProgressBoard.Status) {
        guard let operation = own.operation, own.seconds >= 2 * stall else { return }
        end(
            "stalled: waited \(Int(own.seconds)) s at the \(operation), and neither rank 0 on \(hosts[0]) nor "
                + "rank \(size - 1) on \(hosts[size - 1]) said why; ended, go on with --resume auto")
    }

    /// In short turns, so that neither the end of a run nor mpirun's signal waits for it.
    private func pause() {
        let start = ContinuousClock.now
        let before = StopSignals.requested
        while start.secondsAgo < interval, !isStopping.load(ordering: .relaxed),
            StopSignals.requested == before
        { usleep(50_000) }
    }

    /// Status messages to one observer. One at a time: none is sent while the one before it has not left.
    private struct Post {
        let observer: Int
        private var request: MPI_Request?
        private let buffer = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 4)
        private var isUnderWay = false

        init(to observer: Int) { self.observer = observer }

        /// The operation travels as two numbers, which hold the first 16 bytes of its name.
        mutating func send(_ status: ProgressBoard.Status, _ channel: MPIChannel) {
            if isUnderWay {
                var isDone: Int32 = 0
                guard MPI_Test(&request, &isDone, cmpi_status_ignore()) == MPI_SUCCESS, isDone != 0 else { return }
            }
            var name = SIMD16<UInt8>()
            for (i, byte) in (status.operation ?? "").utf8.prefix(16).enumerated() { name[i] = byte }
            let words = unsafeBitCast(name, to: SIMD2<Int64>.self)
            buffer[0] = Int64(status.step ?? -1)
            buffer[1] = Int64(status.seconds * 1000)
            buffer[2] = words[0]
            buffer[3] = words[1]
            isUnderWay =
                MPI_Isend(buffer.baseAddress, 4, cmpi_int64(), Int32(observer), 0, channel.handle, &request)
                == MPI_SUCCESS
        }

        /// The memory stays: a message that never left may still read it.
        mutating func drop() {
            guard isUnderWay else { return buffer.deallocate() }
            var isDone: Int32 = 0
            guard MPI_Test(&request, &isDone, cmpi_status_ignore()) == MPI_SUCCESS else { return }
            if isDone == 0 { MPI_Request_free(&request) } else { buffer.deallocate() }
        }

        /// One probe may only move MPI on, and find a message that had arrived before at the next.
        static func receiveAll(_ channel: MPIChannel, _ take: (Int, ProgressBoard.Status) -> Void) {
            var misses = 0
            while misses < 4 {
                if let (sender, status) = receive(channel) {
                    take(sender, status)
                    misses = 0
                } else {
                    misses += 1
                }
            }
        }

        private static func receive(_ channel: MPIChannel) -> (Int, ProgressBoard.Status)? {
            var status = MPI_Status()
            var isThere: Int32 = 0
            guard MPI_Iprobe(cmpi_any_source(), 0, channel.handle, &isThere, &status) == MPI_SUCCESS, isThere != 0
            else { return nil }
            var values = [Int64](repeating: 0, count: 4)
            guard
                MPI_Recv(&values, 4, cmpi_int64(), status.MPI_SOURCE, 0, channel.handle, cmpi_status_ignore())
                    == MPI_SUCCESS
            else { return nil }
            let name = unsafeBitCast(SIMD2<Int64>(values[2], values[3]), to: SIMD16<UInt8>.self)
            let bytes = (0..<16).map { name[$0] }.prefix { $0 != 0 }
            return (
                Int(status.MPI_SOURCE),
                ProgressBoard.Status(
                    step: values[0] < 0 ? nil : Int(values[0]),
                    operation: bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self),
                    seconds: Double(values[1]) / 1000)
            )
        }
    }
}
