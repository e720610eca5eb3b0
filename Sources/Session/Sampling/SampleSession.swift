import Failure
import Foundation
import Kernels
import Models
import Recipes
import Reporting
import Storage
import Training

/// Images, or fields, of a checkpoint's averaged generator, from the checkpoint to the files.
public struct SampleSession: Sendable {
    private let checkpoint: String
    private let out: String
    private let truncation: Float
    private let label: String?
    private let condition: ConditionOption?
    private let form: SampleForm
    /// Those that were asked for, one by one or by their number; nil where the grid decides.
    private let asked: [Int]?
    private let grid: (columns: Int, rows: Int, count: Int)?
    private let standingStatistics: Int?
    /// Nil for what suits pictures and fields.
    private let noise: SampleNoise?

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - out: a folder (one PNG a seed), FILE.png (a grid), FILE.h5, or, of fields, FILE.nc.
    ///   - count: images; seeds 0 ….
    ///   - seeds: such as 0-15 or 3,7,20-29, in place of a count.
    ///   - truncation: ψ.
    ///   - label: classes by their numbers or names; nil for all.
    ///   - condition: numbers that condition all of them, such as 12.5,3.
    ///   - conditions: a file of them, a row a sample.
    ///   - netCDF: write FILE.h5 by the conventions of netCDF-4.
    ///   - grid: columns and rows, such as 8x8.
    ///   - standingStatistics: batches that statistics of batch normalisation are taken from; nil for moving averages.
    ///   - noise: const, random or none; nil for const of pictures and random of fields.
    /// - Throws: ``UsageError``.
    public init(
        checkpoint: String, out: String, count: Int?, seeds: String?, truncation: Float, label: String?, grid: String?,
        condition: String? = nil, conditions: String? = nil, netCDF: Bool = false, standingStatistics: Int? = nil,
        noise: String? = nil
    ) throws(UsageError) {
        self.checkpoint = checkpoint
        self.out = out
        self.truncation = truncation
        self.label = label
        form = try SampleForm(out: out, netCDF: netCDF)
        self.condition = try ConditionOption.parse(condition: condition, conditions: conditions)
        try TruncationOption.check(truncation)
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
        if let noise {
            guard let known = SampleNoise(rawValue: noise) else {
                throw UsageError("--noise \(noise): expected const, random or none")
            }
            self.noise = known
        } else {
            self.noise = nil
        }
    }

    /// Makes the images, writes them, and says so.
    public func run() throws {
        let named = try NamedCheckpoint(checkpoint)
        for note in named.notes { printLine(note) }
        let file = try GeneratorFile(named.path)
        try file.checkHasFreePixels("sample")
        guard form != .netCDF || file.sampleFormat != nil else {
            throw DatasetError.usage(
                "--out \(out): \(named.path) makes pictures, which netCDF is not for: give FILE.h5, FILE.png or a folder"
            )
        }
        let told = try toldConditions(file)
        let plan = try plan(told == nil ? ClassChoice.classes(label, of: file) : [], rows: told?.rows)
        let conditions = told?.dealt(to: plan.seeds.count) ?? plan.classes.map { .classes($0.map(Int32.init)) }
        try TruncationOption.check(truncation, of: file)
        guard noise == nil || file.hasNoise else {
            throw DatasetError.usage(
                "--noise \(noise?.rawValue ?? ""): the generator has no noise inputs; leave it out")
        }
        let size = file.generator.imageSize
        let picture = file.sampleFormat.map { format in
            FieldPicture(height: size.height, width: size.width, channels: format.channels.count)
        }
        try checkMemory(plan, size, channels: file.generator.imageChannels, picture)
        try Workers.start(threads: Processors.allowed)
        if let standingStatistics { printLine(try StandingStatisticsOption.take(standingStatistics, file)) }
        if let told { printLine(told.text) }
        if let format = file.sampleFormat, let picture {
            try write(plan, fieldsOf: file, format, size, picture, conditions)
        } else {
            let images = try file.images(
                seeds: plan.seeds, conditions: conditions, truncation: truncation, noise: noise ?? .const)
            try write(
                plan, images, height: size.height, width: size.width, channels: file.generator.imageChannels,
                conditions, file)
            tellCount(plan, "image", size)
        }
        guard !plan.rows.isEmpty else { return }
        let names = plan.rows.map { file.classNames.isEmpty ? "\($0)" : file.classNames[$0] }
        printLine("a class a row: \(ClassChoice.list(names))")
    }

    /// In a grid that was asked for, several classes have a row each.
    ///
    /// - Parameter rows: of conditions, a sample each; nil where there is none, or one for all.
    private func plan(_ classes: [Int], rows: Int?) throws -> SamplePlan {
        if form == .grid, let grid, classes.count > 1 {
            return try SamplePlan(grid: (grid.columns, grid.rows), classes: classes, seeds: asked)
        }
        let seeds = asked ?? Array(0..<(rows ?? grid?.count ?? 16))
        if let rows, seeds.count != rows {
            throw DatasetError.usage(
                "--conditions: has \(rows) rows, but \(seeds.count) samples are asked for: a row is a sample's")
        }
        if let grid, let rows, rows > grid.count {
            throw DatasetError.usage("--grid \(grid.columns)x\(grid.rows) has no room for \(rows) samples")
        }
        return SamplePlan(
            seeds: seeds, classes: classes,
            columns: grid?.columns ?? max(1, Int(Double(seeds.count).squareRoot().rounded(.up))))
    }

