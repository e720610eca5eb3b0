import Foundation
import Synchronization
import TestSupport

/// Runs cases, and keeps what failed.
public struct FuzzRunner: Sendable {
    /// What came of one case.
    public struct Outcome: Sendable {
        public let kind: FuzzKind
        public let seed: UInt64
        public let verdict: Verdict
        /// What was changed.
        public let change: String
        /// Why the verdict is what it is.
        public let reason: String
        /// The command that it belongs to.
        public let command: String
        public let output: String
        /// Where the case's files were kept.
        public var kept: String?

        /// How to see it again.
        public var reproduction: String { "cluster/fuzz --kind \(kind.rawValue) --seed \(seed) --cases 1 --keep DIR" }

        /// Kind, seed, command and what happened.
        public var description: String {
            """
            \(verdict.rawValue): \(kind.rawValue), seed \(seed): \(reason)
              changed: \(FuzzRunner.shown(change, 600))
              command: \(FuzzRunner.shown(command, 600))
              output:  \(FuzzRunner.shown(String(output.suffix(1200)), 1200))
              again:   \(reproduction)
            """
        }
    }

    /// What the program finds in its environment, whatever stands in ours.
    package static let environment: [String: String] = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "SWIFT_BACKTRACE": "enable=no",
    ]

    public let program: String
    public let scripts: String
    private let guardian: String
    public var limits = FuzzLimits()
    /// Where the files of failing cases are kept, each in a folder of its own; nil for nowhere.
    public var keep: String?
    /// Shows where a crash happened, which takes seconds each.
    public var tracesCrashes = false
    package let originals: Originals
    private let standIns: StandIns

    /// - Parameters:
    ///   - program: the built `ganglion`.
    ///   - scripts: the folder `cluster`.
    ///   - guardian: the built `FuzzGuard`.
    public init(program: String, scripts: String, guardian: String) throws {
        self.program = program
        self.scripts = scripts
        self.guardian = guardian
        originals = try Originals(program: program, guardian: guardian)
        standIns = try StandIns(FuzzedProcess(guardian: guardian, limits))
    }

    /// The case of a seed.
    public func trial(_ kind: FuzzKind, seed: UInt64) -> Trial { kind.trial(seed: seed, originals) }

    /// Runs the case of a seed.
    ///
    /// - Throws: ``FuzzError`` when the machine, not the program, is at fault.
    public func run(_ kind: FuzzKind, seed: UInt64) throws -> Outcome {
        try run(kind.trial(seed: seed, originals), kind, seed: seed)
    }

    func run(_ trial: Trial, _ kind: FuzzKind, seed: UInt64) throws -> Outcome {
        let scratch = try Scratch()
        let folder = scratch.path
        try Self.write(trial, to: folder)
        var (verdict, reason, command, output) = (Verdict.accepted, "", "", "")
        for step in trial.commands {
            let words = step.script.isEmpty ? [Array(program.utf8)] : step.script.map { Array($0.utf8) }
            var arguments = words + step.arguments
            var environment = Self.environment
            if !step.script.isEmpty {
                arguments[0] = Array("\(scripts)/\(step.script[0])".utf8)
                environment["PATH"] = standIns.folder + ":" + (environment["PATH"] ?? "")
            }
            let ended = try FuzzedProcess(guardian: guardian, limits).run(
                arguments, in: folder, environment: environment, output: scratch.outer + "/output")
            let (found, why) = Verdict.judge(ended, step, folder)
            if command.isEmpty || found.isFailure || verdict == .accepted {
                (verdict, reason, output) = (found, why, ended.output)
                command = arguments.map { Self.quoted($0) }.joined(separator: " ")
            }
            if found.isFailure {
                if tracesCrashes, found == .crash {
                    try Self.write(trial, to: folder)
                    environment["SWIFT_BACKTRACE"] =
                        "enable=yes,color=no,limit=14,threads=crashed,images=none,interactive=no"
                    output += try FuzzedProcess(guardian: guardian, limits).run(
                        arguments, in: folder, environment: environment, output: scratch.outer + "/output"
                    ).output
                }
                break
            }
        }
        var outcome = Outcome(
            kind: kind, seed: seed, verdict: verdict, change: trial.change, reason: reason, command: command,
            output: output)
        if verdict.isFailure, let keep { outcome.kept = try Self.keep(trial, outcome, below: keep) }
        return outcome
    }

    /// Runs the cases of consecutive seeds on some threads at once, and calls `each` with every outcome, one at a time.
    public func run(
        _ kinds: [FuzzKind], seeds: Range<UInt64>, jobs: Int, until isOver: @Sendable () -> Bool = { false },
        each: @Sendable (Outcome) -> Void
    ) throws {
        let next = Mutex((seed: seeds.lowerBound, kind: 0))
        let failure = Mutex<(any Error)?>(nil)
        let turn = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: max(1, jobs)) { _ in
            while !isOver(), failure.withLock({ $0 == nil }) {
                let chosen = next.withLock { position -> (FuzzKind, UInt64)? in
                    guard position.seed < seeds.upperBound, !kinds.isEmpty else { return nil }
                    defer {
                        position.kind += 1
                        if position.kind == kinds.count { position = (position.seed + 1, 0) }
                    }
                    return (kinds[position.kind], position.seed)
                }
                guard let (kind, seed) = chosen else { return }
                do {
                    let outcome = try run(kind, seed: seed)
                    turn.withLock { _ in each(outcome) }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    // MARK: Files

    private static func write(_ trial: Trial, to folder: String) throws {
        try? FileManager.default.removeItem(atPath: folder)
        mkdir(folder, 0o755)
        for (path, entry) in trial.entries {
            let file = folder + "/" + path
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            let status: Int32
            switch entry {
            case .bytes(let bytes):
                try Data(bytes).write(to: URL(fileURLWithPath: file))
                status = 0
            case .link(let target): status = symlink(target, file)
            case .pipe: status = mkfifo(file, 0o644)
            case .folder: status = mkdir(file, 0o755)
            case .hole(let bytes, let size):
                try Data(bytes).write(to: URL(fileURLWithPath: file))
                status = truncate(file, off_t(size))
            }
            guard status == 0 else { throw FuzzError("\(file): \(String(cString: strerror(errno)))") }
        }
    }

    private static func keep(_ trial: Trial, _ outcome: Outcome, below keep: String) throws -> String {
        let folder = "\(keep)/\(outcome.verdict.rawValue)-\(outcome.kind.rawValue)-\(outcome.seed)"
        try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
        try write(trial, to: folder)
        try Data(
            "\(outcome.description)\n\nwhole command, in this folder:\n\(outcome.command)\n\nwhole output:\n\(outcome.output)\n"
                .utf8
        )
        .write(to: URL(fileURLWithPath: folder + "/CASE.txt"))
        return folder
    }

    // MARK: Text

    static func shown(_ text: String, _ limit: Int) -> String {
        let plain = text.unicodeScalars.map { scalar in
            scalar == "\n" || scalar.value >= 0x20 && scalar.value < 0x7F
                ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }.joined()
        let short = plain.count > limit ? String(plain.prefix(limit)) + "…" : plain
        return short.replacing("\n", with: "\n           ")
    }

    /// As bash reads it.
    private static func quoted(_ bytes: [UInt8]) -> String {
        let isPlain =
            !bytes.isEmpty
            && bytes.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || Array("-_./=,:+@".utf8).contains(byte)
            }
        if isPlain { return String(decoding: bytes, as: UTF8.self) }
        return "$'"
            + bytes.prefix { $0 != 0 }.map { byte in
                byte >= 0x20 && byte < 0x7F && byte != 0x27 && byte != 0x5C
                    ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined() + "'"
    }
}
