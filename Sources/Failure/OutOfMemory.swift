#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system has no memory left for a computation.
///
/// Kernels cannot throw, and nothing can go on. But it is no fault of the program, so the process ends with a message and
/// an exit code, and a launcher ends the other ranks.
public enum OutOfMemory {
    /// Ends the process with exit code 70.
    ///
    /// - Parameter text: what was wanted, and what to lower.
    public static func end(_ text: String) -> Never {
        let line = Array("error: out of memory: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        // Not exit: other threads are still computing.
        _exit(ExitCode.internalError)
    }
}
