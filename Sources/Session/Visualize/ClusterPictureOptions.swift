import Failure
import Recipes
import Storage

/// What pictures of clustered feature maps are asked for.
public struct ClusterPictureOptions: Sendable {
    /// FILE.png
    public var out: String
    /// Images; nil for eight, or in a strip of several checkpoints four.
    public var count: Int?
    public var clusters = Self.usualClusters
    /// Most checkpoints of a strip.
    public var columns = Self.usualColumns
    /// Of the first image, which the others follow, and of the clusters.
    public var seed: UInt32 = 0
    /// ψ
    public var truncation: Float = 1
    /// Classes by their numbers or names, which take turns; nil for all.
    public var label: String?
    /// Batches that statistics of batch normalisation are taken from; nil for moving averages.
    public var standingStatistics: Int?

    public static let usualClusters = 6
    public static let usualColumns = 8
    private static let mostClusters = 32
    private static let mostImages = 64

    public init(out: String) { self.out = out }

    /// - Throws: ``UsageError``.
    public func check() throws(UsageError) {
        guard out.lowercased().hasSuffix(".png") else { throw UsageError("--out \(out): expected FILE.png") }
        if let count, !(1...Self.mostImages).contains(count) {
            throw UsageError("--count \(count): expected 1 to \(Self.mostImages)")
        }
        guard (2...Self.mostClusters).contains(clusters) else {
            throw UsageError("--clusters \(clusters): expected 2 to \(Self.mostClusters), the number of colours")
        }
        guard (2...ShownCheckpoints.mostColumns).contains(columns) else {
            throw UsageError("--columns \(columns): expected 2 to \(ShownCheckpoints.mostColumns)")
        }
        // A seed is one word of a draw's counter: 32 bits.
        guard Int(seed) + Self.mostImages <= Int(UInt32.max) else {
            throw UsageError("--seed \(seed): expected at most \(Int(UInt32.max) - Self.mostImages)")
        }
        try TruncationOption.check(truncation)
        try StandingStatisticsOption.check(standingStatistics)
    }

    /// Of the images.
    func seeds(isStrip: Bool) -> [Int] { (0..<(count ?? (isStrip ? 4 : 8))).map { Int(seed) + $0 } }

    /// - Returns: the class of each seed, several in turn by the seeds' numbers; nil of an unconditional generator.
    /// - Throws: ``DatasetError`` (64) of a truncation or a class that the generator does not have.
    func classes(of file: GeneratorFile, seeds: [Int]) throws -> [Int]? {
        try TruncationOption.check(truncation, of: file)
        return try ClassChoice.dealt(label, of: file, seeds: seeds)
    }

    /// Takes them where that is asked for, which may take its time.
    func takeStatistics(_ file: GeneratorFile, _ say: (String) -> Void) throws {
        if let standingStatistics { say(try StandingStatisticsOption.take(standingStatistics, file)) }
    }

    /// To be called before the work of a picture is done.
    ///
    /// - Parameter largest: side of the largest image in it.
    /// - Throws: ``DatasetError`` (64) where a picture would have too many pixels.
    func check(rows: Int, columns: Int, largest: Int) throws {
        try PictureSheet.check(
            out, rows: rows, columns: columns, largest: largest, advice: "ask for a smaller --count or fewer columns")
    }
}
