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
    private let seeds: [Int]
    /// Of a grid.
    private let columns: Int

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - out: a folder (one PNG a seed), FILE.png (a grid) or FILE.h5.
    ///   - count: images; seeds 0 ….
    ///   - seeds: such as 0-15 or 3,7,20-29, in place of a count.
    ///   - truncation: ψ.
    ///   - label: a class by its number or its name; nil has the classes take turns.
    ///   - grid: columns and rows, such as 8x8.
    /// - Throws: ``UsageError``.
    public init(
        checkpoint: String, out: String, count: Int?, seeds: String?, truncation: Float, label: String?, grid: String?
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
        let numbers = try seeds.map(Self.seeds(in:)) ?? Array(0..<(count ?? size?.count ?? 16))
        if let size, numbers.count > size.count {
            throw UsageError("--grid \(size.columns)x\(size.rows) has no room for \(numbers.count) images")
        }
        self.seeds = numbers
        columns = size?.columns ?? max(1, Int(Double(numbers.count).squareRoot().rounded(.up)))
    }

    /// Makes the images, writes them, and says so.
    public func run() throws {
        let named = try NamedCheckpoint(checkpoint)
        for note in named.notes { printLine(note) }
        let file = try GeneratorFile(named.path)
        let label = try label.map { try classNumber($0, of: file) }
        guard truncation == 1 || file.generator.wDim > 0 else {
            throw DatasetError.usage(
                "--truncation \(truncation): the generator has no styles to truncate; leave it out")
        }
        let (side, channels) = (file.level.resolution, file.generator.imageChannels)
        try checkMemory(side: side, channels: channels)
        try Workers.start(threads: Processors.allowed)
        let images = try file.images(seeds: seeds, label: label, truncation: truncation)
        try write(images, side: side, channels: channels)
    }

    /// A number is one; where names are numbers themselves, they would not be told apart.
    private func classNumber(_ text: String, of file: GeneratorFile) throws -> Int {
        let classes = file.generator.labelDim
        if let number = Int(text) ?? file.classNames.firstIndex(of: text), (0..<classes).contains(number) {
            return number
        }
        guard classes > 0 else { throw DatasetError.usage("--class \(text): the generator is unconditional") }
        let names = file.classNames.prefix(20).joined(separator: ", ") + (file.classNames.count > 20 ? ", …" : "")
        throw DatasetError.usage(
            "--class \(text): the generator has classes 0 … \(classes - 1)"
                + (names.isEmpty ? ", and its checkpoint no names for them" : ": \(names)"))
    }

    /// Images are held in memory until all are made; a grid or an HDF5 file is once more as large, and once more while it
    /// is packed.
    private func checkMemory(side: Int, channels: Int) throws {
        let count = seeds.count
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

    private func write(_ images: [UInt8], side: Int, channels: Int) throws {
        let count = seeds.count
        switch form {
        case .grid:
            try ImageGrid.write(
                images, count: count, height: side, width: side, channels: channels, columns: columns, to: out)
        case .hdf5:
            let file = try HDF5File(inMemory: out)
            defer { file.close() }
            try file.write(images, shape: [count, side, side, channels], to: "images", chunkRows: min(count, 64))
            try file.withImage { try AtomicFile.write([$0], to: out) }
        case .folder:
            do {
                try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
            } catch {
                throw DatasetError.cannotWrite("\(out): cannot be made a folder: \(error.localizedDescription)")
            }
            let size = side * side * channels
            for (i, seed) in seeds.enumerated() {
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

    private static func seeds(in text: String) throws(UsageError) -> [Int] {
        var seeds: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            // A seed is one word of a draw's counter: 32 bits.
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
                throw UsageError(
                    "--seeds \(text): expected numbers below 4294967296 and ranges, such as 0-15 or 3,7,20-29")
            }
            guard seeds.count + Int(last - first) < mostImages else {
                throw UsageError("--seeds \(text): at most \(mostImages) at once, since all are held in memory")
            }
            seeds += (first...last).map(Int.init)
        }
        return seeds
    }
}
