/// A place where threads meet: each leaves its bytes and takes those of all.
final class Rendezvous: Sendable {
    private struct State {
        var left: [[UInt8]?]
        var taken = 0
        var broken: String?
        var isComplete: Bool { !left.contains { $0 == nil } }
    }
    private let monitor: Monitor<State>
    private let size: Int

    init(size: Int) {
        self.size = size
        monitor = Monitor(State(left: Array(repeating: nil, count: size)))
    }

    func exchange(_ bytes: [UInt8], as rank: Int) throws -> [[UInt8]] {
        try monitor.when({ $0.broken != nil || $0.left[rank] == nil }) { state in
            try Self.check(state)
            state.left[rank] = bytes
        }
        return try monitor.when({ $0.broken != nil || $0.isComplete }) { state in
            try Self.check(state)
            let all = state.left.compactMap { $0 }
            state.taken += 1
            if state.taken == size { state = State(left: Array(repeating: nil, count: size)) }
            return all
        }
    }

    /// Lets everyone who waits, or will, fail with this reason.
    func close(_ reason: String) {
        monitor.when({ _ in true }) { state in state.broken = state.broken ?? reason }
    }

    private static func check(_ state: State) throws {
        if let reason = state.broken { throw ClusterError(call: "loopback group", reason: reason) }
    }
}

/// Float messages between threads, in order for each pair.
final class Mailboxes: Sendable {
    private struct State {
        var waiting: [[[Float]]]
        var broken: String?
    }
    private let monitor: Monitor<State>
    private let size: Int

    init(size: Int) {
        self.size = size
        monitor = Monitor(State(waiting: Array(repeating: [], count: size * size)))
    }

    func send(_ values: [Float], from: Int, to: Int) {
        monitor.when({ _ in true }) { $0.waiting[from * size + to].append(values) }
    }

    func receive(from: Int, to: Int) throws -> [Float] {
        let box = from * size + to
        return try monitor.when({ $0.broken != nil || !$0.waiting[box].isEmpty }) { state in
            if let reason = state.broken { throw ClusterError(call: "loopback group", reason: reason) }
            return state.waiting[box].removeFirst()
        }
    }

    func close(_ reason: String) {
        monitor.when({ _ in true }) { state in state.broken = state.broken ?? reason }
    }
}
