import Failure
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Float32 memory from a pool, given back when the last reference goes.
///
/// Fresh large allocations cost page faults, and a training step asks for the same sizes again and again.
/// The contents of a new buffer are undefined.
public final class Buffer: @unchecked Sendable {
    /// Elements.
    public let count: Int
    /// 64-byte aligned. Only kernels look through it.
    package let pointer: UnsafeMutablePointer<Float>
    private let capacity: Int

    public init(count: Int) {
        self.count = count
        (pointer, capacity) = BufferPool.shared.take(count)
    }

    deinit { BufferPool.shared.give(pointer, capacity) }
}

/// A contiguous part of a buffer.
public struct BufferView: Sendable {
    public private(set) var buffer: Buffer
    public let offset: Int
    public let count: Int

    public init(_ buffer: Buffer) {
        self.init(buffer, offset: 0, count: buffer.count)
    }

    public init(_ buffer: Buffer, offset: Int, count: Int) {
        precondition(
            offset >= 0 && count >= 0 && offset + count <= buffer.count,
            "BufferView: \(offset) + \(count) lies outside a buffer of \(buffer.count)")
        self.buffer = buffer
        self.offset = offset
        self.count = count
    }

    /// A new buffer, contents undefined.
    public init(count: Int) { self.init(Buffer(count: count)) }

    public init(_ values: [Float]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: values.count) }
        }
    }

    /// A copy of the contents.
    public var array: [Float] {
        [Float](unsafeUninitializedCapacity: count) { target, initialized in
            if let base = target.baseAddress { base.initialize(from: pointer, count: count) }
            initialized = count
        }
    }

    /// Gives back to the system the memory of buffers that are no more, which is kept for those to come: after work of
    /// another kind, whose sizes will not come again.
    public static func giveBackUnused() { BufferPool.shared.trim() }

    /// Whether no other view has the buffer, so that nobody can see its contents change.
    public mutating func isUnshared() -> Bool { isKnownUniquelyReferenced(&buffer) }

    /// A part of this view.
    public func slice(_ start: Int, _ length: Int) -> BufferView {
        precondition(start >= 0 && start + length <= count, "BufferView: slice \(start) + \(length) of \(count)")
        return BufferView(buffer, offset: offset + start, count: length)
    }

    /// Direct access to the elements, for input, output and communication.
    public func withUnsafeElements<Result>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeMutableBufferPointer(start: pointer, count: count))
    }

    package var pointer: UnsafeMutablePointer<Float> { buffer.pointer + offset }
}

/// Free blocks by size class (eight to each power of two).
final class BufferPool: Sendable {
    static let shared = BufferPool()

    private struct State: @unchecked Sendable {
        var blocks: [Int: [UnsafeMutableRawPointer]] = [:]

        /// A free block of the class, or of a larger one up to twice the size: phases that follow one another have
        /// other sizes, and each class on its own would keep the most that any of them needed.
        mutating func takeBlock(_ wanted: Int) -> (address: UInt, capacity: Int)? {
            var capacity = wanted
            while capacity <= 2 * wanted {
                if let raw = blocks[capacity]?.popLast() { return (UInt(bitPattern: raw), capacity) }
                // Small blocks would use up what large ones need.
                guard wanted >= BufferPool.sharedFrom else { return nil }
                capacity = BufferPool.sizeClass(capacity + 1)
            }
            return nil
        }
    }
    private let state = Mutex(State())

    func take(_ count: Int) -> (UnsafeMutablePointer<Float>, Int) {
        #if SANITIZED
            // As long as asked for and never used again: a step beyond the end, or into what is gone, must be seen.
            let capacity = max(count, 1)
            let reused: (address: UInt, capacity: Int)? = nil
        #else
            let capacity = Self.sizeClass(max(count, 1))
            let reused = state.withLock { state in state.takeBlock(capacity) }
        #endif
        if let reused, let raw = UnsafeMutableRawPointer(bitPattern: reused.address) {
            return (raw.assumingMemoryBound(to: Float.self), reused.capacity)
        }
        var raw: UnsafeMutableRawPointer?
        guard posix_memalign(&raw, 64, capacity * MemoryLayout<Float>.stride) == 0, let raw else {
            OutOfMemory.end("\(capacity * 4) bytes for a tensor; lower `microbatch` or the network's width")
        }
        return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
    }

    func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
        #if SANITIZED
            free(pointer)
            return
        #endif
        let address = UInt(bitPattern: pointer)
        state.withLock { state in
            guard let raw = UnsafeMutableRawPointer(bitPattern: address) else { return }
            state.blocks[capacity, default: []].append(raw)
        }
    }

    /// Gives free blocks back to the system.
    func trim() {
        let blocks = state.withLock { state -> [UInt] in
            defer { state.blocks = [:] }
            return state.blocks.values.joined().map { UInt(bitPattern: $0) }
        }
        for address in blocks { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Blocks of so many elements and more may serve smaller requests.
    private static let sharedFrom = 1 << 16

    static func sizeClass(_ count: Int) -> Int {
        if count <= 128 { return (count + 15) & ~15 }
        let step = 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount - 3)
        return (count + step - 1) & ~(step - 1)
    }
}
