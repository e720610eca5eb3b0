import Failure
import Glibc

/// Reading folders and whole files with plain system calls.
package enum Files {
    /// Whether something stands at `path`; also where the system cannot tell, so that opening it says why.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0 || errno != ENOENT && errno != ENOTDIR
    }

    /// Whether a folder stands at `path`.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Refuses whatever is no plain file: folders, FIFOs, which would make us wait for ever, sockets and devices, which
    /// may never end. A link to a file will do.
    ///
    /// - Throws: ``FileError``: 66 when nothing is there, 65 when it is of another kind.
    package static func requireRegular(_ path: String) throws {
        guard let kind = FileKind(at: path) else { throw FileError.read(path, "looking at it") }
        try require(kind, path)
    }

    fileprivate static func require(_ kind: FileKind, _ path: String) throws {
        if let problem = kind.problem { throw FileError(path: path, badData: problem) }
    }

    /// Whether a folder is another one, or lies somewhere in it.
    static func isFolder(_ inner: String, in outer: String) -> Bool {
        func real(_ path: String) -> String? {
            guard let found = realpath(path, nil) else { return nil }
            defer { free(found) }
            return String(cString: found)
        }
        guard let inner = real(inner), let outer = real(outer) else { return false }
        return inner == outer || inner.hasPrefix(outer == "/" ? outer : outer + "/")
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
    package static func names(in folder: String) throws -> [String] {
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

    /// Whether two paths lead to one and the same file or folder.
    package static func areSame(_ first: String, _ second: String) -> Bool {
        var (a, b) = (stat(), stat())
        return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino
    }

    /// The bytes that files of these sizes take up in a folder's file system, and those that are free in it for us.
    static func space(for sizes: [Int], in folder: String) throws -> (needed: Int, free: Int) {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { throw FileError.write(folder, "asking for its free space") }
        let block = max(1, Int(status.f_frsize))
        let needed = sizes.reduce(0) { $0 + ($1 + block - 1) / block * block }
        return (needed, Int(status.f_bavail) * block)
    }

    /// A number of bytes for people: "512 bytes", "1.5 MB".
    package static func text(bytes: Int) -> String {
        guard bytes >= 1000 else { return "\(bytes) bytes" }
        var (value, unit) = (Double(bytes) / 1000, 0)
        while value >= 999.95, unit < 3 { (value, unit) = (value / 1000, unit + 1) }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(["kB", "MB", "GB", "TB"][unit])"
    }

    /// Removes a file; one that is missing already is no error.
    ///
    /// - Throws: ``FileError`` (73).
    package static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError.write(path, "removing the file") }
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

    /// The last line of a file that is not empty, if it is no longer than 64 KB; nil where there is none.
    package static func lastLine(of path: String) throws -> String? {
        let reader = try FileReader(path)
        let size = try reader.size
        let count = min(size, 1 << 16)
        let lines = try reader.read(count, at: size - count).split(separator: UInt8(ascii: "\n"))
        guard let last = lines.last, count == size || last.count < count else { return nil }
        return String(decoding: last, as: UTF8.self)
    }

    /// The bytes of a file, or the first `limit` of them.
    static func bytes(_ path: String, limit: Int = .max) throws -> [UInt8] {
        let reader = try FileReader(path)
        return try reader.read(upTo: min(limit, size(path) ?? limit))
    }
}

/// A file read from front to back by one owner, or anywhere by many.
final class FileReader: Sendable {
    let path: String
    private let descriptor: Int32

    /// - Throws: ``FileError``: 66 when it cannot be opened, 65 when it is no plain file.
    init(_ path: String) throws {
        self.path = path
        // Looking first, since to open a device can do something; and once more, since it may have been replaced.
        if let kind = FileKind(at: path) { try Files.require(kind, path) }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw FileError.read(path, "opening") }
        do {
            guard let kind = FileKind(of: file) else { throw FileError.read(path, "looking at it") }
            try Files.require(kind, path)
        } catch {
            close(file)
            throw error
        }
        // Not before: what is complete when an error is thrown is closed, and once is enough.
        descriptor = file
    }

    deinit { close(descriptor) }

    /// Bytes in the file.
    var size: Int {
        get throws {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw FileError.read(path, "reading its size") }
            return Int(status.st_size)
        }
    }

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

    /// Fills `buffer` with the next bytes, and returns how many there were: fewer at the end of the file, then none.
    func read(into buffer: inout [UInt8]) throws -> Int {
        try buffer.withUnsafeMutableBytes { try read(into: $0) }
    }

    func read(into bytes: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < bytes.count {
            let got = Glibc.read(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw FileError.read(path, "reading") }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// The bytes of `range`, all of them, piece by piece, wherever reading stands.
    func read(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) throws {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 22) {
            try read(min(range.upperBound - start, 1 << 22), at: start).withUnsafeBytes(body)
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
