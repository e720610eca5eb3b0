import Failure
import Kernels
import Recipes
import Reporting
import Storage

/// What pictures that are made of latents and styles alone have in common.
public struct LatentPictureOptions: Sendable {
    /// A file, or a run folder, of which the newest is taken.
    public var checkpoint: String
    public var out: String
    /// ψ
    public var truncation: Float = 1
    /// Classes by their numbers or names, which take turns; nil for all.
    public var label: String?
    /// Batches that statistics of batch normalisation are taken from; nil for moving averages.
    public var standingStatistics: Int?

    /// Seeds of rows and of columns.
    static let mostSeeds = 64
    static let mostPixels = 1 << 28

    public init(checkpoint: String, out: String) {
        self.checkpoint = checkpoint
        self.out = out
    }

    /// - Parameter forms: of the file: endings without their dots.
    /// - Throws: ``UsageError``.
    func check(forms: [String] = ["png"]) throws(UsageError) {
        let lower = out.lowercased()
        guard forms.contains(where: { lower.hasSuffix("." + $0) }) else {
            throw UsageError("--out \(out): expected \(forms.map { "FILE." + $0 }.joined(separator: " or "))")
        }
        try Self.check(psi: truncation, "--truncation \(truncation)")
        try StandingStatisticsOption.check(standingStatistics)
    }

    /// - Throws: ``UsageError``.
    static func check(psi: Float, _ option: String) throws(UsageError) {
        // Beyond it a generator makes noise at best.
        guard psi.isFinite, abs(psi) <= 100 else {
            throw UsageError("\(option): expected numbers from -100 to 100, most often 0 to 1")
        }
    }

    /// Reads the checkpoint.
    ///
    /// - Parameters:
    ///   - what: such as `visualize mixing`.
    ///   - needsStyles: whether other generators are refused.
    /// - Throws: errors that name the file and what is wrong with it, or not in it.
    func open(_ what: String, needsStyles: Bool, _ say: (String) -> Void) throws -> GeneratorFile {
        let named = try NamedCheckpoint(checkpoint)
        named.notes.forEach(say)
        let file = try GeneratorFile(named.path)
        try file.checkMakesPictures(what)
        guard file.hasStyles || (!needsStyles && truncation == 1) else {
            throw DatasetError.usage(
                needsStyles
                    ? "\(what): the generator of \(file.path) has no styles, as only StyleGAN2's layers take them"
                    : "--truncation \(truncation): the generator of \(file.path) has no styles to truncate; leave it out"
            )
        }
        try Workers.start(threads: Processors.allowed)
        return file
    }

    /// Takes them where that is asked for, which may take its time.
    func takeStatistics(_ file: GeneratorFile, _ say: (String) -> Void) throws {
        if let standingStatistics { say(try StandingStatisticsOption.take(standingStatistics, file)) }
    }

    /// - Returns: the class of each seed, several in turn by the seeds' numbers; nil of an unconditional generator.
    /// - Throws: ``DatasetError`` (64) of a class that the generator does not have.
    func classes(of file: GeneratorFile, seeds: [Int]) throws -> [Int]? {
        let chosen = try ClassChoice.classes(label, of: file)
        return chosen.isEmpty ? nil : seeds.map { chosen[$0 % chosen.count] }
    }

    /// To be called before the work of a picture is done.
    ///
    /// - Throws: ``DatasetError`` (64) where a picture would have too many pixels.
    func check(rows: Int, columns: Int, of file: GeneratorFile) throws {
        let cell = ClusterPictureOptions.cell(side: file.level.resolution)
        let side = cell + AttentionPicture.margin
        guard let pixels = [rows, side, columns, side].checkedProduct(), pixels <= Self.mostPixels else {
            throw DatasetError.usage(
                "\(out): \(rows) rows of \(columns) images of \(cell)×\(cell) are more than \(Self.mostPixels) pixels; "
                    + "ask for fewer")
        }
    }

    /// Images as the squares of a sheet, small ones enlarged.
    ///
    /// - Parameter images: uint8 N×r×r×C, r the generator's resolution.
    static func cells(_ images: [UInt8], of file: GeneratorFile) -> [RasterImage] {
        let (side, channels) = (file.level.resolution, file.generator.imageChannels)
        let cells = ClusterCells(side: ClusterPictureOptions.cell(side: side))
        let size = side * side * channels
        return stride(from: 0, to: images.count, by: size).map {
            cells.image(images[$0..<$0 + size], resolution: side, channels: channels)
        }
    }

    /// Where a sheet's corner shows nothing.
    static func blank(of file: GeneratorFile) -> RasterImage {
        ClusterCells(side: ClusterPictureOptions.cell(side: file.level.resolution)).blank
    }
}
