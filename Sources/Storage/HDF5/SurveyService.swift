import CSystem
import Failure
import Glibc

/// The process that looks through files, for the one that forked it: see ``SurveyServer``.
///
/// It was forked at the very start, which costs a hundredth of starting the program anew, and forks in its turn a worker
/// for each request, which may die of a file. Packets that come: `p` and a path, any number of times, then `g`. Packets
/// that go: `+` as a worker begins with the next file; `!` with the operation and what is wrong with that file, after
/// which the worker ends; `=` and the worker's status, as `waitpid` has it, at its end.
enum SurveyService {
    /// Bytes of memory that a worker may take.
    static let memory = 3 << 29
    /// Between an operation and its message.
    static let separator: UInt8 = 0x1F
    /// A packet's bytes at most.
    static let longest = 1 << 14

    /// Whole seconds of processor time for a file of this size: at least 4 MB a second.
    static func processorSeconds(_ size: Int) -> Int { 3 + size >> 22 }

    /// Seconds for a file of this size, of which a slow disk may need many.
    static func seconds(_ size: Int) -> Int { 60 + 8 * processorSeconds(size) }

    /// Serves until the other process is gone.
    static func run() -> Never {
        var paths: [String] = []
        while let packet = receive() {
            if packet.first == UInt8(ascii: "p") {
                paths.append(String(decoding: packet.dropFirst(), as: UTF8.self))
                continue
            }
            let worker = csystem_fork_worker(UInt(memory))
            if worker == 0 { look(through: paths) }
            var status: Int32 = -1
            if worker > 0 { while waitpid(worker, &status, 0) < 0, errno == EINTR {} }
            send("=", Array("\(status)".utf8))
            paths = []
        }
        _exit(ExitCode.done)
    }

    private static func look(through paths: [String]) -> Never {
        for path in paths {
            send("+", [])
            let size = Files.size(path) ?? 0
            let limits = (UInt32(clamping: processorSeconds(size)), UInt32(clamping: seconds(size)))
            guard csystem_limit_time(limits.0, limits.1) == 0 else { _exit(ExitCode.internalError) }
            do {
                try HDF5Survey.run(path)
            } catch {
                let known = error as? HDF5Error
                let operation = Array((known?.operation ?? "opening").utf8.prefix(longest / 4))
                let message = Array((known?.message ?? "\(error)").utf8.prefix(longest / 2))
                send("!", operation + [separator] + message)
                _exit(ExitCode.badData)
            }
        }
        _exit(ExitCode.done)
    }

    private static func receive() -> [UInt8]? {
        var block = [UInt8](repeating: 0, count: longest)
        while true {
            let count = recv(STDIN_FILENO, &block, block.count, 0)
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Array(block.prefix(count)) : nil
        }
    }

    private static func send(_ kind: Character, _ content: [UInt8]) {
        let packet = [kind.asciiValue ?? 0] + content
        while Glibc.send(STDIN_FILENO, packet, packet.count, Int32(MSG_NOSIGNAL)) < 0 {
            guard errno == EINTR else { _exit(ExitCode.internalError) }
        }
    }
}
