import Failure
import Foundation
import Kernels
import Recipes
import Reporting
import Storage

/// Pictures of a checkpoint's self-attention (arXiv 1805.08318, figures 1 and 5): a row an image, first the image with
/// coloured points, then for each of them the image with the regions that it attends to.
public struct AttentionSession: Sendable {
    /// Whose attention it is.
    public enum Network: String, CaseIterable, Sendable {
        case generator = "g"
        case discriminator = "d"
    }

    /// In which resolution of several; the largest without it.
    public var resolution: Int?
    /// Batches that statistics of batch normalisation are taken from; nil for moving averages.
    public var standingStatistics: Int?
    private let checkpoint: String
    private let out: String
    private let network: Network
    /// Of the images, or rows of the data set.
    private let seeds: [Int]
    private let label: String?
    private let count: Int
    private let points: [(row: Int, column: Int)]?
    private let data: String?

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - out: FILE.png.
    ///   - network: g or d.
    ///   - seeds: such as 0-3; with a data set its rows. Nil for the first four.
    ///   - label: classes by their numbers or names, which take turns; nil for all.
    ///   - queries: points of an image, chosen by their maps; nil for five.
    ///   - points: rows and columns of pixels in place of them.
    ///   - data: folder of shards whose images the discriminator sees; nil for the generator's.
    /// - Throws: ``UsageError``.
    public init(
        checkpoint: String, out: String, network: String, seeds: String?, label: String?, queries: Int?,
        points: String?, data: String?
    ) throws(UsageError) {
        self.checkpoint = checkpoint
        self.out = out
        self.label = label
        self.data = data
        guard out.lowercased().hasSuffix(".png") else { throw UsageError("--out \(out): expected FILE.png") }
        guard let network = Network(rawValue: network) else {
            throw UsageError("--network \(network): expected g (the generator) or d (the discriminator)")
        }
        self.network = network
        if queries != nil && points != nil { throw UsageError("--queries and --points exclude each other") }
        if let queries, !(1...QueryPoints.most).contains(queries) {
            throw UsageError("--queries \(queries): expected 1 to \(QueryPoints.most), the number of colours")
        }
        self.points = if let points { try QueryPoints.points(in: points) } else { nil }
        count = self.points?.count ?? queries ?? QueryPoints.usual
        if data != nil && network == .generator {
            throw UsageError("--data has images for the discriminator: it goes with --network d")
        }
        if data != nil && label != nil {
            throw UsageError("--class chooses among generated images; those of --data have their own classes")
        }
        self.seeds = if let seeds { try SeedList.seeds(in: seeds, most: Self.mostImages) } else { [0, 1, 2, 3] }
    }

    private static let mostImages = 64

    /// - Throws: ``UsageError`` where what was asked for cannot be had together, or is no such thing.
    public func check() throws(UsageError) {
        try StandingStatisticsOption.check(standingStatistics)
        if data != nil && standingStatistics != nil {
            throw UsageError("--standing-statistics are a generator's; images of --data come from none")
        }
    }

    /// Draws, and says so.
    ///
    /// - Throws: errors that name the file and what is wrong with it, such as that it has no attention.
    public func run() throws {
        let named = try NamedCheckpoint(checkpoint)
        for note in named.notes { printLine(note) }
        try check()
        let file = try GeneratorFile(named.path)
        try file.checkMakesPictures("visualize attention")
        try Workers.start(threads: Processors.allowed)
        let attended =
            switch network {
            case .generator: try ofGenerator(file)
            case .discriminator: try ofDiscriminator(DiscriminatorFile(named.path), file)
            }
        let (resolution, maps) = try chosen(attended, named.path)
        let side = file.level.resolution
        if let points, let wrong = points.first(where: { max($0.row, $0.column) >= side }) {
            throw DatasetError.usage(
                "--points: \(wrong.row),\(wrong.column) lies outside of images of \(side)×\(side): expected rows and columns "
                    + "from 0 to \(side - 1)")
        }
        try PictureSheet.check(
            out, rows: seeds.count, columns: count + 1, largest: side, advice: "ask for fewer seeds or points")
        let factor = PictureSheet.cell(side: side) / side
        let size = side * side * file.generator.imageChannels
        var rows: [[RasterImage]] = []
        for (place, maps) in maps.enumerated() {
            let image = RasterImage(
                height: side, width: side, channels: file.generator.imageChannels,
                pixels: Array(attended.bytes[place * size..<(place + 1) * size]))
            let points = points ?? QueryPoints.spread(maps, count: count).map { pixel($0, of: maps, side: side) }
            rows.append(AttentionRow.pictures(image, maps, points: points, factor: factor))
            printLine(
                "\(data == nil ? "seed" : "row") \(seeds[place]): \(AttentionRow.text(maps, points: points, side: side))"
            )
        }
        try ImageFile.write(AttentionPicture.sheet(rows), to: out)
        printLine(
            "attention of the \(network) at \(resolution)×\(resolution) in \(rows.count) image\(rows.count == 1 ? "" : "s"): "
                + "\(out)")
    }

    private func ofGenerator(_ file: GeneratorFile) throws -> AttendedImages {
        let classes = try ClassChoice.dealt(label, of: file, seeds: seeds)
        if let standingStatistics { printLine(try StandingStatisticsOption.take(standingStatistics, file)) }
        return try file.attended(seeds: seeds, classes: classes)
    }

    private func ofDiscriminator(_ network: DiscriminatorFile, _ file: GeneratorFile) throws -> AttendedImages {
        try network.check(fits: file, name: checkpoint)
        guard let data else {
            let classes = try ClassChoice.dealt(label, of: file, seeds: seeds)
            if let standingStatistics { printLine(try StandingStatisticsOption.take(standingStatistics, file)) }
            let images = try file.images(seeds: seeds, classes: classes, truncation: 1)
            return network.attended(images, count: seeds.count, classes: classes)
        }
        let reals = try ShownReals(data, for: file)
        if let beyond = seeds.first(where: { $0 >= reals.count }) {
            throw DatasetError.usage("--seeds: \(data) has rows 0 … \(reals.count - 1), found \(beyond)")
        }
        let (images, labels) = try reals.read(rows: seeds)
        return network.attended(images, count: seeds.count, classes: labels)
    }

    /// The maps of one resolution.
    private func chosen(_ attended: AttendedImages, _ path: String) throws -> (Int, [AttentionMaps]) {
        let known = attended.maps.keys.sorted()
        guard let largest = known.last else {
            let other: Network = network == .generator ? .discriminator : .generator
            throw DatasetError.usage(
                "\(path): its \(network) has no self-attention to show (model.attention, model.attention_in); "
                    + "--network \(other.rawValue) shows that of its \(other)")
        }
        guard let maps = attended.maps[resolution ?? largest] else {
            throw DatasetError.usage(
                "--resolution \(resolution ?? largest): the \(network) of \(path) has attention at "
                    + known.map { "\($0)" }.joined(separator: ", "))
        }
        return (resolution ?? largest, maps)
    }

    /// The middle of a position of the feature map.
    private func pixel(
        _ point: (row: Int, column: Int), of maps: AttentionMaps, side: Int
    ) -> (row: Int, column: Int) {
        let grid = maps.queryGrid
        return ((2 * point.row + 1) * side / (2 * grid.height), (2 * point.column + 1) * side / (2 * grid.width))
    }
}

extension AttentionSession.Network: CustomStringConvertible {
    public var description: String {
        switch self {
        case .generator: "generator"
        case .discriminator: "discriminator"
        }
    }
}
