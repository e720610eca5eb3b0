import Synchronization

/// Appends one JSON object for each line to `stats.jsonl` or `metrics.jsonl`.
///
/// Every line starts with its step, by which a resumed run finds the lines that it will write again.
public final class StatsWriter: Sendable {
    /// Path of the file.
    public let path: String
    /// The first lines of those that were there and stay, a few.
    public let opening: [String]
    private let file: Mutex<AppendingFile>

    /// Opens the file for appending, creating it where it is missing.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - step: The step from which the run goes on: later lines are removed, and those that cannot be read.
    ///     Nil keeps all complete lines.
    /// - Throws: ``ReportingError``.
    public init(file path: String, keepThroughStep step: Int? = nil) throws(ReportingError) {
        self.path = path
        let file = try AppendingFile(path)
        let bytes = try file.contents()
        let kept = Self.keptLength(of: bytes, throughStep: step)
        if kept < bytes.count { try file.truncate(to: kept) }
        opening = bytes[..<kept].split(separator: UInt8(ascii: "\n"), maxSplits: 8).prefix(8)
            .map { String(decoding: $0, as: UTF8.self) }
        self.file = Mutex(file)
    }

    /// Appends one line `{"step": step, …}` and hands it to the system.
    ///
    /// - Throws: ``ReportingError``; the file then ends as it did before.
    public func write(step: Int, _ fields: [JSONField]) throws(ReportingError) {
        let line = JSONValue.object([JSONField("step", step)] + fields).json + "\n"
        let failure = file.withLock { file -> ReportingError? in
            do throws(ReportingError) {
                try file.append(line)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Length of the leading part of the file that stays: whole lines up to the first one beyond the step.
    static func keptLength(of bytes: [UInt8], throughStep step: Int?) -> Int {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: bytes[start..<end], as: UTF8.self)
            guard line.hasPrefix("{"), line.hasSuffix("}") else { return start }
            if let step {
                guard let written = self.step(ofLine: line), written <= step else { return start }
            }
            start = end + 1
        }
        return start
    }

    /// The number after `{"step": `.
    private static func step(ofLine line: String) -> Int? {
        let prefix = "{\"step\":"
        guard line.hasPrefix(prefix) else { return nil }
        return Int(line.dropFirst(prefix.count).drop { $0 == " " }.prefix { $0 != "," && $0 != "}" })
    }
}
