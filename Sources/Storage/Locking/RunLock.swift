import Failure
import Foundation

/// Keeps other jobs out of a run folder for as long as it lives.
///
/// The lock is a file in the folder, made with `O_EXCL`, that says who holds it and that the holder renews every some
/// seconds. It does not depend on `flock`, which many file systems of clusters lack, and outlives its holder, so it is
/// told whether that still lives:
/// - On the same machine the process numbers and starts tell at once.
/// - In another container of the same machine a `flock` tells, which the system releases when its holder ends.
/// - On another machine, or where the file cannot be read, the lock is watched: whoever does not renew it for
///   ``LockHolder/patience`` seconds, by the clock of the one who watches, has lost it.
///
/// A holder that was stopped or cut off for so long notices with ``check()`` that it has been replaced.
public final class RunLock: Sendable {
    /// What is worth telling about how it was taken.
    public let notes: [String]
    private let held: HeldLock

    /// Takes the folder.
    ///
    /// - Parameters:
    ///   - folder: there, and writable.
    ///   - wait: seconds to wait for somebody who lives and holds the folder.
    ///   - isStopped: whether to wait no longer, for whatever.
    ///   - tell: takes lines about what is being waited for.
    /// - Throws: ``LockError`` (73) naming who holds it, (75) when it was stopped; ``FileError`` (73) when the folder
    ///   cannot be locked.
    public init(
        _ folder: String, as holder: LockHolder, wait: Double = 0, isStopped: () -> Bool = { false },
        tell: (String) -> Void = { _ in }
    ) throws {
        var search = LockSearch(folder, holder, wait: wait)
        held = try search.take(isStopped: isStopped, tell: tell)
        notes = search.notes
        // The thread holds the file, not the lock, whose deinit releases it.
        let interval = UInt32(min(holder.patience / 6, 10) * 1e6)
        let thread = Thread { [held] in
            while held.isOpen {
                usleep(interval)
                held.giveSign()
            }
        }
        thread.name = "ganglion-lock"
        thread.start()
    }

    deinit { held.release() }

    /// To be called before something is written that another job's must not be mixed with.
    ///
    /// - Throws: ``LockError`` (73) when somebody else has taken the folder over.
    public func check() throws { try held.check() }

    /// Leaves the folder to others. May be called twice.
    public func release() { held.release() }

    /// The name of the lock's file in the folder.
    public static let fileName = "lock"
}

/// The way to a lock: looks, waits, takes over.
struct LockSearch {
    private(set) var notes: [String] = []
    private let folder: String
    private let path: String
    private let holder: LockHolder
    private let wait: Double
    private var watch = LockWatch()
    /// Since when somebody who lives has been waited for.
    private var waiting: ContinuousClock.Instant?
    private var told: Set<String> = []
    /// Looks that found what was gone a moment later.
    private var misses = 0

    init(_ folder: String, _ holder: LockHolder, wait: Double) {
        self.folder = folder
        self.holder = holder
        self.wait = wait
        path = folder + "/" + RunLock.fileName
    }

    mutating func take(isStopped: () -> Bool, tell: (String) -> Void) throws -> HeldLock {
        var needsProof = false
        while true {
            if isStopped() {
                throw LockError(
                    path: folder, reason: "stopped by a signal while it waited for the run folder",
                    exitCode: ExitCode.stopped)
            }
            if let held = try HeldLock(path, holder) {
                guard needsProof else { return held }
                // Nothing kept others from taking the same lock over at the same time.
                usleep(300_000)
                if held.isOurs { return held }
                held.release()
                notes = []
            }
            guard let found = try open() else {
                try miss()
                continue
            }
            switch judge(found) {
            case .gone(let note):
                guard try evict(found) else {
                    try miss()
                    continue
                }
                needsProof = found.lock != .ours
                notes = [note]
            case .lives(let other):
                try waitFor(other, tell)
            case .silent(let text, let patience):
                if told.insert(text).inserted {
                    tell(
                        "\(folder): \(text); watching its lock for \(Int(patience.rounded(.up))) s to see whether it lives"
                    )
                }
                pause(patience)
            }
        }
    }

    private func open() throws -> SmallFile? {
        do {
            return try SmallFile.open(path, limit: LockHolder.sizeLimit, locks: true)
        } catch let error as FileError {
            throw LockError(path: path, reason: "\(error.message); it would say who holds the run folder")
        }
    }

