import Glibc

/// What a process left behind.
public struct ProcessResult: Sendable {
    /// Exit code, or 128 + signal.
    public let status: Int32
    public let stdout: String
    public let stderr: String
    public let seconds: Double
    /// Whether it had to be killed because its time was over.
    public let timedOut: Bool
}

public struct ProcessError: Error, CustomStringConvertible {
    public let description: String
}

/// A process with its output going to temporary files, so that no pipe can fill up and block it, and its standard input
/// from /dev/null. It leads a process group of its own and has no signals blocked.
public final class ChildProcess: @unchecked Sendable {
    public let pid: pid_t
    private let folder: String
    private let started = ChildProcess.now()

    /// - Parameter environment: Added to this process's own, from which variables of MPI launchers are removed.
    public init(_ arguments: [String], environment: [String: String] = [:]) throws {
        var template = Array("/tmp/ganglion-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ProcessError(description: "mkdtemp: \(Self.reason(errno))") }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        pid = try spawn(
            arguments.map { Array($0.utf8) }, environment: Self.variables(adding: environment),
            output: folder + "/stdout", errors: folder + "/stderr")
    }

    deinit {
        unlink(folder + "/stdout")
        unlink(folder + "/stderr")
        rmdir(folder)
    }

    /// What it has written so far.
    public var stdout: String { Self.contents(folder + "/stdout") }
    public var stderr: String { Self.contents(folder + "/stderr") }

    public func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits until standard output satisfies a condition; returns whether it did in time.
    public func waitForOutput(seconds: Double = 30, _ condition: (String) -> Bool) -> Bool {
        let deadline = Self.now() + seconds
        while !condition(stdout) {
            guard Self.now() < deadline else { return false }
            usleep(20_000)
        }
        return true
    }

    /// Waits for the end; kills the process group when the time is over. To be called once.
    public func wait(seconds: Double) -> ProcessResult {
        let deadline = started + seconds
        var code: Int32 = 0
        var timedOut = false
        while waitpid(pid, &code, WNOHANG) != pid {
            if Self.now() > deadline {
                timedOut = true
                kill(-pid, SIGKILL)
                waitpid(pid, &code, 0)
                break
            }
            usleep(10_000)
        }
        let signal = code & 0x7f
        return ProcessResult(
            status: signal == 0 ? (code >> 8) & 0xff : 128 + signal, stdout: stdout, stderr: stderr,
            seconds: Self.now() - started, timedOut: timedOut)
    }

    /// Runs a process to its end.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:], timeout: Double = 60
    ) throws -> ProcessResult {
        try ChildProcess(arguments, environment: environment).wait(seconds: timeout)
    }

    /// Whether a process, not necessarily a child, is gone (or only waits to be reaped) within some seconds.
    public static func hasEnded(_ pid: pid_t, seconds: Double) -> Bool {
        let deadline = now() + seconds
        while true {
            // "PID (name) STATE …"; the name may hold anything.
            let state = contents("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ").first
            if state == nil || state == "Z" || state == "X" { return true }
            guard now() < deadline else { return false }
            usleep(20_000)
        }
    }

    /// The path of a product of this package, which lies beside the running test binary.
    public static func product(_ name: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let running = String(decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let path = running.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/" + name
        guard access(path, X_OK) == 0 else {
            throw ProcessError(description: "\(path): no such program; is it a dependency of the test target?")
        }
        return path
    }

    private static func variables(adding extra: [String: String]) -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        let launchers = ["OMPI_", "PMIX_", "PMI_", "ORTE_", "PRTE_", "SLURM_"]
        variables = variables.filter { name, _ in !launchers.contains { name.hasPrefix($0) } }
        return variables.merging(extra) { $1 }
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += block.prefix(count)
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
