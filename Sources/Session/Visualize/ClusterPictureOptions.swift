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
        guard truncation.isFinite, abs(truncation) <= 100 else {
            throw UsageError("--truncation \(truncation): expected a number from -100 to 100, most often 0 to 1")
        }
        try StandingStatisticsOption.check(standingStatistics)
    }

    /// Of the images.
    func seeds(isStrip: Bool) -> [Int] { (0..<(count ?? (isStrip ? 4 : 8))).map { Int(seed) + $0 } }

    /// - Returns: the class of each seed, several in turn by the seeds' numbers; nil of an unconditional generator.
    /// - Throws: ``DatasetError`` (64) of a truncation or a class that the generator does not have.
    func classes(of file: GeneratorFile, seeds: [Int]) throws -> [Int]? {
        guard truncation == 1 || file.generator.wDim > 0 else {
            throw DatasetError.usage(
                "--truncation \(truncation): the generator of \(file.path) has no styles to truncate; leave it out")
        }
        let chosen = try ClassChoice.classes(label, of: file)
        return chosen.isEmpty ? nil : seeds.map { chosen[$0 % chosen.count] }
    }

    /// Takes them where that is asked for, which may take its time.
    func takeStatistics(_ file: GeneratorFile, _ say: (String) -> Void) throws {
        if let standingStatistics { say(try StandingStatisticsOption.take(standingStatistics, file)) }
    }

    /// Of an image, of small ones enlarged.
    static func cell(side: Int) -> Int { side * max(1, 128 / side) }

    /// To be called before the work of a picture is done.
    ///
    /// - Parameter largest: side of the largest image in it.
    /// - Throws: ``DatasetError`` (64) where a picture would have too many pixels.
    func check(rows: Int, columns: Int, largest: Int) throws {
        let cell = Self.cell(side: largest)
        let side = cell + AttentionPicture.margin
        guard let pixels = [rows, side, columns, side].checkedProduct(), pixels <= Self.mostPixels else {
            throw DatasetError.usage(
                "\(out): \(rows) rows of \(columns) images of \(cell)×\(cell) are more than \(Self.mostPixels) pixels; "
                    + "ask for a smaller --count or fewer columns")
        }
    }

    private static let mostPixels = 1 << 28
}
