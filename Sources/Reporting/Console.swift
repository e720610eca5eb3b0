import Failure
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The terminal, or the file it was redirected to, shared by messages and one rewritten line.
///
/// On a terminal a message moves the rewritten line down; elsewhere every line is simply printed.
public final class Console: Sendable {
    /// Standard output.
    public static let standard = Console(isTerminal: isatty(STDOUT_FILENO) == 1, columns: terminalColumns) { text in
        Console.writeAll(text, to: STDOUT_FILENO)
    }

    /// Standard error.
    public static let error = Console(isTerminal: false, columns: { nil }) { text in
        Console.writeAll(text, to: STDERR_FILENO)
    }

    /// Whether lines can be rewritten.
    public let isTerminal: Bool
    private let columns: @Sendable () -> Int?
    private let output: @Sendable (String) -> Void
    /// The line that is rewritten, empty for none.
    private let status = Mutex("")

    /// - Parameters:
    ///   - isTerminal: Whether lines can be rewritten.
    ///   - columns: Width of the terminal, asked before each rewriting.
    ///   - output: Takes the text.
    public init(
        isTerminal: Bool, columns: @escaping @Sendable () -> Int? = { nil },
        output: @escaping @Sendable (String) -> Void
    ) {
        self.isTerminal = isTerminal
        self.columns = columns
        self.output = output
    }

    /// Prints a line that stays; line breaks and control characters in it are shown as escapes.
    public func print(_ line: String) {
        let line = line.visible()
        status.withLock { status in
            output(status.isEmpty ? line + "\n" : "\r\u{1B}[K\(line)\n\(status)")
        }
    }

    /// Shows the progress line: in place of the former one on a terminal, below it elsewhere.
    public func progress(_ line: String) {
        let line = line.visible()
        status.withLock { status in
            guard isTerminal else {
                output(line + "\n")
                return
            }
            // A line longer than the terminal would wrap, and could not be rewritten.
            status = columns().map { String(line.prefix(max(1, $0 - 1))) } ?? line
            output("\r\u{1B}[K\(status)")
        }
    }

    /// Leaves the progress line where it stands; what follows begins on a new line.
    public func endProgress() {
        status.withLock { status in
            if !status.isEmpty { output("\n") }
            status = ""
        }
    }

    @Sendable private static func terminalColumns() -> Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private static func writeAll(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno != EINTR { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }
}
