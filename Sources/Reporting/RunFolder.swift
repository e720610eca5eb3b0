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
    /// What the last start ended with, see ``RunEnding``; not there while one runs, or where it was killed.
    public var ending: String { path + "/ended.json" }
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

    /// The images shown at each sheet of samples in ``images``, the fewest first; none when the folder is missing.
    ///
    /// - Throws: ``FileError`` when the folder cannot be listed.
    public func sheets() throws -> [Int] {
        guard access(images, F_OK) == 0 else { return [] }
        return try Files.names(in: images).compactMap { name in
            let digits = name.dropFirst("fakes-".count).dropLast(".png".count)
            guard let shown = Int(digits), images + "/" + name == fakes(imagesShown: shown) else { return nil }
            return shown
        }.sorted()
    }

    /// A checkpoint, named by its number: `00001000.h5`.
    public func checkpoint(_ number: Int) -> String {
        checkpoints + "/" + Self.checkpointName(number)
    }

    /// The name of a checkpoint inside its folder, which sorts by number: `00001000.h5`.
    public static func checkpointName(_ number: Int) -> String { "\(padded(number)).h5" }

    /// A row of samples for each phase of networks that grow.
    public var phases: String { images + "/phases" }
    /// The rows of ``phases`` below one another.
    public var timeLapse: String { images + "/timelapse.png" }

    /// The samples at the end of a phase: `phases/01-8x8-fade.png`.
    ///
    /// - Parameters:
    ///   - number: of the phase, from 0.
    ///   - resolution: of the networks in it.
    ///   - isFade: whether that resolution faded in, instead of training alone.
    public func phase(_ number: Int, resolution: Int, isFade: Bool) -> String {
        phases + "/" + Self.phaseName(number, resolution: resolution, isFade: isFade)
    }

    /// The number of the phase whose samples are in a file of that name in ``phases``; nil for any other name.
    public static func phaseNumber(ofName name: String) -> Int? {
        let stem = name.split(separator: ".", omittingEmptySubsequences: false)[0]
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 2, let number = Int(parts[0]), let resolution = Int(parts[1].prefix { $0 != "x" }),
            name == phaseName(number, resolution: resolution, isFade: parts.count > 2)
        else { return nil }
        return number
    }

    private static func phaseName(_ number: Int, resolution: Int, isFade: Bool) -> String {
        "\(padded(number, digits: 2))-\(resolution)x\(resolution)\(isFade ? "-fade" : "").png"
    }

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

    private static func padded(_ number: Int, digits count: Int = 8) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
