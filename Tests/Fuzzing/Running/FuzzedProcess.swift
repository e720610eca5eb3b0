import Foundation
import TestSupport

/// What a process may use.
public struct FuzzLimits: Sendable {
    /// Seconds of processor time, of all threads together.
    public var processorSeconds = 20
    /// Seconds by the clock: for what waits instead of computing.
    public var seconds = 60.0
    public var memory = 2 << 30

    public init() {}
}

/// How a process ended, and what it said.
public struct EndedProcess: Sendable {
    public enum Ending: Sendable, Equatable {
        case exit(Int32)
        case signal(Int32)
        case overTime(String)
        /// Ended by us.
        case overMemory
    }

    public var ending: Ending
    /// The first pieces of standard output and standard error.
    public var output: String
    /// Resident, of the process or of the largest of those it started and waited for.
    public var peakBytes: Int
    public var isOverMemory: Bool
}

/// Starts a program in a folder of its own, with limits, and waits for its end.
///
/// Not the process that tests otherwise start: this one sets limits, counts memory, and passes bytes that are no text.
public struct FuzzedProcess {
    private let limits: FuzzLimits
    private let guardian: String

    /// - Parameter guardian: the program `FuzzGuard`, which sets limits to itself and then becomes the program to try.
    public init(guardian: String, _ limits: FuzzLimits) {
        self.guardian = guardian
        self.limits = limits
    }

    /// - Parameters:
    ///   - folder: where it starts; it can write only in the folder around this one.
    ///   - output: a file for what it says.
    public func run(
        _ arguments: [[UInt8]], in folder: String, environment: [String: String], output: String
    ) throws -> EndedProcess {
        let place = (folder as NSString).deletingLastPathComponent
        // Nothing that is asked of it needs larger files.
        let limited = [guardian, "\(limits.processorSeconds)", "\(1 << 30)", folder, place].map { Array($0.utf8) }
        unlink(output)
        let pid = try spawn(
            limited + arguments, environment: environment.merging(["TMPDIR": place]) { $1 }, output: output)
        var (status, usage) = (Int32(0), rusage())
        var ending: EndedProcess.Ending?
        let deadline = Self.now() + limits.seconds
        var pause: UInt32 = 1000
        while wait4(pid, &status, WNOHANG, &usage) != pid {
            if Self.residentBytes(pid) > limits.memory { ending = .overMemory }
            if Self.now() > deadline { ending = ending ?? .overTime("not over after \(limits.seconds) s") }
            if ending != nil {
                kill(-pid, SIGKILL)
                while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
                break
            }
            usleep(pause)
            pause = min(5000, pause + 250)
        }
        // What it started and left behind.
        kill(-pid, SIGKILL)
        let number = status & 0x7F
        let natural: EndedProcess.Ending =
            number == 0
            ? .exit(status >> 8 & 0xFF)
            : number == SIGXCPU ? .overTime("over \(limits.processorSeconds) s of processor time") : .signal(number)
        let peak = usage.ru_maxrss * 1024
        return EndedProcess(
            ending: ending ?? natural, output: Self.head(output), peakBytes: peak, isOverMemory: peak > limits.memory)
    }

    private static func residentBytes(_ pid: pid_t) -> Int {
        guard let file = fopen("/proc/\(pid)/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }

    private static func head(_ path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? file.close() }
        // A usage text may come before what matters.
        guard let start = try? file.read(upToCount: 1 << 16) else { return "" }
        let size = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: max(UInt64(start.count), size > 1 << 14 ? size - 1 << 14 : 0))
        let end = (try? file.readToEnd()) ?? Data()
        return String(decoding: start, as: UTF8.self) + String(decoding: end, as: UTF8.self)
    }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}

/// Something without which nothing can be tried.
public struct FuzzError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
