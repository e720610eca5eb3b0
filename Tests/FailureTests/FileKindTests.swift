import Failure
import Foundation
import Testing

@Suite struct FileKindTests {
    @Test func kindsAreToldApart() throws {
        let folder = NSTemporaryDirectory() + "ganglion-kinds-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data().write(to: URL(fileURLWithPath: folder + "/file"))
        #expect(mkfifo(folder + "/fifo", 0o600) == 0)
        let kinds: [(String, FileKind)] = [
            (folder, .folder), (folder + "/file", .file), (folder + "/fifo", .pipe), ("/dev/null", .device),
        ]
        for (path, kind) in kinds { #expect(FileKind(at: path) == kind) }
        #expect(FileKind(at: folder + "/none") == nil)
        #expect(errno == ENOENT)
    }

    @Test func socketsAndPipesThatAreOpen() {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        #expect(FileKind(of: socket) == .socket)
        #expect(FileKind(of: -1) == nil)
    }

    @Test func onlyFilesAreWithoutProblem() {
        for kind in FileKind.allCases { #expect((kind.problem == nil) == (kind == .file)) }
    }
}
