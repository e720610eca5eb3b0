import CHDF5
import Failure
import Glibc
import Synchronization

/// The one door to the HDF5 library, which is not re-entrant: every call happens inside ``withLock(_:)``.
enum HDF5Library {
    private static let mutex = Mutex<Bool>(false)

    /// Runs `body` alone in the library. Not to be nested.
    static func withLock<Result: Sendable>(_ body: () throws -> Result) rethrows -> Result {
        try mutex.withLock { started in
            if !started {
                // Shards on network file systems often cannot be locked, and readers never need it. The property for it
                // is not in every HDF5 1.10 and yields to this variable. What a user has set stays.
                setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
                // A background reader may be inside the library when the process ends.
                H5dont_atexit()
                H5open()
                // Files must not lead to others, nor to programs: no link out of a file can be followed from here on,
                // and no filter is searched for among plugins.
                H5Lunregister(H5L_TYPE_EXTERNAL)
                H5PLset_loading_state(0)
                started = true
            }
            // The error stack belongs to the thread, so its printing is silenced on each.
            H5Eset_auto2(0, nil, nil)
            return try body()
        }
    }

    /// What HDF5 says went wrong in its last call on this thread, innermost cause first.
    static func errorMessage() -> String {
        var causes: [String] = []
        let collect: H5E_walk2_t = { _, entry, list in
            if let description = entry?.pointee.desc, let list {
                list.assumingMemoryBound(to: [String].self).pointee.append(String(cString: description))
            }
            return 0
        }
        withUnsafeMutablePointer(to: &causes) { _ = H5Ewalk2(0, H5E_WALK_UPWARD, collect, $0) }
        H5Eclear2(0)
        var distinct: [String] = []
        for cause in causes where !distinct.contains(cause) { distinct.append(cause) }
        return distinct.isEmpty ? "no message from HDF5" : distinct.prefix(3).joined(separator: "; ")
    }
}

/// An HDF5 operation that failed: which file, which operation, and HDF5's own words.
public struct HDF5Error: ExitCoded, CustomStringConvertible {
    /// The file in question.
    public let file: String
    /// What was attempted, for example `reading dataset images`.
    public let operation: String
    /// The cause.
    public let message: String
    public let exitCode: Int32

    public init(file: String, operation: String, message: String, exitCode: Int32 = ExitCode.badData) {
        self.file = file
        self.operation = operation
        self.message = message
        self.exitCode = exitCode
    }

    public var description: String { "\(file): \(operation): \(message)" }
}

/// An HDF5 identifier that closes itself. Lives only inside ``HDF5Library/withLock(_:)``.
struct HDF5Handle: ~Copyable {
    let id: hid_t
    private let close: (hid_t) -> herr_t

    init(_ id: hid_t, close: @escaping (hid_t) -> herr_t) {
        self.id = id
        self.close = close
    }

    deinit { if id >= 0 { _ = close(id) } }
}
