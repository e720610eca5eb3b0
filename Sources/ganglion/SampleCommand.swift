import ArgumentParser
import Foundation
import Kernels
import Storage
import Training

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Make images with a checkpoint's averaged generator.",
        discussion: """
            Examples:

              ganglion sample runs/first/checkpoints/00060000.h5 --out samples --count 100
              ganglion sample runs/first/checkpoints/00060000.h5 --out grid.png --grid 8x8 --truncation 0.7
              ganglion sample runs/first/checkpoints/00060000.h5 --out samples.h5 --seeds 0-999

            An image is a pure function of checkpoint and seed. OUT is a folder (one PNG a seed), one PNG file (a \
            grid), or an HDF5 file with /images uint8 [N, H, W, C].
            """)

    @Argument(help: "Checkpoint; one built from reference weights will do.")
    var checkpoint: String

    @Option(help: "Folder, FILE.png or FILE.h5.")
    var out: String

    @Option(help: "Images; seeds 0 …")
    var count: Int?

    @Option(help: "Seeds, such as 0-15 or 3,7,20-29.")
    var seeds: String?

    @Option(help: "Truncation ψ: below 1 less variety, more typical images.")
    var truncation: Float = 1

    @Option(name: .customLong("class"), help: "Class of a conditional generator; without it the classes take turns.")
    var label: Int?

    @Option(help: "Columns and rows of the grid, such as 8x8.")
    var grid: String?

    func validate() throws { _ = try chosen() }

    func run() throws {
        let (numbers, columns) = try chosen()
        let file = try GeneratorFile(checkpoint)
        let classes = file.generator.labelDim
        if let label, label < 0 || label >= classes {
            throw DatasetError.usage(
                classes == 0
                    ? "--class \(label): the generator is unconditional"
                    : "--class \(label): the generator has classes 0 … \(classes - 1)")
        }
        guard truncation == 1 || file.generator.wDim > 0 else {
            throw DatasetError.usage(
                "--truncation \(truncation): the generator has no styles to truncate; leave it out")
        }
        try Workers.start(threads: Processors.allowed)
        let images = try file.images(seeds: numbers, label: label, truncation: truncation)
        try write(
            images, numbers, side: file.level.resolution, channels: file.generator.imageChannels, columns: columns)
    }

    private func write(_ images: [UInt8], _ numbers: [Int], side: Int, channels: Int, columns: Int) throws {
        let count = numbers.count
        if out.hasSuffix(".png") {
            try ImageGrid.write(
                images, count: count, height: side, width: side, channels: channels, columns: columns, to: out)
        } else if out.hasSuffix(".h5") {
            let file = try HDF5File(inMemory: out)
            defer { file.close() }
            try file.write(images, shape: [count, side, side, channels], to: "images", chunkRows: min(count, 64))
            try file.withImage { try AtomicFile.write([$0], to: out) }
        } else {
            do {
                try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
            } catch {
                throw DatasetError.cannotWrite("\(out): cannot be made a folder: \(error.localizedDescription)")
            }
            let size = side * side * channels
            for (i, seed) in numbers.enumerated() {
                let name = String(format: "seed%06d.png", seed)
                try ImageFile.write(
                    RasterImage(
                        height: side, width: side, channels: channels,
                        pixels: Array(images[i * size..<(i + 1) * size])), to: out + "/" + name)
            }
        }
        print("\(count) image\(count == 1 ? "" : "s") of \(side)×\(side) in \(out)")
    }

    /// The seeds, and the columns of a grid.
    private func chosen() throws -> ([Int], Int) {
        var size: (columns: Int, rows: Int)?
        if let grid {
            let parts = grid.split(separator: "x").map { Int($0) }
            guard parts.count == 2, let columns = parts[0], let rows = parts[1], columns > 0, rows > 0 else {
                throw ValidationError("--grid \(grid): expected columns and rows, such as 8x8")
            }
            size = (columns, rows)
        }
        if seeds != nil && count != nil { throw ValidationError("--count and --seeds exclude each other") }
        if let count, count < 1 { throw ValidationError("--count \(count): expected 1 or more") }
        let numbers = try seeds.map(Self.parse) ?? Array(0..<(count ?? size.map { $0.columns * $0.rows } ?? 16))
        if let size, numbers.count > size.columns * size.rows {
            throw ValidationError("--grid \(size.columns)x\(size.rows) has no room for \(numbers.count) images")
        }
        return (numbers, size?.columns ?? max(1, Int(Double(numbers.count).squareRoot().rounded(.up))))
    }

    static func parse(_ text: String) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).flatMap { part -> [Int] in
            // A seed is one word of a draw's counter: 32 bits.
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
                throw ValidationError(
                    "--seeds \(text): expected numbers below 4294967296 and ranges, such as 0-15 or 3,7,20-29")
            }
            guard last - first < 1_000_000 else {
                throw ValidationError("--seeds \(text): at most 1000000 at once, since all are held in memory")
            }
            return (first...last).map(Int.init)
        }
    }
}
