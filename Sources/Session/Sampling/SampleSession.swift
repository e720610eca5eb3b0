import Failure
import Foundation
import Kernels
import Models
import Recipes
import Reporting
import Storage
import Training

/// Images of a checkpoint's averaged generator, from the checkpoint to the files.
public struct SampleSession: Sendable {
    private let checkpoint: String
    private let out: String
    private let truncation: Float
    private let label: String?
    private let form: Form
    /// Those that were asked for, one by one or by their number; nil where the grid decides.
    private let asked: [Int]?
    private let grid: (columns: Int, rows: Int, count: Int)?
    private let standingStatistics: Int?

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - out: a folder (one PNG a seed), FILE.png (a grid) or FILE.h5.
    ///   - count: images; seeds 0 ….
    ///   - seeds: such as 0-15 or 3,7,20-29, in place of a count.
    ///   - truncation: ψ.
    ///   - label: classes by their numbers or names; nil for all.
    ///   - grid: columns and rows, such as 8x8.
    ///   - standingStatistics: batches that statistics of batch normalisation are taken from; nil for moving averages.
    /// - Throws: ``UsageError``.
    public init(
        checkpoint: String, out: String, count: Int?, seeds: String?, truncation: Float, label: String?, grid: String?,
        standingStatistics: Int? = nil
    ) throws(UsageError) {
        self.checkpoint = checkpoint
        self.out = out
        self.truncation = truncation
        self.label = label
        form = try Self.form(of: out)
        // Beyond it a generator makes noise at best.
        guard truncation.isFinite, abs(truncation) <= 100 else {
            throw UsageError("--truncation \(truncation): expected a number from -100 to 100, most often 0 to 1")
        }
        let size = try grid.map(Self.size(of:))
        if seeds != nil && count != nil { throw UsageError("--count and --seeds exclude each other") }
        if let count, !(1...Self.mostImages).contains(count) {
            throw UsageError("--count \(count): expected 1 to \(Self.mostImages), since all are held in memory")
        }
        asked =
            if let seeds { try SeedList.seeds(in: seeds, most: Self.mostImages) } else { count.map { Array(0..<$0) } }
        if let size, let asked, asked.count > size.count {
            throw UsageError("--grid \(size.columns)x\(size.rows) has no room for \(asked.count) images")
        }
        self.grid = size
        try StandingStatisticsOption.check(standingStatistics)
        self.standingStatistics = standingStatistics
    }

    /// Makes the images, writes them, and says so.
    public func run() throws {
        let named = try NamedCheckpoint(checkpoint)
        for note in named.notes { printLine(note) }
        let file = try GeneratorFile(named.path)
        let plan = try plan(ClassChoice.classes(label, of: file))
        guard truncation == 1 || file.generator.wDim > 0 else {
            throw DatasetError.usage(
                "--truncation \(truncation): the generator has no styles to truncate; leave it out")
        }
        let (side, channels) = (file.level.resolution, file.generator.imageChannels)
        try checkMemory(plan, side: side, channels: channels)
        try Workers.start(threads: Processors.allowed)
        if let standingStatistics { printLine(try StandingStatisticsOption.take(standingStatistics, file)) }
        let images = try file.images(seeds: plan.seeds, classes: plan.classes, truncation: truncation)
        try write(plan, images, side: side, channels: channels)
        guard !plan.rows.isEmpty else { return }
        let names = plan.rows.map { file.classNames.isEmpty ? "\($0)" : file.classNames[$0] }
        printLine("a class a row: \(ClassChoice.list(names))")
    }

    /// In a grid that was asked for, several classes have a row each.
    private func plan(_ classes: [Int]) throws -> SamplePlan {
        if form == .grid, let grid, classes.count > 1 {
            return try SamplePlan(grid: (grid.columns, grid.rows), classes: classes, seeds: asked)
        }
        let seeds = asked ?? Array(0..<(grid?.count ?? 16))
        return SamplePlan(
            seeds: seeds, classes: classes,
            columns: grid?.columns ?? max(1, Int(Double(seeds.count).squareRoot().rounded(.up))))
    }

