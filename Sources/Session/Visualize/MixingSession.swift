import Cluster
import Failure
import Recipes
import Reporting
import Storage

/// Styles of two sets of images, mixed (arXiv 1812.04948, figure 3): on top the images whose styles some layers take, on the
/// left those whose styles all others do. Under mpirun the first rank draws.
public struct MixingSession: Sendable {
    /// Which layers take the columns' styles.
    enum Layers: Equatable {
        /// By what is seen to change with them, at resolutions from … to ….
        case named(String, ClosedRange<Int>)
        case numbers(ClosedRange<Int>)
    }

    private let options: LatentPictureOptions
    private let rows: [Int]
    private let columns: [Int]
    private let layers: Layers

    /// As the paper divides them (section 3.1).
    static let names: [(name: String, resolutions: ClosedRange<Int>)] = [
        ("coarse", 4...8), ("middle", 16...32), ("fine", 64...Int.max),
    ]

    /// - Parameters:
    ///   - rows, columns: seeds, such as 0-3; nil for the first four, and for the six that follow.
    ///   - layers: coarse, middle, fine, or numbers such as 0-3; nil for coarse.
    /// - Throws: ``UsageError``.
    public init(
        _ options: LatentPictureOptions, rows: String?, columns: String?, layers: String?
    ) throws(UsageError) {
        try options.check()
        self.options = options
        self.rows = try SeedList.seeds(in: rows ?? "0-3", most: LatentPictureOptions.mostSeeds, option: "--rows")
        self.columns = try SeedList.seeds(
            in: columns ?? "4-9", most: LatentPictureOptions.mostSeeds, option: "--columns")
        let text = layers ?? "coarse"
        if let known = Self.names.first(where: { $0.name == text }) {
            self.layers = .named(known.name, known.resolutions)
            return
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 0, first <= last
        else { throw UsageError("--layers \(text): expected coarse, middle, fine, or numbers such as 0-3") }
        self.layers = .numbers(first...last)
    }

    /// Draws, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it, such as that it has no styles.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws {
        guard Launch.isFirst else { return }
        let file = try options.open("visualize mixing", needsStyles: true, say)
        let mixed = try chosen(of: file)
        try options.check(rows: rows.count + 1, columns: columns.count + 1, of: file)
        let (rowClasses, columnClasses) = (
            try options.classes(of: file, seeds: rows), try options.classes(of: file, seeds: columns)
        )
        func cells(_ seeds: [Int], _ classes: [Int]?) throws -> [RasterImage] {
            LatentPictureOptions.cells(
                try file.images(seeds: seeds, classes: classes, truncation: options.truncation), of: file)
        }
        let top = try cells(columns, columnClasses)
        let left = try cells(rows, rowClasses)
        let inner = LatentPictureOptions.cells(
            try file.mixedImages(
                rows: rows, rowClasses: rowClasses, columns: columns, columnClasses: columnClasses,
                layers: Set(mixed), truncation: options.truncation), of: file)
        var sheet: [[RasterImage]] = [[LatentPictureOptions.blank(of: file)] + top]
        for row in rows.indices {
            let first = row * columns.count
            sheet.append([left[row]] + Array(inner[first..<first + columns.count]))
        }
        try ImageFile.write(AttentionPicture.sheet(sheet), to: options.out)
        let resolutions = file.styleResolutions
        let (low, high) = (resolutions[mixed.lowerBound], resolutions[mixed.upperBound])
        let place = low == high ? "\(low)×\(low)" : "\(low)×\(low) to \(high)×\(high)"
        say(
            "layers \(mixed.lowerBound) to \(mixed.upperBound) of 0 to \(resolutions.count - 1), at \(place), have the columns' "
                + "styles; \(rows.count)×\(columns.count) images: \(options.out)")
    }

    private func chosen(of file: GeneratorFile) throws -> ClosedRange<Int> {
        let resolutions = file.styleResolutions
        switch layers {
        case .numbers(let range):
            guard range.upperBound < resolutions.count else {
                throw DatasetError.usage(
                    "--layers: found \(range.lowerBound)-\(range.upperBound), but the generator of \(file.path) has layers 0 to "
                        + "\(resolutions.count - 1)")
            }
            return range
        case .named(let name, let range):
            guard let first = resolutions.firstIndex(where: range.contains),
                let last = resolutions.lastIndex(where: range.contains)
            else {
                throw DatasetError.usage(
                    "--layers \(name): means those from \(range.lowerBound)×\(range.lowerBound) on, but the generator of "
                        + "\(file.path) ends at \(file.level.resolution)×\(file.level.resolution)")
            }
            return first...last
        }
    }
}