    /// Images are held in memory until all are made; a grid or an HDF5 file is once more as large, and once more while it
    /// is packed.
    ///
    /// - Parameter picture: of fields, which are floats, and in pictures have their channels side by side.
    private func checkMemory(_ plan: SamplePlan, _ size: MapSize, channels: Int, _ picture: FieldPicture?) throws {
        let (count, columns) = (plan.isFilled.count, plan.columns)
        let isGrid = form == .grid
        let shown = isGrid ? (count + columns - 1) / columns * columns : count
        let copies = form == .folder ? 1 : 3
        let what = isGrid ? "a grid with room for \(shown)" : "\(count)"
        let width = picture?.cellWidth ?? size.width
        let text = "\(picture == nil ? "images" : "fields") of \(size.height)x\(size.width)x\(channels)"
        if isGrid, columns > ImageGrid.largestSide / width || shown / columns > ImageGrid.largestSide / size.height {
            throw DatasetError.usage(
                "\(what) \(text): expected at most \(ImageGrid.largestSide) pixels in a row and in a column of \(out)")
        }
        let bytesOfOne =
            picture.map { size.count * channels * MemoryLayout<Float>.stride * copies + $0.cellBytes * copies }
            ?? size.count * channels * copies
        let bytes = [shown, bytesOfOne].checkedProduct()
        let free = ProcessMemory.availableBytes
        guard let bytes, free == 0 || bytes <= free else {
            throw DatasetError.usage(
                "\(what) \(text): would take \(bytes.map { Files.text(bytes: $0) } ?? "more") of memory, of which "
                    + "\(Files.text(bytes: free)) are free; make fewer at once, such as --seeds 0-999 and 1000-1999")
        }
    }

    /// What numbers condition the samples; nil of a generator without.
    private func toldConditions(_ file: GeneratorFile) throws -> ToldConditions? {
        guard let format = file.vectorFormat else {
            guard let condition else { return nil }
            throw DatasetError.usage(
                "\(condition.option): no numbers condition the generator"
                    + (file.classCount > 0 ? ", but classes: give --class" : ""))
        }
        if let label { throw DatasetError.usage("--class \(label): numbers condition the generator: give --condition") }
        return try ToldConditions(condition, format, most: Self.mostImages)
    }

    /// Fields in physical units, or as pictures.
    private func write(
        _ plan: SamplePlan, fieldsOf file: GeneratorFile, _ format: SampleFormat, _ size: MapSize,
        _ picture: FieldPicture, _ conditions: DatasetConditions?
    ) throws {
        let values = try file.values(
            seeds: plan.seeds, conditions: conditions, truncation: truncation, noise: noise ?? .random)
        var images: [UInt8] = []
        if form == .grid || form == .folder { images = picture.cells(values) }
        let (physical, clipped) = format.physical(values)
        if images.isEmpty {
            try FieldFile(
                format: format, height: size.height, width: size.width, seeds: plan.seeds, conditions: conditions,
                vector: file.vectorFormat, classNames: file.classNames, source: file.path
            ).write(physical, netCDF: form == .netCDF, to: out)
        } else {
            try write(
                plan, images, height: size.height, width: picture.cellWidth, channels: 3, conditions, file)
        }
        tellCount(plan, "field", size)
        if clipped > 0 {
            printLine(
                "\(clipped) of \(values.count) values were beyond what their channel's transform can have, and were moved "
                    + "to its end")
        }
    }

    private func tellCount(_ plan: SamplePlan, _ kind: String, _ size: MapSize) {
        let count = plan.seeds.count
        printLine("\(count) \(kind)\(count == 1 ? "" : "s") of \(size) in \(out)")
    }

    private func write(
        _ plan: SamplePlan, _ images: [UInt8], height: Int, width: Int, channels: Int,
        _ conditions: DatasetConditions?, _ generator: GeneratorFile
    ) throws {
        let count = plan.seeds.count
        switch form {
        case .grid:
            try ImageGrid.write(
                ImageGrid.spread(images, over: plan.isFilled, size: height * width * channels),
                count: plan.isFilled.count, height: height, width: width, channels: channels, columns: plan.columns,
                to: out)
        case .hdf5, .netCDF:
            let file = try HDF5File(inMemory: out)
            defer { file.close() }
            try file.write(images, shape: [count, height, width, channels], to: "images", chunkRows: min(count, 64))
            try FieldFile.write(conditions, generator.vectorFormat, [], to: file)
            try file.withImage { try AtomicFile.write([$0], to: out) }
        case .folder:
            do {
                try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
            } catch {
                throw DatasetError.cannotWrite("\(out): cannot be made a folder: \(error.localizedDescription)")
            }
            let size = height * width * channels
            for (i, seed) in plan.seeds.enumerated() {
                let name = String(format: "seed%06ld.png", seed)
                try ImageFile.write(
                    RasterImage(
                        height: height, width: width, channels: channels,
                        pixels: Array(images[i * size..<(i + 1) * size])), to: out + "/" + name)
            }
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
