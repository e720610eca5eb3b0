/// What the ranks of one job say to each other: everything above this target speaks only through it.
///
/// Every operation except `abort` is collective: all ranks call it, in the same order. `sumAlongTree` and `sumOfBatch`
/// have a channel of their own each, so that one thread may sum gradients while another uses the remaining operations;
/// two threads must not call operations of the same channel in an order that differs between ranks.
///
/// Implementations: ``MPICommunicator`` between processes, ``LoopbackCommunicator`` for a single rank, and the members
/// of a ``LoopbackGroup`` between threads, for tests.
public protocol Communicator: AnyObject, Sendable {
    /// This rank, 0..<size. Rank 0 decides, everyone obeys.
    var rank: Int { get }
    /// Ranks in the job.
    var size: Int { get }
    /// This rank's number among those on its node.
    var localRank: Int { get }
    /// Ranks on this rank's node: its cores are shared among so many.
    var localSize: Int { get }

    /// What this rank is doing.
    var board: ProgressBoard { get }

    /// Returns when all ranks have called it.
    func barrier() throws
    /// The bytes that `root` gave, on every rank. Any length; what other ranks give is ignored.
    func broadcast(_ bytes: [UInt8], from root: Int) throws -> [UInt8]
    /// On `root` what each rank gave, in order of rank; `nil` elsewhere. Any length, which may differ between ranks.
    func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]]?
    /// What each rank gave, in order of rank, on every rank. Any length, which may differ between ranks.
    func allGather(_ bytes: [UInt8]) throws -> [[UInt8]]
    /// Replaces `values`, equally long on all ranks, by their sum over the ranks, the same bits on each.
    ///
    /// Each element is summed along the fixed binary tree ((0+1)+(2+3))+…, so that with a ``SummationTree`` inside
    /// every rank the result has the same bits however many ranks (a power of two) share the leaves. With another
    /// number of ranks the result is still the same on every rank, but equal to that of other numbers of ranks only
    /// to rounding.
    ///
    /// - Parameter sum: how it travels; the same on all ranks but for its urgency.
    /// - Returns: bytes that this rank sent.
    @discardableResult
    func sumAlongTree(_ values: UnsafeMutableBufferPointer<Float>, as sum: GradientSum) throws -> Int
    /// The same sum, in full precision and at once, on another channel: for layers that look at the whole batch, while
    /// gradients are being summed.
    ///
    /// - Returns: bytes that this rank sent.
    @discardableResult
    func sumOfBatch(_ values: UnsafeMutableBufferPointer<Float>) throws -> Int
    /// The elementwise maximum over the ranks of equally many values.
    func maximum(_ values: [Int64]) throws -> [Int64]
    /// Ends the whole job at once with this exit code. For errors only: nothing is written, no rank is asked.
    func abort(_ code: Int32) -> Never
    /// Leaves the job in order: waits for all ranks. To be called once, last.
    func finalize()
}

extension Communicator {
    /// Whether this rank decides, prints and writes.
    public var isRoot: Bool { rank == 0 }

    /// `sumAlongTree` at once, in full precision.
    public func sumAlongTree(_ values: UnsafeMutableBufferPointer<Float>) throws {
        try sumAlongTree(values, as: GradientSum())
    }

    /// `sumAlongTree` for an array.
    public func sumAlongTree(_ values: inout [Float]) throws {
        try values.withUnsafeMutableBufferPointer { try sumAlongTree($0) }
    }

    /// Collective. The names of the ranks' hosts, in order of rank.
    public func hostNames() throws -> [String] {
        try allGather(Array(RankDiagnostics.hostName.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    func checkRoot(_ root: Int, _ operation: String) {
        precondition((0..<size).contains(root), "\(operation): root \(root), but the ranks are 0..<\(size)")
    }
}
