import Synchronization

/// What a rank is doing: which step, and in which operation it waits for others, if it does.
///
/// Written by the threads that work, read by the ``Watchdog`` and for error messages.
public final class ProgressBoard: Sendable {
    /// A moment's state.
    package struct Status: Sendable {
        /// nil before the first step.
        package var step: Int?
        /// The operation in which a thread has waited longest; nil when all work.
        package var operation: String?
        /// Since the wait began, or since the last one ended.
        package var seconds: Double

        package init(step: Int?, operation: String?, seconds: Double) {
            self.step = step
            self.operation = operation
            self.seconds = seconds
        }
    }

    private struct Wait {
        let operation: StaticString
        let start: ContinuousClock.Instant
    }

    private struct State {
        var step: Int?
        var waits: [Int: Wait] = [:]
        var next = 0
        var lastChange = ContinuousClock.now
    }

    private let state = Mutex(State())

    public init() {}

    /// The step that this rank is in; nil before the first.
    public var step: Int? { state.withLock { $0.step } }

    /// Notes that a step begins.
    public func begin(step: Int) {
        state.withLock { state in
            state.step = step
            state.lastChange = .now
        }
    }

    /// Counts every wait anew: time in which this process did not run is nobody's fault.
    package func restart() {
        state.withLock { state in
            state.waits = state.waits.mapValues { Wait(operation: $0.operation, start: .now) }
            state.lastChange = .now
        }
    }

    /// Runs `body`, which waits for other ranks in the operation named.
    package func waiting<Result>(_ operation: StaticString, _ body: () throws -> Result) rethrows -> Result {
        let key = state.withLock { state in
            state.next += 1
            state.waits[state.next] = Wait(operation: operation, start: .now)
            return state.next
        }
        defer {
            state.withLock { state in
                state.waits[key] = nil
                state.lastChange = .now
            }
        }
        return try body()
    }

    package var status: Status {
        state.withLock { state in
            guard let longest = state.waits.values.min(by: { $0.start < $1.start }) else {
                return Status(step: state.step, operation: nil, seconds: state.lastChange.secondsAgo)
            }
            return Status(
                step: state.step, operation: "\(longest.operation)", seconds: longest.start.secondsAgo)
        }
    }
}
