import Failure
import Foundation
import Storage
import Testing

/// What is no plain file is never opened: a FIFO would make us wait, a device may never end.
@Suite struct FilesTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func onlyPlainFilesAreRead() throws {
        let path = folder.file("a.png")
        let image = testImage(8, 8, 3)
        try ImageFile.write(image, to: path)
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
        for name in [path, folder.file("link")] {
            try Files.requireRegular(name)
            #expect(try ImageFile.read(name) == image)
        }
        #expect(mkfifo(folder.file("fifo.png"), 0o600) == 0)
        let others = [
            (folder.path, "is a folder, expected a file"), (folder.file("fifo.png"), "is a FIFO, expected a file"),
            ("/dev/zero", "is a device, expected a file"),
        ]
        for (name, problem) in others {
            expectError(ExitCode.badData, "\(name): \(problem)") { try Files.requireRegular(name) }
            expectError(ExitCode.badData, "\(name): \(problem)") { _ = try ImageFile.read(name) }
        }
        expectError(ExitCode.missingInput, "none", "No such file") { try Files.requireRegular(folder.file("none")) }
    }
}
