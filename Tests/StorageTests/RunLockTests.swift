import Failure
import Foundation
import Glibc
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct RunLockTests {
    private let temporary: TemporaryFolder
    private var folder: String { temporary.path }
    private var path: String { temporary.file("lock") }
    init() throws { temporary = try TemporaryFolder() }

    /// This process, on a kernel of its own.
    private func me(kernel: String = "6f1c", patience: Double = 0.6) -> LockHolder {
        LockHolder(host: "here", kernel: kernel, since: "2025-01-31T12:00:00Z", patience: patience)
    }

    private func take(_ holder: LockHolder? = nil, wait: Double = 0, tell: (String) -> Void = { _ in }) throws
        -> RunLock
    {
        try RunLock(folder, as: holder ?? me(), wait: wait, tell: tell)
    }

    /// Leaves a lock file as a holder would that differs from this process in some fields.
    private func leave(_ fields: [String: Any]) throws {
        let lock = try take()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        lock.release()
        let lines = text.split(separator: "\n")
        var json = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
        for (name, value) in fields {
            #expect(json[name] != nil || name == "slurm_job", "\(name)")
            json[name] = value
        }
        json["token"] = UUID().uuidString
        let head = String(decoding: try JSONSerialization.data(withJSONObject: json), as: UTF8.self)
        try "\(head)\n\(lines[1])\n".write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    @Test func theSecondIsRefusedUntilTheFirstIsGone() throws {
        let lock = try take()
        #expect(lock.notes == [])
        for _ in 0..<2 {
            expectError(
                ExitCode.cannotWrite, folder, "in use by process \(getpid()) on here since 2025-01-31T12:00:00Z",
                "kill -USR1 \(getpid())", "--run"
            ) { _ = try take() }
        }
        try lock.check()
        lock.release()
        lock.release()
        #expect(try names() == [])
        do {
            let next = try take()
            #expect(try names() == ["lock"])
            try next.check()
        }
        #expect(try names() == [], "released with the object")
    }

    @Test func aDeadProcessOfThisMachineHoldsNothing() throws {
        let process = try ChildProcess(["true"])
        _ = process.wait(seconds: 10)
        for fields in [["process": process.pid], ["process_start": 1], ["process": process.pid, "flock": false]] {
            try leave(fields.merging(["host": "elsewhere", "slurm_job": "12"]) { $1 })
            var told: [String] = []
            let lock = try take { told.append($0) }
            #expect(told == [], "known at once")
            #expect(lock.notes.count == 1)
            #expect(lock.notes[0].contains("on elsewhere (Slurm job 12) since"), "\(lock.notes)")
            #expect(lock.notes[0].hasSuffix("which has ended"))
            #expect(try names() == ["lock"])
            lock.release()
        }
    }

    @Test func aKilledHolderHoldsNothing() throws {
        let holder = try ChildProcess.run([ChildProcess.product("ExitProbe"), "hold-run", folder as String])
        #expect(holder.status == 128 + SIGKILL, "\(holder.stderr)")
        #expect(try names() == ["lock"])
        #expect(try take().notes.count == 1)
    }

    @Test func anotherHostIsWatchedAndTakenOver() throws {
        try leave(["kernel": "a1b2", "host": "h1\u{1B}[2J", "patience_seconds": 0.9])
        var told: [String] = []
        let time = try ContinuousClock().measure {
            let lock = try take { told.append($0) }
            #expect(lock.notes.count == 1 && lock.notes[0].contains("gave no sign of life for 1 s"), "\(lock.notes)")
            #expect(lock.notes[0].contains("on h1\\u{1B}[2J since"), "control characters are shown, not sent")
            try lock.check()
        }
        #expect(time > .seconds(0.9), "the longer patience of the two counts")
        #expect(told.count == 1 && told[0].contains("held by process") && told[0].contains("watching"), "\(told)")
    }

    @Test(arguments: [("kernel", "a1b2"), ("kernel", ""), ("process_numbering", "pid:[7]")])
    func aHolderThatGivesSignsIsNotReplaced(field: String, value: String) throws {
        let fields: [String: Any] = [field: value, "flock": false]
        try leave(fields.merging(["host": "h1"]) { $1 })
        let original = try String(contentsOfFile: path, encoding: .utf8)
        let isOver = Mutex(false)
        let thread = Thread { [path] in
            // As a holder does it, in place.
            let file = open(path, O_WRONLY)
            var number = 0
            while !isOver.withLock({ $0 }) {
                number += 1
                let sign = Array(String(format: "sign of life %012d\n", number).utf8)
                pwrite(file, sign, sign.count, off_t(original.utf8.count - sign.count))
                usleep(20_000)
            }
            close(file)
        }
        thread.start()
        defer { isOver.withLock { $0 = true } }
        expectError(ExitCode.cannotWrite, "in use by process \(getpid()) on h1 since") { _ = try take() }
        #expect(try String(contentsOfFile: path, encoding: .utf8).prefix(100) == original.prefix(100))
    }

    /// Containers on one machine do not see each other's processes, but share its file locks.
    @Test func anotherContainerIsKnownByItsFileLock() throws {
        try leave(["process_numbering": "pid:[7]"])
        let file = open(path, O_RDWR)
        #expect(flock(file, LOCK_EX | LOCK_NB) == 0)
        var told: [String] = []
        do {
            let lock = try take { told.append($0) }
            #expect(told.count == 1 && lock.notes[0].contains("no sign of life"), "locked, but silent")
        }
        close(file)
        try leave(["process_numbering": "pid:[7]"])
        told = []
        #expect(try take { told.append($0) }.notes.first?.hasSuffix("which has ended") == true)
        #expect(told == [])
    }

    @Test(arguments: ["", "\n", "no lock", "{}\n", String(repeating: "[", count: 4000), "\u{0}\u{1}\u{2}\n", "huge"])
    func garbageIsWatchedAndReplaced(text: String) throws {
        let bytes = text == "huge" ? Data(count: 30_000_000) : Data(text.utf8)
        try bytes.write(to: URL(fileURLWithPath: path))
        var told: [String] = []
        let lock = try take { told.append($0) }
        #expect(told.count == 1 && told[0].contains("no lock that can be read"), "\(told)")
        #expect(lock.notes.count == 1 && lock.notes[0].contains("no lock that can be read"))
        try lock.check()
        #expect(try names() == ["lock"])
    }

    @Test func forgedNumbersDoNoHarm() throws {
        for fields in [
            ["process": -1], ["process": 0], ["process_start": UInt64.max],
            ["patience_seconds": -1e300, "process_start": 1],
            ["patience_seconds": 0.1, "process": Int32.max],
        ] as [[String: any Sendable]] {
            try leave(fields)
            try take().check()
        }
        // Numbers that do not fit make it no lock.
        for (name, value) in [("process", 1e99), ("process", 0.5), ("process_start", -1)] as [(String, Double)] {
            try leave([name: value])
            #expect(try take().notes.first?.contains("no lock that can be read") == true)
        }
    }

    @Test func whatIsNoFileIsRefusedAndLeftAlone() throws {
        let precious = temporary.file("precious")
        try "mine".write(toFile: precious, atomically: true, encoding: .utf8)
        #expect(symlink(precious, path) == 0)
        expectError(ExitCode.cannotWrite, path, "is a symbolic link, expected a file: remove it") { _ = try take() }
        #expect(try String(contentsOfFile: precious, encoding: .utf8) == "mine")
        unlink(path)
        #expect(mkfifo(path, 0o600) == 0)
        expectError(ExitCode.cannotWrite, path, "is a pipe") { _ = try take() }
        unlink(path)
        #expect(mkdir(path, 0o700) == 0)
        expectError(ExitCode.cannotWrite, path, "is a folder") { _ = try take() }
        #expect(try names() == ["lock", "precious"])
    }

    @Test(.enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here"))
    func aFolderThatCannotBeLockedIsNamed() throws {
        let full = try #require(SmallDisk(kilobytes: 16))
        _ = FileManager.default.createFile(atPath: full.path + "/ballast", contents: Data(count: 16 << 10))
        expectError(ExitCode.cannotWrite, full.path + "/lock", "No space left on device") {
            _ = try RunLock(full.path, as: me())
        }
        #expect(!FileManager.default.fileExists(atPath: full.path + "/lock"))
        let disk = try #require(SmallDisk(kilobytes: 64))
        try #require(disk.becomeReadOnly())
        expectError(ExitCode.cannotWrite, disk.path + "/lock", "Read-only file system") {
            _ = try RunLock(disk.path, as: me())
        }
    }

    @Test func whoHasBeenReplacedNotices() throws {
        // Without a sign of life meanwhile, which would look at the file as well.
        let lock = try take(me(patience: 60))
        try "something else".write(toFile: path, atomically: false, encoding: .utf8)
        try lock.check()
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("\"here\""), "written over: put right")
        unlink(path)
        try lock.check()
        expectError(ExitCode.cannotWrite, "in use by process") { _ = try take() }
        // Another host has waited long enough, and moved the file away.
        unlink(path)
        let other = try RunLock(
            folder, as: LockHolder(host: "h2", kernel: "a1b2", since: "later", patience: 5))
        for _ in 0..<2 {
            expectError(ExitCode.cannotWrite, path, "names process", "on h2 since later", "no sign of life") {
                try lock.check()
            }
        }
        lock.release()
        try other.check()
        #expect(try names() == ["lock"], "it is the other's")
    }

    @Test func waitsForAHolderAsLongAsItMay() throws {
        let lock = try take()
        let thread = Thread {
            usleep(300_000)
            lock.release()
        }
        thread.start()
        var told: [String] = []
        let next = try take(wait: 60) { told.append($0) }
        #expect(told.count == 1 && told[0].contains("waiting for its end"))
        #expect(next.notes == [])
        let holder = me()
        expectError(ExitCode.stopped, folder, "stopped by a signal") {
            _ = try RunLock(folder, as: holder, wait: 60, isStopped: { told.count > 1 }) { told.append($0) }
        }
    }

    /// Of many that find the same dead holder one gets the folder.
    @Test func onlyOneTakesOver() throws {
        for round in 0..<20 {
            try leave(round % 2 == 0 ? ["process_start": 1] : ["process_start": 1, "flock": false])
            let locks = Mutex<[RunLock]>([])
            let refused = Mutex(0)
            DispatchQueue.concurrentPerform(iterations: 8) { [folder] _ in
                do {
                    let lock = try RunLock(
                        folder, as: LockHolder(host: "here", kernel: "6f1c", since: "now", patience: 5))
                    locks.withLock { $0.append(lock) }
                } catch {
                    refused.withLock { $0 += error is LockError ? 1 : 0 }
                }
            }
            #expect(locks.withLock { $0.count } == 1 && refused.withLock { $0 } == 7, "round \(round)")
            for lock in locks.withLock({ $0 }) {
                try lock.check()
                lock.release()
            }
            #expect(try names() == [])
        }
    }
}
