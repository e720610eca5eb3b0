import CMPI
import CSystem
import Failure
import Glibc
import Synchronization

/// The ranks of an MPI job.
///
/// Ranks are numbered node by node, whatever the launcher's mapping (rank 0 is the launcher's), so that neighbours in the
/// summation tree share memory where they can. Control messages and gradient sums travel on separate MPI communicators, so that a communication thread may sum
/// gradients (`sumAlongTree`) while another thread uses the other operations; so do the sums of whole-batch layers.
public final class MPICommunicator: Communicator {
    public let rank: Int
    public let size: Int
    public let localRank: Int
    public let localSize: Int
    public let board = ProgressBoard()
    private let world: MPIChannel
    private let control: MPIChannel
    private let sums: MPIChannel
    private let batch: MPIChannel
    private let reduction: Mutex<TreeReduction>
    private let batchReduction: Mutex<TreeReduction>
    private let watchdog = Mutex<Watchdog?>(nil)

    /// Initialises MPI, once per process, with full thread support.
    ///
    /// - Throws: ``ClusterError`` when MPI fails or grants fewer threads.
    public init() throws {
        var granted: Int32 = 0
        try MPIChannel.check("MPI_Init_thread", MPI_Init_thread(nil, nil, cmpi_thread_multiple(), &granted))
        guard granted >= cmpi_thread_multiple() else {
            throw ClusterError(
                call: "MPI_Init_thread",
                reason: "thread level \(granted) granted, \(cmpi_thread_multiple()) (MPI_THREAD_MULTIPLE) needed; "
                    + "use an MPI built with thread support", exitCode: ExitCode.badConfiguration)
        }
        csystem_sleep_exactly()
        world = try MPIChannel(MPIChannel.present(cmpi_comm_world(), "MPI_COMM_WORLD")).orderedByNode()
        control = try world.duplicate()
        sums = try world.duplicate()
        batch = try world.duplicate()
        rank = try world.rank()
        size = try world.size()
        (localRank, localSize) = try world.place()
        reduction = Mutex(TreeReduction(rank: rank, size: size))
        // Statistics by channel: short messages.
        batchReduction = Mutex(TreeReduction(rank: rank, size: size, segment: TreeReduction.shortVector))
    }

    /// From now on a rank that keeps others waiting for `seconds` is named, and the job ended with exit code 70.
    ///
    /// Collective. Work between two operations, such as reading a checkpoint or drawing samples, must take less.
    public func watch(stallSeconds seconds: Double) throws {
        guard size > 1 else { return }
        let hosts = try hostNames()
        let watchdog = Watchdog(
            try world.duplicate(), rank: rank, size: size, hosts: hosts, board: board, stall: seconds,
            warn: { [self] in RankDiagnostics(self).report(warning: $0) },
            end: { [self] text in
                RankDiagnostics(self).report(ClusterError(call: "watchdog", reason: text))
                abort(ExitCode.internalError)
            })
        self.watchdog.withLock { $0 = watchdog }
    }

    public func barrier() throws { try board.waiting("barrier") { try control.barrier() } }

    public func broadcast(_ bytes: [UInt8], from root: Int) throws -> [UInt8] {
        try board.waiting("broadcast") { try distributed(bytes, from: root) }
    }

    private func distributed(_ bytes: [UInt8], from root: Int) throws -> [UInt8] {
        checkRoot(root, "broadcast")
        var header = rank == root ? Self.header(of: bytes) : Self.header(of: [])
        try control.broadcast(&header, from: root)
        var message = rank == root ? bytes : [UInt8](repeating: 0, count: try Self.length(in: header))
        try control.broadcast(&message, from: root)
        return message
    }

    public func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]]? {
        checkRoot(root, "gather")
        return try board.waiting("gather") {
            let lengths = try control.allGather(Int64(bytes.count), ranks: size)
            _ = try Self.sum(of: lengths)
            return try gather(bytes, lengths: lengths, to: root)
        }
    }

    public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
        try board.waiting("gather") { try gatheredEverywhere(bytes) }
    }

    private func gatheredEverywhere(_ bytes: [UInt8]) throws -> [[UInt8]] {
        let lengths = try control.allGather(Int64(bytes.count), ranks: size)
        let total = try Self.sum(of: lengths)
        let parts = try gather(bytes, lengths: lengths, to: 0)
        var joined = parts.map { Array($0.joined()) } ?? [UInt8](repeating: 0, count: total)
        try control.broadcast(&joined, from: 0)
        var start = 0
        return lengths.map { length in
            defer { start += Int(length) }
            return Array(joined[start..<start + Int(length)])
        }
    }

    public func sumAlongTree(_ values: UnsafeMutableBufferPointer<Float>, as sum: GradientSum) throws -> Int {
        try board.waiting("gradient sum") {
            try reduction.withLock { reduction in
                try reduction.sum(values, over: MPITransport(channel: sums, urgency: sum.urgency), sum.compression)
            }
        }
    }

    public func sumOfBatch(_ values: UnsafeMutableBufferPointer<Float>) throws -> Int {
        try board.waiting("sum of a layer") {
            try batchReduction.withLock { reduction in
                try reduction.sum(
                    values, over: MPITransport(channel: batch, urgency: GradientSum.Urgency(true)), .none)
            }
        }
    }

    /// Replaces `values`, equally long on all ranks, by their sum as `MPI_Allreduce` computes it.
    ///
    /// Only to measure `sumAlongTree` against: the order, and so the bits, are MPI's choice. Collective.
    package func sumByMPI(_ values: UnsafeMutableBufferPointer<Float>) throws {
        try reduction.withLock { _ in try sums.sum(values) }
    }

    public func maximum(_ values: [Int64]) throws -> [Int64] {
        var values = values
        try board.waiting("step's start") { try control.maximum(&values) }
        return values
    }

    public func abort(_ code: Int32) -> Never {
        fflush(nil)
        // A rank of Open MPI 5 ends at once, with a code of its own, when a connection is closed at the other end. That
        // code would now and then be with mpirun before ours, which says whether a restart is of any use.
        csystem_hold_connections("5")
        MPI_Abort(world.handle, code)
        exit(code)
    }

    public func finalize() {
        watchdog.withLock { $0?.stop() }
        var finalized: Int32 = 0
        guard MPI_Finalized(&finalized) == MPI_SUCCESS, finalized == 0 else { return }
        MPI_Finalize()
    }

    private func gather(_ bytes: [UInt8], lengths: [Int64], to root: Int) throws -> [[UInt8]]? {
        guard rank == root else {
            try control.send(bytes, to: root)
            return nil
        }
        return try (0..<size).map { rank in
            rank == root ? bytes : try control.receive(count: Int(lengths[rank]), from: rank)
        }
    }

    private static func header(of bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) }
    }

    private static func length(in header: [UInt8]) throws -> Int {
        try sum(of: [Int64(bitPattern: header.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })])
    }

    /// Bytes of a message, or of one from each rank; no program of ours sends more.
    private static let largestMessage = 1 << 40

    private static func sum(of lengths: [Int64]) throws -> Int {
        let total = lengths.contains { $0 < 0 } ? nil : lengths.map { Int($0) }.checkedSum()
        guard let total, total <= largestMessage else {
            throw ClusterError(
                call: "message",
                reason:
                    "the ranks announce \(lengths.map { "\($0)" }.joined(separator: ", ")) bytes; are all of them the "
                    + "same program?", exitCode: ExitCode.badConfiguration)
        }
        return total
    }
}
