import Glibc

/// Where paths lead, to tell whether what is written would take the place of what is read.
extension Files {
    /// One file or folder, whatever its names.
    package struct Identity: Hashable {
        private let device: UInt64
        private let number: UInt64

        /// Of what stands at a path, links followed; nil where nothing does.
        package init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    /// A path from the root, without links, `.` and `..`; of what is not there yet as far as it is.
    package static func resolved(_ path: String) -> String {
        if let found = realpath(path.isEmpty ? "." : path, nil) {
            defer { free(found) }
            return String(cString: found)
        }
        var parts = path.split(separator: "/").map(String.init)
        let root = path.hasPrefix("/") ? "/" : ""
        guard let last = parts.popLast() else { return "/" }
        let folder = resolved(root.isEmpty && parts.isEmpty ? "." : root + parts.joined(separator: "/"))
        switch last {
        case ".": return folder
        case "..": return AtomicFile.split(folder).folder
        default: return folder == "/" ? "/" + last : folder + "/" + last
        }
    }

    /// Whether a resolved path is another one, or lies below it.
    package static func isResolved(_ inner: String, in outer: String) -> Bool {
        inner == outer || inner.hasPrefix(outer == "/" ? outer : outer + "/")
    }
}
