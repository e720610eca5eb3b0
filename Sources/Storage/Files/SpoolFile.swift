import Glibc

/// A nameless file for data on the way: it vanishes with the process, however that ends.
final class SpoolFile {
    private let descriptor: Int32
    private let folder: String
    private var pending: [UInt8] = []
    private static let bufferSize = 1 << 22

    init(in folder: String) throws {
        self.folder = folder
        let path = AtomicFile.partialPath(for: folder + "/spool")
        let file = AtomicFile.create(path, mode: 0o600)
        guard file >= 0 else { throw FileError.write(path, "creating it") }
        descriptor = file
        unlink(path)
    }

    deinit { close(descriptor) }

    func append(_ bytes: [UInt8]) throws {
        pending += bytes
        if pending.count >= Self.bufferSize { try flush() }
    }

    /// The `count` bytes from `offset`.
    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        try flush()
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + done }, min(count - done, 1 << 26), offset + done)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { throw FileError.read(folder, "reading back the temporary file") }
                done += got
            }
        }
    }

    private func flush() throws {
        try pending.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw FileError.write(folder, "writing a temporary file in it") }
                done += count
            }
        }
        pending.removeAll(keepingCapacity: true)
    }
}
