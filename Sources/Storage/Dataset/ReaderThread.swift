import Foundation

/// A thread that answers requests in order, never more than `depth` ahead.
final class ReaderThread: @unchecked Sendable {
    // The condition guards everything mutable below, which makes the class Sendable.
    private let condition = NSCondition()
    private let depth: Int
    private let makeReader: @Sendable () -> SampleReader
    private var waiting: [SampleRequest] = []
    private var ready: [Result<Minibatch, any Error>] = []
    private var counted = MinibatchReader.Counts()
    private var outstanding = 0
    private var isStopped = false
    private var isFinished = false

    /// - Parameter makeReader: called on the thread, which alone has the reader and its cache.
    init(depth: Int, makeReader: @escaping @Sendable () -> SampleReader) {
        self.depth = max(1, depth)
        self.makeReader = makeReader
    }

    var counts: MinibatchReader.Counts { condition.withLock { counted } }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "ganglion-reader"
        thread.start()
    }

    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
            while !isFinished { condition.wait() }
        }
    }

    func request(_ request: SampleRequest) {
        condition.withLock {
            waiting.append(request)
            outstanding += 1
            condition.broadcast()
        }
    }

    func next() throws -> Minibatch {
        try condition.withLock { () -> Result<Minibatch, any Error> in
            precondition(outstanding > 0, "MinibatchReader.next: nothing was requested")
            while ready.isEmpty { condition.wait() }
            outstanding -= 1
            condition.broadcast()
            return ready.removeFirst()
        }.get()
    }

    private func run() {
        var reader = makeReader()
        while let request = take() {
            let result = Result { try reader.read(request) }
            condition.withLock {
                ready.append(result)
                counted = reader.counts
                condition.broadcast()
            }
        }
        condition.withLock {
            isFinished = true
            condition.broadcast()
        }
    }

    private func take() -> SampleRequest? {
        condition.withLock {
            while !isStopped, waiting.isEmpty || ready.count >= depth { condition.wait() }
            return isStopped ? nil : waiting.removeFirst()
        }
    }
}
