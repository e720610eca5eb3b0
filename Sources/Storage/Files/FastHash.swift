import CXXHash

/// XXH3 with 64 bits: as fast as memory, and unlike Fletcher-32 it tells zeros from ones. It resists accidents, not
/// forgers.
struct FastHash: ~Copyable {
    // The library allocates it aligned, as it needs it.
    private let state: OpaquePointer

    init() {
        guard let state = XXH3_createState(), XXH3_64bits_reset(state) == XXH_OK else {
            preconditionFailure("FastHash: no memory for a state of some hundred bytes")
        }
        self.state = state
    }

    deinit { XXH3_freeState(state) }

    /// Adds bytes; where one piece ends and the next begins makes no difference.
    mutating func add(_ bytes: UnsafeRawBufferPointer) { XXH3_64bits_update(state, bytes.baseAddress, bytes.count) }

    mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    /// The hash of what was added so far.
    var value: UInt64 { XXH3_64bits_digest(state) }

    /// The hash of one piece.
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 { XXH3_64bits(bytes.baseAddress, bytes.count) }
}
