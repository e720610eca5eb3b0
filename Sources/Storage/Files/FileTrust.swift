import Glibc

/// Whether what lies in a folder that others may write to can be relied on.
enum FileTrust {
    /// Why a file or folder is not to be relied on: it is a link, another user's, or can be changed by others.
    ///
    /// - Parameter isFolder: what it should be.
    /// - Returns: what was found, to follow the path in a message; nil when it is fine, or missing.
    static func fault(of path: String, isFolder: Bool) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == (isFolder ? S_IFDIR : S_IFREG) else {
            if status.st_mode & S_IFMT == S_IFLNK { return "is a symbolic link" }
            return isFolder ? "is no folder" : "is no plain file"
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            return "belongs to user \(status.st_uid), not to this one (\(geteuid()))"
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            return "can be written to by others (mode \(String(status.st_mode & 0o7777, radix: 8)))"
        }
        return nil
    }
}
