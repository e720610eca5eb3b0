import Glibc

/// Keeps other processes of this host, of this program, out of a folder for as long as it lives.
///
/// It is a `flock` on a file in the folder, which the system releases when its holder ends, however that happens: there
/// are no stale locks. Some file systems cannot lock; then nobody is kept out, and ``isHeld`` says so.
final class FolderLock {
    let isHeld: Bool
    private let descriptor: Int32

    /// Waits until the folder is free.
    ///
    /// - Parameter willWait: called once when somebody else is in there.
    /// - Throws: ``FileError`` (73) when the lock's file cannot be made.
    init(_ folder: String, willWait: () -> Void) throws {
        let path = folder + "/.lock"
        let file = open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw FileError.write(path, "creating it") }
        descriptor = file
        var status = flock(file, LOCK_EX | LOCK_NB)
        if status != 0, errno == EWOULDBLOCK {
            willWait()
            repeat { status = flock(file, LOCK_EX) } while status != 0 && errno == EINTR
        }
        isHeld = status == 0
    }

    // Closing it unlocks it.
    deinit { close(descriptor) }
}
