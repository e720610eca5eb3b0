import CHDF5
import Failure
import Glibc

/// An HDF5 file, open for reading, or built in memory.
///
/// Files are never written by HDF5 itself: a failed write (a full disk) can leave the library unable to close its own
/// file. They are built in memory, and ``withImage(_:)`` hands out the finished bytes to be written with plain system
/// calls. Safe to use from any thread; calls take turns.
public final class HDF5File: @unchecked Sendable {
    /// The path opened, or the name given to a file in memory; used in messages.
    public let path: String
    // Only touched inside HDF5Library.withLock, which makes the class Sendable.
    var id: hid_t
    private let isInMemory: Bool
    /// Bytes of a file on disk.
    let size: Int?

    /// Opens a file for reading, without locking it, once ``HDF5Surveyor`` has looked through it.
    ///
    /// - Throws: ``HDF5Error`` with exit code 66 when the file is missing, 65 when it is no HDF5 file, cut short, damaged or
    ///   forged, or when what it holds is in other files.
    public convenience init(reading path: String) throws {
        try HDF5Surveyor.survey([path])
        try self.init(unsurveyed: path)
    }

    /// Opens a file that nobody has looked through.
    init(unsurveyed path: String) throws {
        self.path = path
        isInMemory = false
        size = Files.size(path)
        id = try HDF5Library.withLock {
            let file = H5Fopen(path, ch5_acc_rdonly(), 0)
            if file < 0 {
                let cause = HDF5Library.errorMessage()
                throw HDF5Error(
                    file: path, operation: "opening as HDF5",
                    message: cause.contains("unable to lock")
                        ? "\(cause). Set HDF5_USE_FILE_LOCKING=FALSE: readers need no locks"
                        : "\(cause). It is not an HDF5 file, or is cut short")
            }
            return file
        }
    }

    /// Starts an empty file in memory.
    ///
    /// - Parameters:
    ///   - name: what messages call it, usually the path that it will be written to.
    ///   - growth: bytes by which the memory grows when it is full.
    public init(inMemory name: String, growth: Int = 1 << 22) throws {
        path = name
        isInMemory = true
        size = nil
        id = try HDF5Library.withLock {
            let access = HDF5Handle(H5Pcreate(ch5_file_access()), close: H5Pclose)
            let creation = HDF5Handle(H5Pcreate(ch5_file_create()), close: H5Pclose)
            // Without times, equal contents make equal files.
            H5Pset_obj_track_times(creation.id, false)
            // The 1.8 format checksums its metadata, holds attributes above 64 KB, and carries no open-for-writing mark.
            guard H5Pset_fapl_core(access.id, growth, false) >= 0,
                H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0
            else {
                throw HDF5Error(
                    file: name, operation: "creating in memory", message: HDF5Library.errorMessage(),
                    exitCode: ExitCode.cannotWrite)
            }
            // The core driver refuses a name that is open already, even though nothing is ever written under it.
            let unique = "\(name)#\(HDF5File.nextImage())"
            let file = H5Fcreate(unique, ch5_acc_excl(), creation.id, access.id)
            if file < 0 {
                throw HDF5Error(
                    file: name, operation: "creating in memory", message: HDF5Library.errorMessage(),
                    exitCode: ExitCode.cannotWrite)
            }
            return file
        }
    }

    deinit { close() }

    /// Closes the file; datasets taken from it must be gone by then. Closing twice is harmless.
    public func close() {
        HDF5Library.withLock {
            if id >= 0 { H5Fclose(id) }
            id = -1
        }
    }

