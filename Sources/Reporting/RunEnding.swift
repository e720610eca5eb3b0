import Failure
import Foundation
import Storage

/// What the last start of a run has ended with: the run's own word for it, in its folder.
///
/// The exit code of a launcher proves nothing: under Open MPI 5 a job that has lost a host ends with 0, and a rank that
/// noticed the loss first may give a code of its own. Who started the run, and wants to know whether it is done, reads this.
public struct RunEnding: Equatable, Sendable {
    /// The name that its launcher chose for this start. A file with another one tells of another start.
    public let launch: String?
    /// 0 where all images that were asked for are shown, and everything is on the disk.
    public let exitCode: Int32
    public let imagesShown: Int
    /// How many were to be shown in all.
    public let imagesAsked: Int
    /// The name of the newest complete checkpoint.
    public let checkpoint: String?

    public init(launch: String?, exitCode: Int32, imagesShown: Int, imagesAsked: Int, checkpoint: String?) {
        self.launch = launch
        self.exitCode = exitCode
        self.imagesShown = imagesShown
        self.imagesAsked = imagesAsked
        self.checkpoint = checkpoint
    }

    /// Writes it, so that the file is there as a whole or not at all, also after a loss of power.
    ///
    /// - Throws: ``FileError`` (73).
    public func write(to folder: RunFolder) throws {
        var fields = [JSONField("exit_code", Int(exitCode))]
        if let launch { fields.insert(JSONField("launch", launch), at: 0) }
        fields += [JSONField("images", imagesShown), JSONField("images_asked", imagesAsked)]
        if let checkpoint { fields.append(JSONField("checkpoint", checkpoint)) }
        try AtomicFile.write(JSONValue.object(fields).json + "\n", to: folder.ending)
    }

    /// What stands in a folder; nil where nothing does.
    ///
    /// - Throws: ``ReportError`` (65) or ``FileError`` where it is damaged.
    public static func read(from folder: RunFolder) throws -> RunEnding? {
        guard FileManager.default.fileExists(atPath: folder.ending) else { return nil }
        let line = try Files.lastLine(of: folder.ending) ?? ""
        guard let fields = try? CheckedJSON.decode(Stored.self, from: Array(line.utf8)) else {
            throw ReportError(
                "\(folder.ending): found no ending of a run, expected {\"exit_code\": …, \"images\": …, \"images_asked\": …}",
                exitCode: ExitCode.badData)
        }
        return RunEnding(
            launch: fields.launch, exitCode: fields.exitCode, imagesShown: fields.images,
            imagesAsked: fields.imagesAsked, checkpoint: fields.checkpoint)
    }

    /// As it is written.
    private struct Stored: Decodable {
        let launch: String?
        let exitCode: Int32
        let images: Int
        let imagesAsked: Int
        let checkpoint: String?

        enum CodingKeys: String, CodingKey {
            case launch, images, checkpoint
            case exitCode = "exit_code"
            case imagesAsked = "images_asked"
        }
    }

    /// A run that has begun has not ended.
    ///
    /// - Throws: ``FileError`` (73).
    public static func remove(from folder: RunFolder) throws { try Files.remove(folder.ending) }

    /// Whether a launcher may choose it: short, and nothing that a file or a shell would read otherwise.
    public static func isLaunchName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