    /// What others do in between is over soon.
    private mutating func miss() throws {
        misses += 1
        guard misses < 100 else {
            throw LockError(
                path: path,
                reason: "is neither made nor taken over: this file system does not keep a file as it was; choose "
                    + "another --run")
        }
        usleep(20_000)
    }

    private enum Verdict {
        /// It may be taken over; and what to tell of that.
        case gone(String)
        case lives(LockHolder)
        /// Not known yet.
        case silent(String, patience: Double)
    }

    private mutating func judge(_ found: SmallFile) -> Verdict {
        watch.look(at: found)
        guard let other = LockHolder(file: found.bytes) else {
            if watch.quiet >= holder.patience {
                return .gone("took over the run folder: \(path) was no lock that can be read, and nobody renewed it")
            }
            return .silent("\(RunLock.fileName) is no lock that can be read", patience: holder.patience)
        }
        let patience = max(holder.patience, min(other.patience, 86_400))
        let ended = Verdict.gone("took over the run folder from \(other.text), which has ended")
        switch other.status(seenBy: holder) {
        case .runs: return .lives(other)
        // Somebody else may be taking it over just now.
        case .ended where found.lock != .others: return ended
        case .unknown where other.isNeighbour(of: holder) && other.isLocked && found.lock == .ours: return ended
        case .ended, .unknown: break
        }
        if watch.quiet >= patience {
            return .gone(
                "took over the run folder from \(other.text), which gave no sign of life for "
                    + "\(Int(patience.rounded(.up))) s")
        }
        return watch.hasMoved ? .lives(other) : .silent("held by \(other.text)", patience: patience)
    }

    private mutating func waitFor(_ other: LockHolder, _ tell: (String) -> Void) throws {
        let since = waiting ?? .now
        waiting = since
        guard (ContinuousClock.now - since) / .seconds(1) < wait else {
            throw LockError(
                path: folder,
                reason:
                    "is in use by \(other.text): two jobs would overwrite each other's checkpoints. Wait for its end, "
                    + "end it (kill -USR1 \(other.process) on that host: after a checkpoint), or choose another --run")
        }
        if told.insert("wait").inserted { tell("\(folder): in use by \(other.text); waiting for its end") }
        pause(holder.patience)
    }

    private func pause(_ patience: Double) { usleep(UInt32(min(max(patience / 30, 0.02), 1) * 1e6)) }

    /// Takes away the very file that was judged, and no other.
    ///
    /// - Returns: false when it is not there any more.
    private func evict(_ found: SmallFile) throws -> Bool {
        let grave = "\(folder)/.\(RunLock.fileName)-\(holder.token)"
        guard rename(path, grave) == 0 else {
            if errno == ENOENT { return false }
            throw FileError.write(path, "taking over the lock of the run folder")
        }
        defer { unlink(grave) }
        var status = stat()
        if lstat(grave, &status) == 0, found.isSame(as: status), found.bytesNow() == found.bytes { return true }
        // Somebody was faster, and it is theirs. Where a third one has come in between, they will notice.
        link(grave, path)
        return false
    }
}

/// Whether a lock file changes, by the clock of the one who watches.
struct LockWatch {
    /// Seconds for which it has been seen not to change.
    private(set) var quiet = 0.0
    /// Whether it has changed since it was first seen.
    private(set) var hasMoved = false
    private var bytes: [UInt8]?
    private var status = stat()
    private var last = ContinuousClock.now

    mutating func look(at file: SmallFile) {
        let now = ContinuousClock.now
        let gap = (now - last) / .seconds(1)
        last = now
        let isSame =
            bytes == file.bytes && file.isSame(as: status) && status.st_size == file.status.st_size
            && status.st_mtim.tv_sec == file.status.st_mtim.tv_sec
            && status.st_mtim.tv_nsec == file.status.st_mtim.tv_nsec
        // Whoever was stopped himself, or could not read for a while, has not watched.
        if isSame { quiet += gap < 5 ? gap : 0 }
        guard !isSame else { return }
        hasMoved = bytes != nil && file.isSame(as: status)
        quiet = 0
        bytes = file.bytes
        status = file.status
    }
}
