import Failure
import Glibc
import Synchronization

/// A lock file that this process has made.
final class HeldLock: Sendable {
    let holder: LockHolder
    private let path: String
    private let state: Mutex<State>

    private struct State {
        /// Negative once the lock is released.
        var descriptor: Int32
        /// Where the line stands that shows signs of life.
        var signOffset: Int
        var signs = 0
        /// Why it is lost.
        var loss: LockError?
    }

    /// Makes the lock file.
    ///
    /// - Returns: nil when something stands at `path`.
    /// - Throws: ``FileError`` (73).
    init?(_ path: String, _ holder: LockHolder) throws {
        guard let made = try Self.make(path, holder) else { return nil }
        self.path = path
        self.holder = made.holder
        state = Mutex(State(descriptor: made.descriptor, signOffset: made.holder.head.utf8.count))
    }

    /// Whether it has not been released.
    var isOpen: Bool { state.withLock { $0.descriptor >= 0 } }

    /// Whether the file is still there and names this holder.
    var isOurs: Bool { if case .ours = look() { true } else { false } }

    /// Shows those who watch that the holder lives.
    func giveSign() {
        let copy = state.withLock { state -> Int32 in
            guard state.descriptor >= 0 else { return -1 }
            state.signs = (state.signs + 1) % 1_000_000_000_000
            // A file that others have removed stays this process's own: what was put in its place is never written to.
            Self.write(LockHolder.sign(state.signs), at: state.signOffset, state.descriptor)
            renew(&state)
            return fcntl(state.descriptor, F_DUPFD_CLOEXEC, 0)
        }
        // A slow disk must not hold up who checks meanwhile.
        guard copy >= 0 else { return }
        fdatasync(copy)
        close(copy)
    }

    /// - Throws: ``LockError`` (73) when somebody else has taken the folder over.
    func check() throws {
        let loss = state.withLock { state -> LockError? in
            if state.descriptor >= 0 { renew(&state) }
            return state.loss
        }
        if let loss { throw loss }
    }

    /// Removes the file, if it is still this holder's.
    func release() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            if case .ours = look() { unlink(path) }
            close(state.descriptor)
            state.descriptor = -1
        }
    }

    private enum Sight {
        case ours
        case removed
        case taken(by: LockHolder?)
        /// It cannot be read just now.
        case hidden
    }

    private func look() -> Sight {
        do {
            guard let file = try SmallFile.open(path, limit: LockHolder.sizeLimit) else { return .removed }
            guard let found = LockHolder(file: file.bytes) else { return .taken(by: nil) }
            return found.token == holder.token ? .ours : .taken(by: found)
        } catch {
            return .hidden
        }
    }

    /// Puts right what people may have done to the file, and notices who has taken it over.
    private func renew(_ state: inout State) {
        guard state.loss == nil else { return }
        switch look() {
        case .ours, .hidden: break
        case .removed:
            guard let made = try? Self.make(path, holder) else { return }
            close(state.descriptor)
            (state.descriptor, state.signOffset) = (made.descriptor, made.holder.head.utf8.count)
        case .taken(nil) where isOwnFile(state.descriptor):
            ftruncate(state.descriptor, 0)
            Self.write(holder.head + LockHolder.sign(state.signs), at: 0, state.descriptor)
            state.signOffset = holder.head.utf8.count
        case .taken(let other):
            state.loss = LockError(
                path: path,
                reason: "names \(other?.text ?? "somebody else") now, who took the run folder over when this process, "
                    + "\(holder.process) on \(holder.host), gave no sign of life; it ends, so that the two do not "
                    + "overwrite each other")
        }
    }

    private func isOwnFile(_ descriptor: Int32) -> Bool {
        var (named, own) = (stat(), stat())
        return lstat(path, &named) == 0 && fstat(descriptor, &own) == 0 && named.st_dev == own.st_dev
            && named.st_ino == own.st_ino
    }

    private static func make(_ path: String, _ holder: LockHolder) throws -> (holder: LockHolder, descriptor: Int32)? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST { return nil }
            throw FileError.write(path, "creating the lock of the run folder")
        }
        var holder = holder
        holder.isLocked = lock(descriptor)
        let text = holder.head + LockHolder.sign(0)
        guard write(text, at: 0, descriptor), fdatasync(descriptor) == 0 || errno == EINVAL else {
            let error = FileError.write(path, "writing the lock of the run folder")
            unlink(path)
            close(descriptor)
            throw error
        }
        return (holder, descriptor)
    }

    /// Whoever examines the new file just now has it locked for a moment.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<20 {
            switch SmallFile.tryToLock(descriptor) {
            case .ours: return true
            case .impossible: return false
            case .others: usleep(5000)
            }
        }
        return false
    }

    @discardableResult
    private static func write(_ text: String, at offset: Int, _ descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) } == bytes.count
    }
}

/// A run folder that another job holds.
public struct LockError: ExitCoded, CustomStringConvertible {
    /// The folder, or its lock.
    public let path: String
    public let reason: String
    public var exitCode: Int32 = ExitCode.cannotWrite
    public var description: String { "\(path): \(reason)" }
}
