import Recipes
import Storage

/// Reads what conditions a generator's pixels: from image files, or from a data set.
struct ConditionReader {
    /// Of one image.
    struct Condition {
        let pixels: PixelConditions
        let height: Int
        let width: Int
        /// As a sheet shows it, which few are asked for.
        let picture: () -> RasterImage
        /// The image that was there in truth, where it is known.
        let truth: RasterImage?
    }

    private enum Source {
        case maps(LabelMapReader)
        case images(SampleFormat)
        /// Drawings of the images themselves.
        case edges(SampleFormat)
        case rows(RowConditions)
    }

    private let source: Source
    private let sizes: TranslationSizes

    /// - Parameters:
    ///   - options: of them `palette` and `edges`.
    ///   - dataset: that is translated; nil where files are.
    /// - Throws: ``DatasetError``: 64 of a generator whose conditions image files do not hold, and of options that do not go
    ///   with it; 65 of a data set without such conditions.
    init(
        _ file: GeneratorFile, _ options: TranslateSession.Options, folder: String, dataset: Dataset?,
        sizes: TranslationSizes
    ) throws {
        self.sizes = sizes
        if options.edges, file.conditionFormat == nil {
            throw DatasetError.usage(
                "--edges: \(file.path) is conditioned on label maps, not on drawings of edges; leave it out")
        }
        if let palette = options.palette {
            let reason =
                file.conditionFormat != nil
                ? "\(file.path) is conditioned on images, not on label maps"
                : dataset == nil ? nil : "\(folder) is a data set, whose label maps hold classes"
            if let reason { throw DatasetError.usage("--palette \(palette): \(reason)") }
        }
        if let dataset {
            source = .rows(try RowConditions(file, dataset, edges: options.edges))
            return
        }
        guard let format = file.conditionFormat else {
            source = .maps(
                try LabelMapReader(
                    palette: options.palette, folder: folder, classes: file.conditionClasses, origin: file.path))
            return
        }
        guard format.element == .uint8, [1, 3].contains(format.channels.count) else {
            throw DatasetError.usage(
                "\(file.path): is conditioned on \(format.element.rawValue) fields of \(format.channels.count) channels, which "
                    + "image files do not hold; give a data set as --input")
        }
        source = options.edges ? .edges(format) : .images(format)
    }

    /// What label maps' colours are taken for, to be compared between ranks.
    var paletteText: String { if case .maps(let reader) = source { reader.paletteText } else { "none" } }

    /// Whether the true images are known without being asked for.
    var knowsTruth: Bool {
        switch source {
        case .maps, .images: false
        case .edges: true
        case .rows(let rows): rows.knowsTruth
        }
    }

    /// How many a rank reads at once.
    var together: Int { if case .rows(let rows) = source { rows.together } else { 1 } }

    /// Height and width of a condition's picture, and of the image that is made of it.
    ///
    /// - Throws: as reading it does, where its size is none that the generator takes.
    func size(of job: TranslationFiles.Job) throws -> (picture: SheetSize, image: SheetSize) {
        if case .rows(let rows) = source {
            try sizes.check(rows.size.height, rows.size.width, job.input)
            return (SheetSize(rows.size.height, rows.pictureWidth), SheetSize(rows.size.height, rows.size.width))
        }
        let (height, width) = try ImageFile.size(of: job.input)
        try sizes.check(height, width, job.input)
        return (SheetSize(height, width), SheetSize(height, width))
    }

    /// Reads a few and hands them over one after another.
    ///
    /// - Throws: ``DatasetError`` or ``FileError`` that names the file, and what of it the generator does not take; what
    ///   `body` throws.
    func read(
        _ jobs: [TranslationFiles.Job], _ body: (TranslationFiles.Job, Condition) throws -> Void
    ) throws {
        if case .rows(let rows) = source {
            for job in jobs { try sizes.check(rows.size.height, rows.size.width, job.input) }
            let conditions = try rows.read(jobs.compactMap(\.row))
            for (job, condition) in zip(jobs, conditions) { try body(job, condition) }
        } else {
            for job in jobs { try body(job, try read(job.input)) }
        }
    }

    private func read(_ path: String) throws -> Condition {
        func check(_ height: Int, _ width: Int) throws { try sizes.check(height, width, path) }
        switch source {
        case .rows: preconditionFailure("\(path): a file where rows are read")
        case .maps(let reader):
            let map = try reader.read(path, check: check)
            return .map(map.values, height: map.height, width: map.width)
        case .images(let format):
            return .image(try ImageFile.read(path, channels: format.channels.count, check: check), format)
        case .edges(let format):
            let photo = try ImageFile.read(path, check: check)
            return .image(
                EdgeFilter.edges(of: photo).converted(toChannels: format.channels.count), format, truth: photo)
        }
    }
}

extension ConditionReader.Condition {
    static func map(_ values: [UInt8], height: Int, width: Int, truth: RasterImage? = nil) -> Self {
        Self(
            pixels: .maps(values, height: height, width: width), height: height, width: width,
            picture: {
                RasterImage(
                    height: height, width: width, channels: 3, pixels: ImageGrid.colors(ofSemantic: values))
            }, truth: truth)
    }

    /// - Parameter image: of the format's channels.
    static func image(_ image: RasterImage, _ format: SampleFormat, truth: RasterImage? = nil) -> Self {
        Self(
            pixels: .images(
                format.normalized(image.pixels.map { Float($0) }), height: image.height, width: image.width),
            height: image.height, width: image.width, picture: { image }, truth: truth)
    }
}
