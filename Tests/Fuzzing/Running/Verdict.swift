/// How a case ended.
public enum Verdict: String, CaseIterable, Sendable {
    /// Exit code 0, and nothing says that it should not be.
    case accepted
    /// One of the program's own exit codes, and a message that names what is wrong.
    case refused
    /// One of the program's own exit codes, without a message that names the input.
    case unclear
    /// A signal, a trap, or an exit code that the program does not have.
    case crash
    case hang
    /// More memory than the limit.
    case memory
    /// Exit code 0, although a checksum or a seal could tell that the input was altered.
    case silent

    public var isFailure: Bool { self != .accepted && self != .refused }

    /// Exit codes with which `ganglion` refuses an input; 75, stopped by a signal, is none of them.
    static let refusals: Set<Int32> = [64, 65, 66, 70, 73, 78]

    /// Judges the end of one command.
    public init(_ ended: EndedProcess, of command: Trial.Command, folder: String) {
        self = Self.judge(ended, command, folder).0
    }

    /// The verdict with a reason for those who read about it.
    public static func judge(
        _ ended: EndedProcess, _ command: Trial.Command, _ folder: String
    ) -> (Verdict, reason: String) {
        switch ended.ending {
        case .overMemory: return (.memory, "over the memory limit while it ran")
        case .overTime(let what): return (.hang, what)
        case .signal(let number): return (.crash, "signal \(number)")
        case .exit(let code):
            if ended.isOverMemory { return (.memory, "\(ended.peakBytes >> 20) MB at its peak") }
            if code == 0 {
                if let reason = command.mustRefuse { return (.silent, reason) }
                if let fault = command.inspect?(folder) { return (.silent, fault) }
                return (.accepted, "")
            }
            guard refusals.union(command.codes).contains(code) else { return (.crash, "exit code \(code)") }
            if ended.output.isEmpty { return (.unclear, "exit code \(code) without a word") }
            if ended.output.contains("Fatal error") { return (.unclear, "exit code \(code) with \"Fatal error\"") }
            guard command.names.isEmpty || command.names.contains(where: ended.output.contains) else {
                return (
                    .unclear,
                    "exit code \(code), and the message names none of: \(command.names.joined(separator: ", "))"
                )
            }
            return (.refused, "exit code \(code)")
        }
    }
}
