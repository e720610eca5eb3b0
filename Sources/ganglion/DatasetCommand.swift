import ArgumentParser
import Foundation

/// `ganglion dataset`: makes and examines datasets.
struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Make a dataset of HDF5 shards, or examine one.",
        subcommands: [Import.self, Synthesize.self, Info.self])
}

/// A line that counts up on a terminal, and nothing elsewhere.
struct CountingLine {
    private let verb: String
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var last = Date.distantPast

    init(_ verb: String, total: Int) {
        self.verb = verb
        self.total = total
    }

    mutating func show(_ count: Int) {
        guard isTerminal else { return }
        if count == total {
            write("\r\u{1B}[K")
        } else if count % 16 == 0, Date().timeIntervalSince(last) > 0.1 {
            last = Date()
            write("\r\(verb) \(count) of \(total)")
        }
    }

    /// Clears the line, before a message takes its place.
    func clear() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Seconds with one decimal.
func secondsText(since start: Date) -> String { String(format: "%.1f s", Date().timeIntervalSince(start)) }
