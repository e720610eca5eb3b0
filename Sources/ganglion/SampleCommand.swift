import ArgumentParser
import Failure
import Foundation
import Kernels
import Models
import Reporting
import Recipes
import Storage
import Training

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Make images with a checkpoint's averaged generator.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion sample runs/first --out samples --count 100
              ganglion sample runs/first --out grid.png --grid 8x8 --truncation 0.7
              ganglion sample runs/first/checkpoints/00060000.h5 --out samples.h5 \\
                  --seeds 0-999

            An image is a pure function of checkpoint and seed. OUT is a folder (one PNG a seed), one PNG file (a \
            grid), or an HDF5 file with /images uint8 [N, H, W, C].
            """))

    @Argument(
        help:
            "Checkpoint, or a run folder, of which the newest is taken; one built from reference weights will do.")
    var checkpoint: String

    @Option(help: "Folder (one PNG a seed), FILE.png (a grid) or FILE.h5.")
    var out: String

    @Option(help: "Images; seeds 0 …")
    var count: Int?

    @Option(help: "Seeds, such as 0-15 or 3,7,20-29.")
    var seeds: String?

    @Option(help: "Truncation ψ: below 1 less variety, more typical images.")
    var truncation: Float = 1

    @Option(
        name: .customLong("class"),
        help: "Class of a conditional generator, by its number or its name; without it the classes take turns.")
    var label: String?

    @Option(help: "Columns and rows of the grid, such as 8x8.")
    var grid: String?

    func validate() throws { _ = try chosen() }

    func run() throws {
        let (numbers, columns) = try chosen()
        let named = try NamedCheckpoint(checkpoint)
        for note in named.notes { print(note) }
        let file = try GeneratorFile(named.path)
        let label = try label.map { try classNumber($0, of: file) }
        guard truncation == 1 || file.generator.wDim > 0 else {
            throw DatasetError.usage(
                "--truncation \(truncation): the generator has no styles to truncate; leave it out")
        }
        try checkMemory(
            numbers.count, side: file.level.resolution, channels: file.generator.imageChannels, columns: columns)
        try Workers.start(threads: Processors.allowed)
        let images = try file.images(seeds: numbers, label: label, truncation: truncation)
        try write(
            images, numbers, side: file.level.resolution, channels: file.generator.imageChannels, columns: columns)
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
    private func checkMemory(_ count: Int, side: Int, channels: Int, columns: Int) throws {
        let form = try form()
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

    private func write(_ images: [UInt8], _ numbers: [Int], side: Int, channels: Int, columns: Int) throws {
        let count = numbers.count
        switch try form() {
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
            for (i, seed) in numbers.enumerated() {
                let name = String(format: "seed%06ld.png", seed)
                try ImageFile.write(
                    RasterImage(
                        height: side, width: side, channels: channels,
                        pixels: Array(images[i * size..<(i + 1) * size])), to: out + "/" + name)
            }
        }
        print("\(count) image\(count == 1 ? "" : "s") of \(side)×\(side) in \(out)")
    }

    private enum Form { case grid, hdf5, folder }

    /// What OUT is to be. A folder that is there already, or ends with a slash, may be called as it likes.
    private func form() throws -> Form {
        if out.hasSuffix("/") || Files.isFolder(out) { return .folder }
        let name = out.split(separator: "/").last ?? ""
        switch name.lastIndex(of: ".").map({ name[$0...].dropFirst().lowercased() }) {
        case "png": return .grid
        case "h5": return .hdf5
        case let kind?:
            guard kind.first?.isLetter == true, kind.count <= 5, name.first != "." else { return .folder }
            throw ValidationError(
                "--out \(out): expected FILE.png (a grid), FILE.h5 (an HDF5 file), or a folder (one PNG a seed); "
                    + "a folder of that name is \(out)/")
        case nil: return .folder
        }
    }

    /// The seeds, and the columns of a grid.
    private func chosen() throws -> ([Int], Int) {
        _ = try form()
        // Beyond it a generator makes noise at best.
        guard truncation.isFinite, abs(truncation) <= 100 else {
            throw ValidationError("--truncation \(truncation): expected a number from -100 to 100, most often 0 to 1")
        }
        var size: (columns: Int, rows: Int, count: Int)?
        if let grid {
            let parts = grid.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let columns = parts[0], let rows = parts[1], columns > 0, rows > 0 else {
                throw ValidationError("--grid \(grid): expected columns and rows, such as 8x8")
            }
            guard let room = [columns, rows].checkedProduct(), room <= Self.mostImages else {
                throw ValidationError("--grid \(grid): expected room for at most \(Self.mostImages) images")
            }
            size = (columns, rows, room)
        }
        if seeds != nil && count != nil { throw ValidationError("--count and --seeds exclude each other") }
        if let count, !(1...Self.mostImages).contains(count) {
            throw ValidationError("--count \(count): expected 1 to \(Self.mostImages), since all are held in memory")
        }
        let numbers = try seeds.map(Self.parse) ?? Array(0..<(count ?? size?.count ?? 16))
        if let size, numbers.count > size.count {
            throw ValidationError("--grid \(size.columns)x\(size.rows) has no room for \(numbers.count) images")
        }
        return (numbers, size?.columns ?? max(1, Int(Double(numbers.count).squareRoot().rounded(.up))))
    }

    /// At once.
    private static let mostImages = 1_000_000

    static func parse(_ text: String) throws -> [Int] {
        var seeds: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            // A seed is one word of a draw's counter: 32 bits.
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
                throw ValidationError(
                    "--seeds \(text): expected numbers below 4294967296 and ranges, such as 0-15 or 3,7,20-29")
            }
            guard seeds.count + Int(last - first) < mostImages else {
                throw ValidationError("--seeds \(text): at most \(mostImages) at once, since all are held in memory")
            }
            seeds += (first...last).map(Int.init)
        }
        return seeds
    }
}
