import Failure
import Foundation
import Storage
import Testing

/// A folder that is gone when the test ends.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "ganglion-storage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

/// The error that `body` throws, with its message and exit code.
func caught(_ body: () throws -> Void) -> (message: String, exitCode: Int32)? {
    do {
        try body()
        return nil
    } catch let error as any ExitCoded {
        return ("\(error)", error.exitCode)
    } catch {
        return ("\(error)", -1)
    }
}

/// Expects an error with this exit code whose message has all of `parts`.
func expectError(
    _ exitCode: Int32, _ parts: String..., location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    guard let error = caught(body) else {
        Issue.record("no error, expected exit code \(exitCode) and \(parts)", sourceLocation: location)
        return
    }
    #expect(error.exitCode == exitCode, "\(error.message)", sourceLocation: location)
    for part in parts {
        #expect(error.message.contains(part), "\"\(error.message)\" lacks \"\(part)\"", sourceLocation: location)
    }
}

/// Runs Python and returns its standard output, or nil when it fails.
func python(_ script: String) -> String? { run(interpreter ?? "python3", script) }

/// A Python that has h5py: the first in PATH, or the distribution's, for which `cluster/setup --tests` installs it.
private let interpreter = ["python3", "/usr/bin/python3"].first { name in
    run(name, "import importlib.util as u, sys; sys.exit(u.find_spec('h5py') is None)") != nil
}

private func run(_ interpreter: String, _ script: String) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [interpreter, "-c", script]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.standardError
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
}

/// Whether Python has h5py, an independent reader and writer of HDF5.
let hasH5py = interpreter != nil

/// The folder of golden files: `GANGLION_GOLDEN`, or `Tests/Golden`.
let goldenFolder =
    ProcessInfo.processInfo.environment["GANGLION_GOLDEN"]
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden").path