    /// Calls `body` with the bytes of a finished file in memory, without copying them.
    ///
    /// No other call may be made on this file meanwhile.
    public func withImage<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        precondition(isInMemory, "HDF5File.withImage: \(path) was opened from disk")
        let (address, count) = try HDF5Library.withLock { () throws -> (UInt, Int) in
            var memory: UnsafeMutableRawPointer?
            guard H5Fflush(id, H5F_SCOPE_GLOBAL) >= 0, H5Fget_vfd_handle(id, 0, &memory) >= 0, let memory else {
                throw failure("finishing", ExitCode.cannotWrite)
            }
            let count = H5Fget_file_image(id, nil, 0)
            guard count > 0 else { throw failure("finishing", ExitCode.cannotWrite) }
            // The core driver hands out the address of its pointer to the memory.
            return (UInt(bitPattern: memory.load(as: UnsafeRawPointer.self)), count)
        }
        return try body(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
    }

    /// Writes a finished file in memory to `path`, whole or not at all.
    ///
    /// - Throws: an ``ExitCoded`` error with code 73, when the disk is full for example.
    public func save(to path: String) throws { try withImage { try AtomicFile.write([$0], to: path) } }

    /// The paths of all datasets, sorted within each group, without a leading slash.
    public func datasetPaths(under group: String = "/") throws -> [String] {
        try HDF5Library.withLock {
            var paths: [String] = []
            try walk(group) { path, type in if type == H5I_DATASET { paths.append(path) } }
            return paths
        }
    }

    /// The paths of all groups below `group`, without a leading slash.
    public func groupPaths(under group: String = "/") throws -> [String] {
        try HDF5Library.withLock {
            var paths: [String] = []
            try walk(group) { path, type in if type == H5I_GROUP { paths.append(path) } }
            return paths
        }
    }

    /// Whether a dataset or group exists at `path`.
    public func contains(_ path: String) -> Bool {
        HDF5Library.withLock { exists(path) }
    }

    // MARK: Inside the lock

    func exists(_ path: String) -> Bool {
        // HDF5 only answers for a link whose parents exist.
        var prefix = ""
        for component in path.split(separator: "/") {
            prefix += (prefix.isEmpty ? "" : "/") + component
            if H5Lexists(id, prefix, 0) <= 0 {
                H5Eclear2(0)
                return false
            }
        }
        return true
    }

    func failure(_ operation: String, _ exitCode: Int32 = ExitCode.badData) -> HDF5Error {
        HDF5Error(file: path, operation: operation, message: HDF5Library.errorMessage(), exitCode: exitCode)
    }

    private func walk(_ group: String, visit: (String, H5I_type_t) -> Void) throws {
        let root = group.split(separator: "/").joined(separator: "/")
        let handle = HDF5Handle(H5Gopen2(id, root.isEmpty ? "/" : root, 0), close: H5Gclose)
        guard handle.id >= 0 else { throw failure("listing group \(group)") }
        var visits = 0
        try walk(handle, root, depth: 0, visits: &visits, visit)
    }

    private func walk(
        _ group: borrowing HDF5Handle, _ path: String, depth: Int, visits: inout Int,
        _ visit: (String, H5I_type_t) -> Void
    ) throws {
        for link in try links(of: group, at: path) {
            let child = path.isEmpty ? link.name : path + "/" + link.name
            visits += 1
            guard depth < HDF5Survey.deepest, visits <= HDF5Survey.mostPaths else {
                throw HDF5Error(file: self.path, operation: "listing \(path)", message: "it holds too many groups")
            }
            let object = HDF5Handle(H5Oopen(group.id, link.name, 0), close: H5Oclose)
            guard object.id >= 0 else { throw failure("opening \(child)") }
            let type = H5Iget_type(object.id)
            // A path to a group may lead back to one that holds it.
            guard link.isHard || type == H5I_DATASET else { continue }
            visit(child, type)
            if type == H5I_GROUP { try walk(object, child, depth: depth + 1, visits: &visits, visit) }
        }
    }

    nonisolated(unsafe) private static var imageCount = 0  // Only inside HDF5Library.withLock.

    private static func nextImage() -> Int {
        imageCount += 1
        return imageCount
    }
}
