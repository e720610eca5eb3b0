extension String {
    /// An error's message as it may be printed: what a file, a user or another library put into it is shown escaped, and
    /// every line but the first is indented, so that it cannot be taken for a message of its own.
    public init(printing error: any Error) { self.init(printing: (error as? any ExitCoded)?.lines ?? ["\(error)"]) }

    /// The same for a message of several lines.
    public init(printing lines: [String]) {
        self = lines.enumerated().map { index, line in
            let line = line.visible()
            return index == 0 || line.hasPrefix("  ") ? line : "  " + line
        }.joined(separator: "\n")
    }
}
