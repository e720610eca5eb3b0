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
        try TruncationOption.check(truncation)
        try StandingStatisticsOption.check(standingStatistics)
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
        guard !needsStyles || file.hasStyles else {
            throw DatasetError.usage(
                "\(what): the generator of \(file.path) has no styles, as only StyleGAN2's layers take them")
        }
        try TruncationOption.check(truncation, of: file)
        try Workers.start(threads: Processors.allowed)
        return file
    }

    /// Takes them where that is asked for, which may take its time.
    func takeStatistics(_ file: GeneratorFile, _ say: (String) -> Void) throws {
        if let standingStatistics { say(try StandingStatisticsOption.take(standingStatistics, file)) }
    }

    /// The class of each seed; see ``ClassChoice``.
    func classes(of file: GeneratorFile, seeds: [Int]) throws -> [Int]? {
        try ClassChoice.dealt(label, of: file, seeds: seeds)
    }

    /// To be called before the work of a picture is done.
    ///
    /// - Throws: ``DatasetError`` (64) where a picture would have too many pixels.
    func check(rows: Int, columns: Int, of file: GeneratorFile) throws {
        try PictureSheet.check(
            out, rows: rows, columns: columns, largest: file.level.resolution, advice: "ask for fewer")
    }

    /// Images as the squares of a sheet, small ones enlarged.
    ///
    /// - Parameter images: uint8 N×r×r×C, r the generator's resolution.
    static func cells(_ images: [UInt8], of file: GeneratorFile) -> [RasterImage] {
        let (side, channels) = (file.level.resolution, file.generator.imageChannels)
        let cells = ClusterCells(side: PictureSheet.cell(side: side))
        let size = side * side * channels
        return stride(from: 0, to: images.count, by: size).map {
            cells.image(images[$0..<$0 + size], resolution: side, channels: channels)
        }
    }

    /// Where a sheet's corner shows nothing.
    static func blank(of file: GeneratorFile) -> RasterImage {
        ClusterCells(side: PictureSheet.cell(side: file.level.resolution)).blank
    }
}
