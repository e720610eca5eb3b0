#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A text file to which whole lines are appended; each line reaches the system at once.
///
/// Not for use from several threads at a time; owners lock.
final class AppendingFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens or creates the file.
    ///
    /// - Throws: ``ReportingError``.
    init(_ path: String) throws(ReportingError) {
        self.path = path
        // A link that somebody left in a shared folder would lead lines into any file of the user's.
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw ReportingError(attempt: "write", path: path, code: errno) }
        // Not before: what is complete is closed when it is given up, and that may come before errno is read.
        descriptor = file
    }

    deinit {
        close(descriptor)
    }

    /// Appends the text as it is; a text that does not fit on the disk leaves no part of itself behind.
    func append(_ text: String) throws(ReportingError) { try append(Array(text.utf8)) }

    /// The same for bytes.
    func append(_ all: [UInt8]) throws(ReportingError) {
        let start = lseek(descriptor, 0, SEEK_END)
        var bytes = all[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                let code = errno
                if code == EINTR { continue }
                if start >= 0 { _ = ftruncate(descriptor, start) }
                throw ReportingError(attempt: "write", path: path, code: code)
            }
            bytes = bytes.dropFirst(written)
        }
    }

    /// Everything in the file.
    func contents() throws(ReportingError) -> [UInt8] { try read(size, at: 0) }

    /// Bytes in the file; a device has none.
    var size: Int { max(0, Int(lseek(descriptor, 0, SEEK_END))) }

    /// So many bytes from an offset on; fewer at the end of the file.
    func read(_ size: Int, at start: Int) throws(ReportingError) -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(size, 65_536))
        // A device has no size and no end.
        while all.count < size {
            let offset = off_t(start + all.count)
            let wanted = min(chunk.count, size - all.count)
            let count = chunk.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, wanted, offset) }
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                throw ReportingError(attempt: "read", path: path, code: code)
            }
            if count == 0 { break }
            all += chunk[..<count]
        }
        return all
    }

    /// Cuts the file off after that many bytes.
    func truncate(to count: Int) throws(ReportingError) {
        guard ftruncate(descriptor, off_t(count)) == 0 else {
            throw ReportingError(attempt: "shorten", path: path, code: errno)
        }
    }
}
