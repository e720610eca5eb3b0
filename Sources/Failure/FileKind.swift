#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What stands at a path where a file belongs.
///
/// A FIFO would make whoever opens it wait for a writer, a device may never end, and a folder can be opened but not
/// read. So files that a user or another file names are looked at before they are opened.
public enum FileKind: Sendable, CaseIterable {
    case file, folder, pipe, socket, device

    /// Of what stands at a path, links followed; nil, with the reason in `errno`, where the system cannot tell.
    public init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of what is open; nil, with the reason in `errno`, where the system cannot tell.
    public init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFIFO: self = .pipe
        case S_IFSOCK: self = .socket
        default: self = .device
        }
    }

    /// What is wrong with it where a file is expected; nil for a file.
    public var problem: String? {
        switch self {
        case .file: nil
        case .folder: "is a folder, expected a file"
        case .pipe: "is a FIFO, expected a file: write what comes out of it into one first"
        case .socket: "is a socket, expected a file"
        case .device: "is a device, expected a file"
        }
    }
}
