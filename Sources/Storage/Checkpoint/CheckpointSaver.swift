import Failure
import Foundation

/// Writes checkpoints on a thread of its own while training goes on, one at a time.
public final class CheckpointSaver: Sendable {
    private let writer: CheckpointWriter
    private let state = State()

    /// - Parameters:
    ///   - folder: where the checkpoints go; made if missing.
    ///   - keep: how many stay.
    public init(folder: String, keep: Int) { writer = CheckpointWriter(folder: folder, keep: keep) }

    /// Waits for the checkpoint under way, so that a process does not end in the middle of it.
    deinit { _ = state.wait() }

    /// Starts to write `contents` and returns. Waits first if the one before is still being written.
    ///
    /// - Throws: what went wrong with the one before, unless that was thrown already; ``CheckpointError`` (70) that names
    ///   the array when something in the contents is not finite, since it would push a sound checkpoint out. Nothing is
    ///   started then.
    public func save(_ contents: CheckpointContents, name: String, isBest: Bool = false) throws {
        try waitUntilDone()
        if let found = contents.firstNotFinite {
            throw CheckpointError(
                path: writer.folder.path + "/" + name, reason: "is not written: \(found)",
                exitCode: ExitCode.internalError)
        }
        state.begin()
        // The thread holds the state, not the saver, whose deinit waits for the thread.
        let thread = Thread { [writer, state] in
            let start = ContinuousClock.now
            let result = Result { try writer.write(contents, name: name, isBest: isBest) }
            let path = writer.folder.path + "/" + name
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            state.end(with: result.map { Written(path: path, bytes: Files.size(path) ?? 0, seconds: seconds) })
        }
        thread.name = "ganglion-saver"
        thread.start()
    }

    /// Waits for the checkpoint under way.
    ///
    /// - Throws: what went wrong with it, once.
    public func waitUntilDone() throws { try state.wait().get() }

    /// Throws what went wrong with the last checkpoint, once, without waiting for one under way.
    public func throwIfFailed() throws { try state.outcome().get() }

    /// A checkpoint that is on the disk.
    public struct Written: Sendable {
        public let path: String
        public let bytes: Int
        /// From the first byte until the disk had all of it.
        public let seconds: Double
    }

    /// Those that were completed since the last call, in their order.
    public func takeWritten() -> [Written] { state.takeWritten() }

    /// What the saver and its thread share.
    private final class State: @unchecked Sendable {
        // The condition guards the three below, which makes the class Sendable.
        private let condition = NSCondition()
        private var isWriting = false
        private var result = Result<Void, any Error>.success(())
        private var written: [Written] = []

        func begin() { condition.withLock { isWriting = true } }

        func end(with outcome: Result<Written, any Error>) {
            condition.withLock {
                isWriting = false
                result = outcome.map { written.append($0) }
                condition.broadcast()
            }
        }

        func wait() -> Result<Void, any Error> {
            condition.withLock {
                while isWriting { condition.wait() }
                return taken()
            }
        }

        func outcome() -> Result<Void, any Error> {
            condition.withLock { isWriting ? .success(()) : taken() }
        }

        func takeWritten() -> [Written] {
            condition.withLock {
                defer { written = [] }
                return written
            }
        }

        private func taken() -> Result<Void, any Error> {
            defer { result = .success(()) }
            return result
        }
    }
}
