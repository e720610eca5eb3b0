import Foundation
import Storage
import TestSupport
import Testing

/// Everything that starts the program itself, alone or under mpirun. One test at a time: the ranks of two jobs would
/// fight for the cores.
@Suite(.serialized) enum EndToEnd {}

/// What starts the program as one process, or as a job that ends as soon as it has read a file. One test at a time beside one
/// of `EndToEnd`, whose ranks wait for each other often enough.
@Suite(.serialized) enum OneProcess {}

/// The program under test.
enum Program {
    /// Runs it to its end; with `ranks` under mpirun, without as a process of its own.
    static func run(_ arguments: [String], ranks: Int? = nil, seconds: Int = 300) throws -> ProcessResult {
        try start(arguments, ranks: ranks, seconds: seconds).wait(seconds: Double(seconds + 10))
    }

    /// Runs two ranks that were given different arguments.
    ///
    /// mpirun has a way of its own for that, colons, but the one of Open MPI 5.0.7 crashes on it.
    static func run(_ arguments: [String], secondRank: [String]) throws -> ProcessResult {
        let choice = """
            program=$0 count=$1; shift
            if [ "$OMPI_COMM_WORLD_RANK" = 0 ]; then exec "$program" "${@:1:count}"; fi
            exec "$program" "${@:count+1}"
            """
        return try MPILauncher.run(
            executable: "/bin/bash", ranks: 2,
            arguments: ["-c", choice, try ChildProcess.product("ganglion"), "\(arguments.count)"] + arguments
                + secondRank, timeout: 300)
    }

    /// Starts it; the handle is that of mpirun where there is one.
    static func start(_ arguments: [String], ranks: Int? = nil, seconds: Int = 300) throws -> ChildProcess {
        let program = try ChildProcess.product("ganglion")
        guard let ranks else { return try ChildProcess([program] + arguments) }
        return try MPILauncher.start(executable: program, ranks: ranks, arguments: arguments, timeout: seconds)
    }
}

/// What `ganglion evaluate --json` has found.
func evaluation(_ result: ProcessResult) throws -> [String: Any] {
    #expect(result.status == 0, "\(result.stderr)")
    let object = try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any]
    return try #require(object?["evaluate"] as? [String: Any])
}

/// Expects an exit code and texts in the output: file or key, what was found, what was expected.
func expect(
    _ result: ProcessResult, status: Int32, says texts: String..., location: SourceLocation = #_sourceLocation
) {
    let output = result.stdout + result.stderr
    #expect(!result.timedOut, "\(output)", sourceLocation: location)
    #expect(result.status == status, "\(output)", sourceLocation: location)
    for text in texts {
        #expect(output.contains(text), "\"\(text)\" is missing in:\n\(output)", sourceLocation: location)
    }
}

/// Expects a job of several ranks to have ended because one was killed, and not because something took too long.
///
/// mpirun says which rank it was. Where another rank misses it before mpirun does, Open MPI 5 ends with that one's 14.
func expectLost(_ rank: Int, _ result: ProcessResult, location: SourceLocation = #_sourceLocation) {
    let output = result.stdout + result.stderr
    #expect(
        !result.timedOut && [137, 14].contains(result.status), "\(result.status): \(output)", sourceLocation: location)
    guard result.status == 137 else { return }
    for text in ["process rank \(rank)", "signal 9"] {
        #expect(output.contains(text), "\"\(text)\" is missing in:\n\(output)", sourceLocation: location)
    }
}

/// Waits until a condition holds; returns whether it did in time.
func eventually(seconds: Double = 120, _ condition: () throws -> Bool) rethrows -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    while try !condition() {
        guard clock.now < deadline else { return false }
        usleep(500)
    }
    return true
}

extension ChildProcess {
    /// The processes of the ranks that this mpirun started on this machine.
    func rankProcesses() -> [Int: pid_t] {
        var found: [Int: pid_t] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            // "PID (name) STATE PARENT …"
            guard let process = pid_t(name),
                let status = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let fields = status.split(separator: ")").last?.split(separator: " "), fields.count > 1,
                pid_t(fields[1]) == pid, let environment = FileManager.default.contents(atPath: "/proc/\(name)/environ")
            else { continue }
            let mark = "OMPI_COMM_WORLD_RANK="
            let variables = environment.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            if let rank = variables.first(where: { $0.hasPrefix(mark) }).flatMap({ Int($0.dropFirst(mark.count)) }) {
                found[rank] = process
            }
        }
        return found
    }
}
