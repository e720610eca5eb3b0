import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Names and places of what a run writes.
public struct RunFolder: Equatable, Sendable {
    /// Path of the folder, without a slash at its end.
    public let path: String

    public init(_ path: String) {
        var path = path.isEmpty ? "." : path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// The resolved configuration.
    public var configuration: String { path + "/config.yaml" }
    public var log: String { path + "/log.txt" }
    /// A line for each tick.
    public var stats: String { path + "/stats.jsonl" }
    /// A line for each evaluation.
    public var metrics: String { path + "/metrics.jsonl" }
    public var images: String { path + "/images" }
    public var checkpoints: String { path + "/checkpoints" }
    /// A sheet of the data set.
    public var reals: String { images + "/reals.png" }
    /// The name of the newest complete checkpoint.
    public var latest: String { checkpoints + "/latest" }

    /// A sheet of samples, named by the images shown: `fakes-00000000.png`.
    public func fakes(imagesShown: Int) -> String {
        images + "/fakes-\(Self.padded(imagesShown)).png"
    }

    /// A checkpoint, named by its number: `00001000.h5`.
    public func checkpoint(_ number: Int) -> String {
        checkpoints + "/" + Self.checkpointName(number)
    }

    /// The name of a checkpoint inside its folder, which sorts by number: `00001000.h5`.
    public static func checkpointName(_ number: Int) -> String { "\(padded(number)).h5" }

    /// Creates the folder with `images` and `checkpoints`, and checks that they can be written.
    ///
    /// - Throws: ``ReportingError``.
    public func create() throws(ReportingError) {
        try Self.createFolder(path)
        try Self.createFolder(images)
        try Self.createFolder(checkpoints)
        for folder in [path, images, checkpoints] {
            guard access(folder, W_OK | X_OK) == 0 else {
                throw ReportingError(attempt: "write into the run folder", path: folder, code: errno)
            }
        }
    }

    private static func createFolder(_ path: String) throws(ReportingError) {
        do {
            try Files.makeFolder(path)
        } catch {
            let failure = error as? FileError
            throw ReportingError(
                attempt: "create the folder", path: failure?.path ?? path, code: failure?.systemError ?? EIO)
        }
    }

    private static func padded(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}