    /// Images are held in memory until all are made; a grid or an HDF5 file is once more as large, and once more while it
    /// is packed.
    private func checkMemory(_ plan: SamplePlan, side: Int, channels: Int) throws {
        let (count, columns) = (plan.isFilled.count, plan.columns)
        let isGrid = form == .grid
        let shown = isGrid ? (count + columns - 1) / columns * columns : count
        let copies = form == .folder ? 1 : 3
        let what = isGrid ? "a grid with room for \(shown)" : "\(count)"
        let size = "images of \(side)x\(side)x\(channels)"
        if isGrid, max(columns, shown / columns) > ImageGrid.largestSide / side {
            throw DatasetError.usage(
                "\(what) \(size): expected at most \(ImageGrid.largestSide) pixels in a row and in a column of \(out)")
        }
        let bytes = [shown, side, side, channels, copies].checkedProduct()
        let free = ProcessMemory.availableBytes
        guard let bytes, free == 0 || bytes <= free else {
            throw DatasetError.usage(
                "\(what) \(size): would take \(bytes.map { Files.text(bytes: $0) } ?? "more") of memory, of which "
                    + "\(Files.text(bytes: free)) are free; make fewer at once, such as --seeds 0-999 and 1000-1999")
        }
    }

    private func write(_ plan: SamplePlan, _ images: [UInt8], side: Int, channels: Int) throws {
        let count = plan.seeds.count
        switch form {
        case .grid:
            try ImageGrid.write(
                ImageGrid.spread(images, over: plan.isFilled, size: side * side * channels), count: plan.isFilled.count,
                height: side, width: side, channels: channels, columns: plan.columns, to: out)
        case .hdf5:
            let file = try HDF5File(inMemory: out)
            defer { file.close() }
            try file.write(images, shape: [count, side, side, channels], to: "images", chunkRows: min(count, 64))
            if let classes = plan.classes { try file.write(classes.map(Int32.init), shape: [count], to: "labels") }
            try file.withImage { try AtomicFile.write([$0], to: out) }
        case .folder:
            do {
                try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
            } catch {
                throw DatasetError.cannotWrite("\(out): cannot be made a folder: \(error.localizedDescription)")
            }
            let size = side * side * channels
            for (i, seed) in plan.seeds.enumerated() {
                let name = String(format: "seed%06ld.png", seed)
                try ImageFile.write(
                    RasterImage(
                        height: side, width: side, channels: channels,
                        pixels: Array(images[i * size..<(i + 1) * size])), to: out + "/" + name)
            }
        }
        printLine("\(count) image\(count == 1 ? "" : "s") of \(side)×\(side) in \(out)")
    }

    private enum Form: Sendable { case grid, hdf5, folder }

    /// What OUT is to be. A folder that is there already, or ends with a slash, may be called as it likes.
    private static func form(of out: String) throws(UsageError) -> Form {
        if out.hasSuffix("/") || Files.isFolder(out) { return .folder }
        let name = out.split(separator: "/").last ?? ""
        switch name.lastIndex(of: ".").map({ name[$0...].dropFirst().lowercased() }) {
        case "png": return .grid
        case "h5": return .hdf5
        case let kind?:
            guard kind.first?.isLetter == true, kind.count <= 5, name.first != "." else { return .folder }
            throw UsageError(
                "--out \(out): expected FILE.png (a grid), FILE.h5 (an HDF5 file), or a folder (one PNG a seed); "
                    + "a folder of that name is \(out)/")
        case nil: return .folder
        }
    }

    /// Columns and rows of a grid, and how many images it has room for.
    private static func size(of grid: String) throws(UsageError) -> (columns: Int, rows: Int, count: Int) {
        let parts = grid.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let columns = parts[0], let rows = parts[1], columns > 0, rows > 0 else {
            throw UsageError("--grid \(grid): expected columns and rows, such as 8x8")
        }
        guard let room = [columns, rows].checkedProduct(), room <= mostImages else {
            throw UsageError("--grid \(grid): expected room for at most \(mostImages) images")
        }
        return (columns, rows, room)
    }

    /// At once.
    private static let mostImages = 1_000_000
}
