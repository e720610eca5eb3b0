import Foundation
import Synchronization

/// Help that can be pasted.
///
/// ArgumentParser breaks every line of a help screen that is too long for the terminal. Lines that begin with two spaces
/// are examples here: they stay as they are written, and name the program as it was called.
public enum HelpText {
    /// Lines that stay, each shown to ArgumentParser as one character.
    private static let kept = Mutex<[String]>([])
    /// The first of a block of characters that have no meaning of their own.
    private static let firstMark: UInt32 = 0xE000

    /// What stands in a command's `discussion`.
    public static func text(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("  ") ? keep(String(line).replacing(" ganglion ", with: " \(program) ")) : String(line)
        }.joined(separator: "\n")
    }

    /// A list whose lines all stay as they are.
    public static func list(_ text: String) -> String {
        text.split(separator: "\n").map { keep(String($0)) }.joined(separator: "\n")
    }

    /// A help screen, or another text of ArgumentParser's, as it is shown.
    public static func shown(_ text: String) -> String {
        let lines = kept.withLock { $0 }
        var shown = ""
        for scalar in text.unicodeScalars {
            let index = Int(scalar.value) - Int(firstMark)
            if lines.indices.contains(index) {
                shown += lines[index]
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// The program as it was called, as a shell takes it: `cluster/ganglion`, or `ganglion` where it is in PATH.
    public static let program: String = {
        let name = CommandLine.arguments.first ?? "ganglion"
        let plain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+@%=,:".contains($0)) }
        return plain ? name : "'\(name.replacing("'", with: "'\\''"))'"
    }()

    private static func keep(_ line: String) -> String {
        kept.withLock { lines in
            guard let mark = Unicode.Scalar(firstMark + UInt32(lines.count)) else { return line }
            lines.append(line)
            return String(Character(mark))
        }
    }

    /// Columns of the terminal, as ArgumentParser finds them.
    public static var width: Int {
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 {
            return columns
        }
        var size = winsize()
        let isTerminal = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isTerminal ? Int(size.ws_col) : 80
    }
}
