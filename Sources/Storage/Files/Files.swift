import Glibc

/// Reading folders and whole files with plain system calls.
package enum Files {
    /// Whether something stands at `path`; also where the system cannot tell, so that opening it says why.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0 || errno != ENOENT && errno != ENOTDIR
    }

    /// Whether a folder stands at `path`.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The size of a file in bytes, or nil when it is missing.
    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// When a file was last written, in seconds; 0 when it is missing.
    static func modified(_ path: String) -> Double {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
    }

    /// The names in a folder, sorted bytewise.
    static func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else { throw FileError.read(folder, "listing the folder") }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // At the end of a folder readdir leaves errno alone.
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw FileError.read(folder, "listing the folder") }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// Makes a folder and its parents.
    package static func makeFolder(_ path: String) throws {
        if isFolder(path) { return }
        let parent = AtomicFile.split(path).folder
        if parent != path, !exists(parent) { try makeFolder(parent) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST && isFolder(path) else {
            throw FileError.write(path, "making the folder")
        }
    }

    /// The bytes of a file, or the first `limit` of them.
    static func bytes(_ path: String, limit: Int = .max) throws -> [UInt8] {
        let reader = try FileReader(path)
        return try reader.read(upTo: min(limit, size(path) ?? limit))
    }
}

/// A file read from front to back.
final class FileReader {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.read(path, "opening") }
    }

    deinit { close(descriptor) }

    /// The next `count` bytes, fewer at the end of the file.
    func read(upTo count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + done }, min(count - done, 1 << 26))
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw FileError.read(path, "reading") }
                if got == 0 { break }
                done += got
            }
        }
    }

    /// The `count` bytes from `offset`, all of them, wherever reading stands.
    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + done }, min(count - done, 1 << 26), offset + done)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw FileError.read(path, "reading") }
                guard got > 0 else {
                    throw DatasetError.badData("\(path): ends before byte \(offset + count): it is cut short")
                }
                done += got
            }
        }
    }
}
