import CSystem
import Failure
import Glibc

/// The process that looks through files, seen from the one that forked it. Takes one request at a time.
struct SurveyServer {
    let process: pid_t
    private let channel: Int32

    /// Forks it; returns in it, too, where this does not return but serves.
    ///
    /// - Returns: nil with `errno` when that fails.
    static func start() -> SurveyServer? {
        var channel: Int32 = -1
        let process = csystem_fork_server(&channel)
        if process == 0 { SurveyService.run() }
        return process > 0 ? SurveyServer(process: process, channel: channel) : nil
    }

    /// - Throws: ``HDF5Error`` (65) naming the first file that is refused, or on which a worker died; (70) when the server is
    ///   gone.
    func survey(_ files: [(path: String, size: Int)]) throws {
        for file in files {
            guard file.path.utf8.count < SurveyService.longest else { throw failure(file.path, "the path is too long") }
            try send([UInt8(ascii: "p")] + Array(file.path.utf8), file.path)
        }
        try send([UInt8(ascii: "g")], files[0].path)
        var begun = 0
        var refusal: HDF5Error?
        while true {
            let file = files[max(0, begun - 1)]
            let packet = try receive(file)
            let content = packet.dropFirst()
            switch packet.first {
            case UInt8(ascii: "+") where begun < files.count: begun += 1
            case UInt8(ascii: "!") where begun > 0:
                let parts = content.split(separator: SurveyService.separator, maxSplits: 1).map {
                    String(decoding: $0, as: UTF8.self)
                }
                refusal = HDF5Error(
                    file: file.path, operation: parts.first ?? "opening", message: parts.last ?? "it is damaged")
            case UInt8(ascii: "="):
                guard let status = Int32(String(decoding: content, as: UTF8.self)) else {
                    throw failure(file.path, "it speaks nonsense")
                }
                if let refusal { throw refusal }
                if status == 0, begun == files.count { return }
                throw begun == 0 ? failure(file.path, "it had no worker (\(Self.text(status)))") : death(file, status)
            default: throw failure(file.path, "it speaks nonsense")
            }
        }
    }

    private func death(_ file: (path: String, size: Int), _ status: Int32) -> HDF5Error {
        let fate =
            switch status & 0x7F {
            case SIGXCPU: "took longer than \(SurveyService.processorSeconds(file.size)) s of processor time"
            case SIGALRM: "took longer than \(SurveyService.seconds(file.size)) s"
            default: "crashed the HDF5 library, or took more memory than it may (\(Self.text(status)))"
            }
        return HDF5Error(
            file: file.path, operation: Self.operation,
            message:
                "\(fate): the file is damaged, forged, or holds more than its size allows for. Get it anew from where it came from, or have it written anew "
                + "by the program that made it")
    }

    private func failure(_ path: String, _ reason: String) -> HDF5Error {
        Self.failure(path, "the process for it fails: \(reason)")
    }

    static func failure(_ path: String, _ reason: String) -> HDF5Error {
        HDF5Error(
            file: path, operation: operation, message: "\(reason). HDF5 files are not opened without it",
            exitCode: ExitCode.internalError)
    }

    private static let operation = "looking through its structure"

    private static func text(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "exit code \(status >> 8)" : "signal \(signal)"
    }

    private func send(_ packet: [UInt8], _ path: String) throws {
        while Glibc.send(channel, packet, packet.count, Int32(MSG_NOSIGNAL)) < 0 {
            guard errno == EINTR else { throw failure(path, String(cString: strerror(errno))) }
        }
    }

    /// The next packet. A worker ends itself in time, so this waits a little longer.
    private func receive(_ file: (path: String, size: Int)) throws -> [UInt8] {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(SurveyService.seconds(file.size) + 60)
        var block = [UInt8](repeating: 0, count: SurveyService.longest)
        while clock.now < deadline {
            var request = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 1000) > 0 else { continue }
            let count = recv(channel, &block, block.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(file.path, "it is gone") }
            return Array(block.prefix(count))
        }
        throw failure(file.path, "it does not answer")
    }
}
