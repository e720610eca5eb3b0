import Glibc
import Synchronization

/// Ranks as threads of one process, for tests of everything that runs on several ranks.
///
/// Sums run through the same ``TreeReduction`` as under MPI. When a member's body throws, the others fail at their next
/// operation instead of waiting for ever.
public final class LoopbackGroup: Sendable {
    /// The ranks, in order.
    public let members: [any Communicator]
    private let control: Rendezvous
    private let sums: Mailboxes
    private let batchSums: Mailboxes

    public init(size: Int) {
        precondition(size > 0, "LoopbackGroup: \(size) ranks")
        let control = Rendezvous(size: size)
        let sums = Mailboxes(size: size)
        let batchSums = Mailboxes(size: size)
        self.control = control
        self.sums = sums
        self.batchSums = batchSums
        members = (0..<size).map {
            LoopbackMember(rank: $0, size: size, control: control, sums: sums, batchSums: batchSums)
        }
    }

    /// Runs `body` once per rank, each on a thread of its own, and returns the results in order of rank.
    ///
    /// - Throws: the first error thrown by a member (in time).
    public func run<Value: Sendable>(
        _ body: @escaping @Sendable (any Communicator) throws -> Value
    ) throws -> [Value] {
        let outcome = Outcome<Value>()
        let threads = members.map { member in
            MemberThread {
                do {
                    let value = try body(member)
                    outcome.add(value, of: member.rank)
                } catch {
                    outcome.fail(error)
                    self.control.close("rank \(member.rank) left: \(error)")
                    self.sums.close("rank \(member.rank) left: \(error)")
                    self.batchSums.close("rank \(member.rank) left: \(error)")
                }
            }
        }
        threads.forEach { $0.join() }
        return try outcome.inOrder()
    }
}

/// What the members of a group returned, or the first error of one.
private final class Outcome<Value: Sendable>: Sendable {
    private let values = Mutex<[Int: Value]>([:])
    private let error = Mutex<(any Error)?>(nil)

    func add(_ value: Value, of rank: Int) { values.withLock { $0[rank] = value } }

    func fail(_ cause: any Error) { error.withLock { $0 = $0 ?? cause } }

    /// The values in order of rank.
    func inOrder() throws -> [Value] {
        if let error = error.withLock({ $0 }) { throw error }
        return values.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    }
}

private final class LoopbackMember: Communicator {
    let rank: Int
    let size: Int
    var localRank: Int { rank }
    var localSize: Int { size }
    let board = ProgressBoard()
    private let control: Rendezvous
    private let sums: Mailboxes
    private let batchSums: Mailboxes
    private let reduction: Mutex<TreeReduction>
    private let batchReduction: Mutex<TreeReduction>

    init(rank: Int, size: Int, control: Rendezvous, sums: Mailboxes, batchSums: Mailboxes) {
        self.rank = rank
        self.size = size
        self.control = control
        self.sums = sums
        self.batchSums = batchSums
        reduction = Mutex(TreeReduction(rank: rank, size: size))
        batchReduction = Mutex(TreeReduction(rank: rank, size: size, segment: TreeReduction.shortVector))
    }

    func barrier() throws { _ = try control.exchange([], as: rank) }

    func broadcast(_ bytes: [UInt8], from root: Int) throws -> [UInt8] {
        checkRoot(root, "broadcast")
        return try control.exchange(rank == root ? bytes : [], as: rank)[root]
    }

    func gather(_ bytes: [UInt8], to root: Int) throws -> [[UInt8]]? {
        checkRoot(root, "gather")
        let all = try control.exchange(bytes, as: rank)
        return rank == root ? all : nil
    }

    func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] { try control.exchange(bytes, as: rank) }

    func sumAlongTree(_ values: UnsafeMutableBufferPointer<Float>, as sum: GradientSum) throws -> Int {
        try reduction.withLock { reduction in
            try reduction.sum(values, over: MailboxTransport(rank: rank, mailboxes: sums), sum.compression)
        }
    }

    func sumOfBatch(_ values: UnsafeMutableBufferPointer<Float>) throws -> Int {
        try batchReduction.withLock { reduction in
            try reduction.sum(values, over: MailboxTransport(rank: rank, mailboxes: batchSums), .none)
        }
    }

    func maximum(_ values: [Int64]) throws -> [Int64] {
        let all = try control.exchange(values.withUnsafeBytes { Array($0) }, as: rank)
        return all.reduce(into: values) { result, bytes in
            bytes.withUnsafeBytes { bytes in
                for index in result.indices {
                    result[index] = max(result[index], bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
                }
            }
        }
    }

    func abort(_ code: Int32) -> Never { exit(code) }

    func finalize() { try? barrier() }
}

/// The pairwise wire between threads.
struct MailboxTransport: PairwiseTransport {
    let rank: Int
    let mailboxes: Mailboxes

    func start(
        with partner: Int, send: UnsafeMutableBufferPointer<Float>, receive: UnsafeMutableBufferPointer<Float>
    ) -> (partner: Int, receive: UnsafeMutableBufferPointer<Float>) {
        mailboxes.send(Array(send), from: rank, to: partner)
        return (partner, receive)
    }

    func finish(_ exchange: (partner: Int, receive: UnsafeMutableBufferPointer<Float>)) throws {
        let (partner, receive) = exchange
        let received = try mailboxes.receive(from: partner, to: rank)
        precondition(received.count == receive.count, "received \(received.count) floats, expected \(receive.count)")
        _ = receive.update(fromContentsOf: received)
    }
}

/// A thread that can be joined.
private final class MemberThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    private var thread = pthread_t()

    init(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, body)
        precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
    }

    func join() { pthread_join(thread, nil) }
}
