import Glibc
import Synchronization

/// Sums gradients over the ranks, one bucket after the other, on a thread of its own, while the caller computes.
///
/// All ranks submit the same buckets in the same order. One thread submits and waits.
public final class SumQueue: Sendable {
    /// What the sums since the last `wait` cost.
    public struct Cost: Sendable, Equatable {
        /// Buckets.
        public var sums = 0
        /// Sent by this rank.
        public var bytes = 0
        /// From the start of each sum to its end, waiting for slower ranks included.
        public var seconds = 0.0
        /// Of these, how long the caller waited: the part that no computation hid.
        public var waitedSeconds = 0.0

        public init() {}

        public static func += (sum: inout Cost, cost: Cost) {
            sum.sums += cost.sums
            sum.bytes += cost.bytes
            sum.seconds += cost.seconds
            sum.waitedSeconds += cost.waitedSeconds
        }
    }

    private struct Bucket: @unchecked Sendable {
        let values: UnsafeMutableBufferPointer<Float>
        let then: @Sendable () -> Void
    }

    private struct State {
        var waiting: [Bucket] = []
        var isSumming = false
        var isClosed = false
        var cost = Cost()
        var failure: (any Error)?
        var isIdle: Bool { waiting.isEmpty && !isSumming }
    }

    private let communicator: any Communicator
    private let isOverlapping: Bool
    private let sum: GradientSum
    private let monitor = Monitor(State())

    /// - Parameter overlaps: whether sums start at once; if not, they are made in `wait`, by the caller.
    public init(_ communicator: any Communicator, compression: GradientSum.Compression = .none, overlaps: Bool = true) {
        self.communicator = communicator
        isOverlapping = overlaps && communicator.size > 1
        sum = GradientSum(compression: compression, urgency: .init(!isOverlapping))
        if isOverlapping {
            let worker = Worker(communicator, sum, monitor)
            DetachedThread.start {
                DetachedThread.wakePromptly()
                worker.run()
            }
        }
    }

    deinit { monitor.when({ _ in true }) { $0.isClosed = true } }

    /// Takes values to be replaced by their sum over the ranks; untouched by others until `wait`. Once a sum has failed,
    /// nothing is summed any more.
    ///
    /// - Parameter then: called when they are, on the thread that summed.
    public func submit(_ values: UnsafeMutableBufferPointer<Float>, then: @escaping @Sendable () -> Void = {}) {
        monitor.when({ _ in true }) { state in
            // After a failed sum the ranks no longer agree on which bucket is next.
            guard state.failure == nil else { return }
            state.waiting.append(Bucket(values: values, then: then))
        }
    }

    /// Returns when all that was submitted is summed.
    ///
    /// - Throws: the error of the first sum that failed.
    public func wait() throws -> Cost {
        let start = ContinuousClock.now
        if isOverlapping {
            sum.urgency.isUrgent = true
        } else {
            let worker = Worker(communicator, sum, monitor)
            while worker.runNext() {}
        }
        defer { sum.urgency.isUrgent = !isOverlapping }
        var cost = try monitor.when({ $0.isIdle }) { state in
            if let failure = state.failure { throw failure }
            defer { state.cost = Cost() }
            return state.cost
        }
        cost.waitedSeconds = start.secondsAgo
        return cost
    }

    /// Does not keep the queue alive, whose end is what ends the thread.
    private struct Worker: Sendable {
        let communicator: any Communicator
        let sum: GradientSum
        let monitor: Monitor<State>

        init(_ communicator: any Communicator, _ sum: GradientSum, _ monitor: Monitor<State>) {
            self.communicator = communicator
            self.sum = sum
            self.monitor = monitor
        }

        func run() {
            while monitor.when({ !$0.waiting.isEmpty || $0.isClosed }, { !$0.waiting.isEmpty }) {
                _ = runNext()
            }
        }

        /// - Returns: whether there was a bucket.
        func runNext() -> Bool {
            let next = monitor.when({ _ in true }) { state -> Bucket? in
                guard !state.waiting.isEmpty else { return nil }
                state.isSumming = true
                return state.waiting.removeFirst()
            }
            guard let next else { return false }
            let start = ContinuousClock.now
            let result = Result {
                try communicator.sumAlongTree(next.values, as: sum)
            }
            if case .success = result { next.then() }
            monitor.when({ _ in true }) { state in
                state.isSumming = false
                switch result {
                case .success(let bytes):
                    state.cost.sums += 1
                    state.cost.bytes += bytes
                case .failure(let error):
                    state.failure = state.failure ?? error
                    state.waiting = []
                }
                state.cost.seconds += start.secondsAgo
            }
            return true
        }
    }
}
