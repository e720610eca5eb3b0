import Cluster
import Failure
import Recipes
import Reporting
import Storage

/// Images on the way from each seed's to the next one's: as a sheet with a row for each way, or as a film that goes all of
/// them. Under mpirun the first rank draws.
public struct InterpolationSession: Sendable {
    private let options: LatentPictureOptions
    private let seeds: [Int]
    /// In which space; nil for w where there are styles, else along the sphere.
    private let way: LatentWay?
    /// From one seed to the next.
    private let frames: Int
    private let framesPerSecond: Int
    private let isClosed: Bool

    static let mostFrames = 1000
    private static let usualFrames = (sheet: 7, film: 30)

    /// - Parameters:
    ///   - seeds: such as 0-3; nil for the first four.
    ///   - way: z, slerp or w; nil for w where there are styles, else slerp.
    ///   - frames: from one seed to the next; nil for 7 in a sheet and 30 in a film.
    ///   - framesPerSecond: of a film; nil for 15.
    ///   - isClosed: whether the last seed's image turns into the first one's.
    /// - Throws: ``UsageError``.
    public init(
        _ options: LatentPictureOptions, seeds: String?, way: String?, frames: Int?, framesPerSecond: Int?,
        isClosed: Bool
    ) throws(UsageError) {
        try options.check(forms: ["png"] + Film.forms)
        self.options = options
        let isFilm = Film.isFilm(options.out)
        self.seeds = try SeedList.seeds(in: seeds ?? "0-3", most: LatentPictureOptions.mostSeeds)
        guard self.seeds.count > 1 else {
            throw UsageError("--seeds \(seeds ?? ""): expected two or more, between which images are made")
        }
        if let way {
            guard let known = LatentWay(rawValue: way) else {
                throw UsageError("--space \(way): expected z, slerp or w")
            }
            self.way = known
        } else {
            self.way = nil
        }
        self.frames = frames ?? (isFilm ? Self.usualFrames.film : Self.usualFrames.sheet)
        guard (1...Self.mostFrames).contains(self.frames) else {
            throw UsageError("--frames \(self.frames): expected 1 to \(Self.mostFrames) from one seed to the next")
        }
        self.framesPerSecond = framesPerSecond ?? 15
        guard (1...100).contains(self.framesPerSecond) else {
            throw UsageError("--fps \(self.framesPerSecond): expected 1 to 100")
        }
        guard framesPerSecond == nil || isFilm else {
            throw UsageError("--fps goes with FILE.gif or FILE.mp4; \(options.out) is a sheet")
        }
        self.isClosed = isClosed
    }

    /// Draws, and says so.
    ///
    /// - Parameter say: takes a line at a time.
    /// - Throws: errors that name the file and what is wrong with it, such as that it has no styles to go through.
    public func run(_ say: (String) -> Void = { printLine($0) }) throws { try run(ffmpeg: Film.ffmpeg(), say) }

    /// - Parameter ffmpeg: what makes films; nil where there is nothing.
    package func run(ffmpeg: String?, _ say: (String) -> Void) throws {
        guard Launch.isFirst else { return }
        let file = try options.open("visualize interpolation", needsStyles: false, say)
        let way = way ?? (file.hasStyles ? .w : .slerp)
        guard way != .w || file.hasStyles else {
            throw DatasetError.usage(
                "--space w: the generator of \(file.path) has no styles, as only StyleGAN2's layers take them; give z or slerp"
            )
        }
        let legs = zip(seeds, isClosed ? Array(seeds.dropFirst()) + [seeds[0]] : Array(seeds.dropFirst()))
        try options.check(rows: seeds.count, columns: frames + 1, of: file)
        try options.takeStatistics(file, say)
        let shares = (0...frames).map { Float($0) / Float(frames) }
        let rows = try legs.map { first, second in
            LatentPictureOptions.cells(
                try file.images(
                    from: first, to: second, classes: options.classes(of: file, seeds: [first, second]), way: way,
                    shares: shares, truncation: options.truncation), of: file)
        }
        let text = "\(rows.count) way\(rows.count == 1 ? "" : "s") in \(way.text), \(frames) images each"
        guard Film.isFilm(options.out) else {
            try ImageFile.write(AttentionPicture.sheet(rows), to: options.out)
            say("\(text) and the last one's end: \(options.out)")
            return
        }
        guard let ffmpeg else {
            // Whoever has none shall not have waited for nothing.
            let sheet = options.out + ".png"
            try ImageFile.write(AttentionPicture.sheet(rows), to: sheet)
            say("\(text); there is no ffmpeg in PATH that would make a film of them: a sheet in its place: \(sheet)")
            return
        }
        // An end is the next one's beginning, and of a circle the last one the first.
        var shown: [RasterImage] = []
        for row in rows { shown += row.dropLast() }
        if !isClosed, let end = rows.last?.last { shown.append(end) }
        try Film(out: options.out, framesPerSecond: framesPerSecond).write(shown, by: ffmpeg)
        say("\(text), \(shown.count) frames, \(framesPerSecond) a second: \(options.out)")
    }
}

extension LatentWay {
    var text: String {
        switch self {
        case .z: "z"
        case .slerp: "z, along the sphere"
        case .w: "w"
        }
    }
}
