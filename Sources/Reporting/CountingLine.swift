import Foundation

/// A line that counts up on a terminal, and nothing elsewhere.
public struct CountingLine {
    private let verb: String
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var last = Date.distantPast

    /// - Parameters:
    ///   - verb: what is being done.
    ///   - total: how often.
    public init(_ verb: String, total: Int) {
        self.verb = verb
        self.total = total
    }

    /// So many are done.
    public mutating func show(_ count: Int) {
        guard isTerminal else { return }
        if count == total {
            write("\r\u{1B}[K")
        } else if count % 16 == 0, Date().timeIntervalSince(last) > 0.1 {
            last = Date()
            write("\r\(verb) \(count) of \(total)")
        }
    }

    /// Clears the line, before a message takes its place.
    public func clear() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
