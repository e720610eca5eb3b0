import CKernels
import Failure

/// The worker threads of this rank.
///
/// There is never a second level of threads. Work is divided by shape, never by the number of threads, so that results
/// do not depend on it.
public enum Workers {
    /// Starts `threads` threads in all, the caller among them, and flushes denormals on each.
    ///
    /// - Parameter spin: how long a worker polls before it sleeps; 0 where ranks share cores.
    public static func start(threads: Int, spin: Int = 20_000) throws {
        ck_flush_denormals()
        guard ck_pool_start(Int32(threads), Int32(spin)) == 0 else {
            throw WorkersError(requested: threads, started: count)
        }
    }

    public static func stop() { ck_pool_stop() }

    /// Threads that take part in a loop.
    public static var count: Int { Int(ck_pool_threads()) }

    /// Runs `body` for 0 ..< `items`, on all threads, and returns when all are done.
    ///
    /// Who runs which item is left open: a body must write only what belongs to its item. A loop inside a loop runs
    /// in its caller alone.
    @inline(__always)
    public static func forEach(_ items: Int, _ body: (Int) -> Void) {
        if items == 1 || count == 1 {
            for item in 0..<items { body(item) }
            return
        }
        withoutActuallyEscaping(body) { escapable in
            var context = Context(body: escapable)
            withUnsafeMutablePointer(to: &context) { pointer in
                ck_pool_run(
                    { raw, item in
                        raw?.assumingMemoryBound(to: Context.self).pointee.body(Int(item))
                    }, pointer, Int64(items))
            }
        }
    }

    /// Runs `body` on consecutive ranges of `0 ..< count` of at most `grain` elements.
    @inline(__always)
    public static func forEachRange(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        forEach((count + grain - 1) / grain) { item in
            body(item * grain..<min(count, (item + 1) * grain))
        }
    }

    /// Memory for what one item needs in between, contents undefined; valid until the thread asks again.
    ///
    /// It stays with the thread, and so in its cache: buffers from the pool would move from one core to another.
    static func scratch(_ count: Int) -> UnsafeMutablePointer<Float> {
        guard let pointer = ck_scratch(count) else {
            OutOfMemory.end("\(count * 4) bytes for a thread's scratch; lower `threads` or `microbatch`")
        }
        return pointer
    }

    private struct Context {
        let body: (Int) -> Void
    }
}

/// Threads could not be created.
public struct WorkersError: ExitCoded, CustomStringConvertible {
    public var exitCode: Int32 { ExitCode.internalError }
    let requested: Int
    let started: Int
    public var description: String {
        "only \(started) of \(requested) threads could be started; lower `threads` or raise the limit on processes"
    }
}
