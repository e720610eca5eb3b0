/// One case: files, made of sound ones by changes, and the commands that are to cope with them.
public struct Trial: Sendable {
    /// What stands in the folder in which the commands run, by path.
    public var entries: [(path: String, entry: Entry)] = []
    /// Run one after the other, whatever the earlier ones say.
    public var commands: [Command] = []
    /// What was changed, in a few words.
    public var change = ""

    public init() {}

    /// Something at a path.
    public enum Entry: Sendable {
        case bytes([UInt8])
        case link(String)
        case pipe
        case folder
        /// A file of that size which begins with bytes and goes on with a hole.
        case hole([UInt8], size: Int)
    }

    /// What one start of the program is to do.
    public struct Command: Sendable {
        /// As bytes: what stands on a command line need not be text.
        public var arguments: [[UInt8]]
        /// A message of refusal holds one of these: the name of a file, a key, or an option.
        public var names: [String]
        /// Why exit code 0 would be wrong: what a checksum or a seal must have told. Nil where nothing guards the input.
        public var mustRefuse: String?
        /// Another program than the one under test, with arguments that come before the command's own.
        public var script: [String] = []
        /// Exit codes of refusal besides those of `ganglion`.
        public var codes: Set<Int32> = []
        /// Looks at the folder after an exit with 0; tells what is wrong there.
        public var inspect: (@Sendable (_ folder: String) -> String?)?

        public init(_ arguments: [String], names: [String], mustRefuse: String? = nil) {
            self.arguments = arguments.map { Array($0.utf8) }
            self.names = names
            self.mustRefuse = mustRefuse
        }
    }

    public mutating func add(_ path: String, _ bytes: [UInt8]) { entries.append((path, .bytes(bytes))) }

    /// Adds files with their paths.
    public mutating func add(_ files: [String: [UInt8]]) {
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) { add(path, bytes) }
    }

    /// Puts something in the place of what stands at a path.
    public mutating func replace(_ path: String, with entry: Entry) {
        entries.removeAll { $0.path == path || $0.path.hasPrefix(path + "/") }
        entries.append((path, entry))
    }

    public mutating func replace(_ path: String, with bytes: [UInt8]) { replace(path, with: .bytes(bytes)) }
}
