import Failure
import Foundation
import Storage

/// What a run's `log.txt` says beside its ticks: how it was started, on which machines, what went wrong.
public struct LogDigest: Sendable {
    /// A message, and how often it came.
    public struct Message: Sendable, Equatable {
        public var text: String
        public var first: String
        public var last: String
        public var count: Int

        package init(text: String, first: String, last: String, count: Int = 1) {
            self.text = text
            self.first = first
            self.last = last
            self.count = count
        }
    }

    /// More are counted only.
    package static let most = 40
    private static let longestText = 600

    public private(set) var isThere = false
    public private(set) var lines = 0
    /// When it begins and ends.
    public private(set) var first: String?
    public private(set) var last: String?
    /// One for each start: what was trained, with how many ranks and threads.
    public private(set) var starts: [Message] = []
    /// One for each set of hosts.
    public private(set) var machines: [Message] = []
    public private(set) var warnings: [Message] = []
    public private(set) var errors: [Message] = []
    /// Messages that are not among the above, for want of room.
    public private(set) var leftOut = 0
    public private(set) var problems: [String] = []

    public init() {}

    /// Reads a log of any length.
    public init(file path: String) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        isThere = true
        do {
            let long = try LineFile.read(path, longest: 1 << 16) { add(String(decoding: $0, as: UTF8.self)) }
            if long > 0 { problems.append("\(path): \(long) lines that are too long are left out") }
        } catch {
            problems.append("\(error)")
        }
    }

    private mutating func add(_ line: String) {
        guard let space = line.firstIndex(of: " "), Self.isTime(line[..<space]) else { return }
        lines += 1
        let time = String(line[..<space])
        first = first ?? time
        last = time
        let rest = line[line.index(after: space)...]
        for (word, list) in [("warning ", \LogDigest.warnings), ("error ", \.errors)] where rest.hasPrefix(word) {
            return add(String(rest.dropFirst(word.count)), time, to: list)
        }
        guard rest.hasPrefix("info ") else { return }
        let text = String(rest.dropFirst("info ".count))
        if text.hasPrefix("machines: ") {
            add(String(text.dropFirst("machines: ".count)), time, to: \.machines)
        } else if text.contains(" rank"), text.contains(" thread"), text.contains("; run ") {
            add(text, time, to: \.starts)
        }
    }

    private mutating func add(_ text: String, _ time: String, to list: WritableKeyPath<LogDigest, [Message]>) {
        let text = text.count > Self.longestText ? text.prefix(Self.longestText) + "…" : text
        if let place = self[keyPath: list].firstIndex(where: { $0.text == text }) {
            self[keyPath: list][place].count += 1
            self[keyPath: list][place].last = time
        } else if self[keyPath: list].count < Self.most {
            self[keyPath: list].append(Message(text: text, first: time, last: time))
        } else {
            leftOut += 1
        }
    }

    /// "2025-01-31T12:00:00Z"
    private static func isTime(_ text: Substring) -> Bool {
        let form = "0000-00-00T00:00:00Z".utf8
        return text.utf8.count == form.count
            && zip(text.utf8, form).allSatisfy { $1 == UInt8(ascii: "0") ? $0 >= 48 && $0 <= 57 : $0 == $1 }
    }
}
