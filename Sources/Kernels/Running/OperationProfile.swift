import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Where time goes, operation by operation: what each public entry point of the kernels took.
///
/// Off until a thread calls `start`, and then for the operations of that thread only: a profile is that of one rank's
/// main thread, whose operations have all workers. Off, an operation pays for a load and a branch. On, it pays for two
/// looks at the clock and a line in a list, a tenth of a microsecond; shapes are only kept, and added up in `take`.
///
/// An operation inside an operation is a part of the outer one and not counted again.
///
/// ```swift
/// OperationProfile.start()
/// defer { OperationProfile.stop() }
/// train()
/// for line in OperationProfile.take().lines { print(line.kind, line.shape, line.seconds) }
/// ```
public enum OperationProfile {
    /// All calls of one operation on one shape in one part of the work.
    public struct Line: Sendable {
        public let kind: OperationKind
        public let shape: OperationShape
        /// What was given to `enter`.
        public let part: Int?
        public fileprivate(set) var calls = 0
        public fileprivate(set) var seconds = 0.0
        /// Floating-point operations of the direct method; 0 where it has none worth counting.
        public fileprivate(set) var arithmetic = 0
        /// Read and written, each operand once. What a method reads again, or keeps in between, is not in it.
        public fileprivate(set) var bytes = 0
    }

    /// What was recorded between two calls of `take`.
    public struct Log: Sendable {
        /// In no order.
        public fileprivate(set) var lines: [Line] = []
        /// How long each part of the work took, its operations and what lies between them.
        public fileprivate(set) var seconds: [Int: Double] = [:]
    }

    /// Threads that record: usually none, and all that an operation looks at then.
    private static let recorders = Atomic<Int>(0)

    /// Begins to record the operations of this thread, which is also the one to stop it.
    public static func start() {
        precondition(Recorder.current == nil, "OperationProfile: this thread records already")
        Recorder.current = Recorder()
        recorders.add(1, ordering: .relaxed)
    }

    /// Ends what `start` began; what was not taken is gone.
    public static func stop() {
        precondition(Recorder.current != nil, "OperationProfile: this thread does not record")
        Recorder.current = nil
        recorders.subtract(1, ordering: .relaxed)
    }

    /// What this thread recorded since the last call; the current part begins anew.
    public static func take() -> Log { Recorder.current?.take() ?? Log() }

    /// What follows on this thread belongs to `part`, whatever that means to the caller; nil for none.
    public static func enter(_ part: Int?) {
        guard recorders.load(ordering: .relaxed) != 0 else { return }
        recordPart(part)
    }

    /// To be called first by an operation; what it returns belongs into `end`.
    @inline(__always)
    static func begin() -> Int {
        guard recorders.load(ordering: .relaxed) != 0 else { return 0 }
        return recordBegin()
    }

    /// To be called last by an operation, in a `defer`. The operation is described only where it is recorded.
    @inline(__always)
    static func end(_ start: Int, _ operation: @autoclosure () -> OperationCall) {
        guard start != 0 else { return }
        recordEnd(start, operation())
    }

    // Out of line, so that there is little code for it in every operation.
    @inline(never)
    private static func recordPart(_ part: Int?) { Recorder.current?.enter(part) }
    @inline(never)
    private static func recordBegin() -> Int { Recorder.current?.begin() ?? 0 }
    @inline(never)
    private static func recordEnd(_ start: Int, _ operation: OperationCall) { Recorder.current?.end(start, operation) }
}

/// What one thread records.
private final class Recorder {
    private struct Event {
        let operation: OperationCall
        let part: Int?
        let nanoseconds: Int
    }

    private struct Key: Hashable {
        let kind: OperationKind
        let shape: OperationShape
        let part: Int?
    }

    private var events: [Event] = []
    private var nanoseconds: [Int: Int] = [:]
    private var part: Int?
    private var partStart = 0
    private var isInside = false

    /// The recorder of this thread; nil for those that do not record.
    static var current: Recorder? {
        get { pthread_getspecific(slot).map { Unmanaged<Recorder>.fromOpaque($0).takeUnretainedValue() } }
        set {
            if let old = pthread_getspecific(slot) { Unmanaged<Recorder>.fromOpaque(old).release() }
            pthread_setspecific(slot, newValue.map { Unmanaged.passRetained($0).toOpaque() })
        }
    }

    private static let slot: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "OperationProfile: no key for what belongs to a thread")
        return key
    }()

    /// Nanoseconds on the monotonic clock, never 0.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    func enter(_ part: Int?) {
        let now = Self.now
        if let old = self.part { nanoseconds[old, default: 0] += now - partStart }
        self.part = part
        partStart = now
    }

    func begin() -> Int {
        if isInside { return 0 }
        isInside = true
        return Self.now
    }

    func end(_ start: Int, _ operation: OperationCall) {
        events.append(Event(operation: operation, part: part, nanoseconds: Self.now - start))
        isInside = false
    }

    func take() -> OperationProfile.Log {
        enter(part)
        var log = OperationProfile.Log()
        log.seconds = nanoseconds.mapValues { Double($0) * 1e-9 }
        var indices: [Key: Int] = [:]
        for event in events {
            let operation = event.operation
            let key = Key(kind: operation.kind, shape: operation.shape, part: event.part)
            let index = indices[key] ?? log.lines.count
            if index == log.lines.count {
                indices[key] = index
                log.lines.append(.init(kind: operation.kind, shape: operation.shape, part: event.part))
            }
            log.lines[index].calls += 1
            log.lines[index].seconds += Double(event.nanoseconds) * 1e-9
            log.lines[index].arithmetic += operation.arithmetic
            log.lines[index].bytes += operation.bytes
        }
        events.removeAll(keepingCapacity: true)
        nanoseconds.removeAll(keepingCapacity: true)
        partStart = Self.now
        return log
    }
}
