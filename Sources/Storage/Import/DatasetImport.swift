import Failure

/// Makes a dataset from images of another kind, one after the other.
public struct DatasetImport {
    /// What came of an import.
    public struct Result: Sendable {
        /// Images in the dataset.
        public let count: Int
        public let description: DatasetDescription
        /// The dataset's identity.
        public let id: String
        /// One message for each image left out.
        public let skipped: [String]
    }

    private let source: any ImportSource
    private let options: ImportOptions
    /// What was recognised, for the user.
    public var summary: String { source.summary + (options.pair == .edges ? ", each drawn by its edges" : "") }
    /// Images that will be read.
    public var count: Int { min(source.count, options.limit ?? .max) }

    /// Recognises the source by its content.
    ///
    /// - Parameter path: a folder of PNG or JPEG files, of `images` and `annotations`, of `A` and `B` where pairs are asked
    ///   for, or of CIFAR batches, an IDX file (packed with gzip or not), or an HDF5 file with `images`.
    /// - Throws: ``DatasetError``: 66 when it is missing, 65 when it holds no images, is of no known kind or damaged, 64 when the
    ///   options do not fit it.
    public init(_ path: String, options: ImportOptions) throws {
        if let limit = options.limit, limit < 1 { throw DatasetError.usage("--limit \(limit): expected 1 or more") }
        if let resolution = options.resolution {
            guard DatasetFormat.isPowerOfTwo(resolution), resolution >= 4 else {
                throw DatasetError.usage("--resolution \(resolution) is not a power of two: 4, 8, 16, 32, 64, …")
            }
            guard resolution <= DatasetFormat.largestResolution else {
                throw DatasetError.usage(
                    "--resolution \(resolution): expected at most \(DatasetFormat.largestResolution)")
            }
        }
        if let shards = options.shards, !DatasetFormat.shardCounts.contains(shards) {
            throw DatasetError.usage("--shards \(shards): expected 1 to \(DatasetFormat.shardCounts.upperBound)")
        }
        if let channels = options.channels, channels != 1, channels != 3 {
            throw DatasetError.usage("--channels \(channels): expected 1 (grey) or 3 (colour)")
        }
        if let classes = options.mapClasses, !(1...DatasetFormat.mostSemanticClasses).contains(classes) {
            throw DatasetError.usage(
                "--map-classes \(classes): expected 1 to \(DatasetFormat.mostSemanticClasses)")
        }
        try Self.checkPairs(options)
        self.options = options
        source = try Self.paired(Self.recognise(path, options), path, options)
        guard count > 0 else { throw DatasetError.badData("\(path): 0 images (\(source.summary))") }
    }

    /// - Throws: ``DatasetError`` (64) where options of pairs do not go together.
    private static func checkPairs(_ options: ImportOptions) throws {
        if let channels = options.pairChannels {
            guard channels == 1 || channels == 3 else {
                throw DatasetError.usage("--pair-channels \(channels): expected 1 (grey) or 3 (colour)")
            }
            guard let pair = options.pair, pair != .edges else {
                throw DatasetError.usage(
                    "--pair-channels is of condition images that are read: give --pair FOLDER or side-by-side")
            }
        }
        if let direction = options.direction, options.pair != .sideBySide {
            throw DatasetError.usage(
                "--direction \(direction.rawValue) is of --pair side-by-side; of two folders --pair names that of the "
                    + "condition images")
        }
    }

    /// What the images of a source are made from.
    ///
    /// - Throws: ``DatasetError`` (64) where the source cannot have it.
    private static func paired(
        _ source: any ImportSource, _ path: String, _ options: ImportOptions
    ) throws -> any ImportSource {
        switch options.pair {
        case nil, .edges: return source
        case .sideBySide: return try HalvedImages(source, options.direction ?? .rightFromLeft)
        case .folder(let name):
            guard source is PairedImages else {
                throw DatasetError.usage(
                    "--pair \(name): \(path) is \(source.summary). Condition images come from a folder beside a folder of "
                        + "image files; --pair edges draws them of any images")
            }
            return source
        }
    }

    private static func recognise(_ path: String, _ options: ImportOptions) throws -> any ImportSource {
        guard Files.exists(path) else { throw DatasetError.missingInput("\(path): no such file or folder") }
        let withLabels = options.labels != ImportOptions.Labels.none
        if Files.isFolder(path) {
            if let batches = try CIFARSource(folder: path, withLabels: withLabels) {
                return try withoutMaps(batches, path, options)
            }
            return try images(in: path, options)
        }
        if let labels = options.labels, labels != .none {
            throw DatasetError.usage(
                "--labels \(labels): \(path) is a file. Labels beside the images are used without this option")
        }
        let head = try Files.bytes(path, limit: 8)
        if head == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] {
            let file = try HDF5Source(
                path, withLabels: withLabels, withMaps: options.maps != .none, mapClasses: options.mapClasses)
            if file.hasMaps, options.palette == nil, options.maps == .automatic { return file }
            return try withoutMaps(file, path, options)
        }
        // IDX begins with two zero bytes, its element type and its rank.
        let unpacked = head.starts(with: [0x1F, 0x8B]) ? try GzipReader(path).read(upTo: 4) : head
        if unpacked.starts(with: [0, 0]) {
            return try withoutMaps(IDXSource(path, withLabels: withLabels), path, options)
        }
        let found = unpacked.prefix(4).map { String($0) }.joined(separator: " ")
        throw DatasetError.badData(
            "\(path): begins with bytes \(found), expected an IDX file (magic 0 0 8 3, that is \(IDXSource.imageMagic)), "
                + "an HDF5 file, or a folder of images")
    }

    /// A folder of image files, with their maps where there are any, and with their pairs where those are in a folder.
    private static func images(in path: String, _ options: ImportOptions) throws -> any ImportSource {
        let (images, maps) = (path + "/images", path + "/annotations")
        let labels = options.labels ?? .none
        var folders = (images: path, maps: "")
        var (pair, pairName) = ("", "")
        if case .folder(let name) = options.pair {
            (pair, pairName) = (try FolderChoice.named(name, by: "--pair", in: path), name)
        }
        switch options.maps {
        case .none: break
        case .automatic:
            // What images are made from may be pictures of maps.
            if Files.isFolder(images), Files.isFolder(maps) {
                folders = (images, Files.areSame(pair, maps) ? "" : maps)
            }
        case .folder(let name):
            folders = (path, try FolderChoice.named(name, by: "--maps", in: path))
            if Files.isFolder(folders.maps, in: path) {
                guard Files.isFolder(images) else {
                    throw DatasetError.usage(
                        "--maps \(name) lies in \(path): maps would be imported as images. Put the images into "
                            + "\(images), or give the folder of the images as source")
                }
                folders.images = images
            }
        }
        if !pair.isEmpty {
            folders.images = try FolderChoice.images(beside: pair, pairName, images: folders.images, in: path)
        }
        let source = try ImageFolderSource(folders.images, of: path, labels: labels)
        let isStrict = options.onError == .fail
        let mapped: any NamedImages
        if folders.maps.isEmpty {
            try refuseMaps(source, path, options)
            mapped = source
        } else {
            mapped = try MappedImages(source, MapFolder(folders.maps, source: path, options), isStrict: isStrict)
        }
        return pair.isEmpty ? mapped : try PairedImages(mapped, PairFolder(pair), isStrict: isStrict)
    }

    private static func withoutMaps(
        _ source: any ImportSource, _ path: String, _ options: ImportOptions
    ) throws -> any ImportSource {
        try refuseMaps(source, path, options)
        return source
    }

    /// - Throws: ``DatasetError`` (64) where the options ask for maps, which the source has none of.
    private static func refuseMaps(_ source: any ImportSource, _ path: String, _ options: ImportOptions) throws {
        let isAsked = options.maps != .automatic && options.maps != .none
        guard !isAsked, options.palette == nil, options.mapClasses == nil else {
            let option = isAsked ? "--maps" : options.palette != nil ? "--palette" : "--map-classes"
            throw DatasetError.usage(
                "\(option): \(path) is \(source.summary). Maps come from a folder of PNG files beside a folder of image "
                    + "files, or stand in an HDF5 file, as classes, in semantic")
        }
    }

    /// Reads every image and writes the dataset.
    ///
    /// - Parameters:
    ///   - folder: made if missing; must not hold a dataset.
    ///   - progress: called with the number of images read so far, after each.
    /// - Throws: ``DatasetError`` and ``FileError``; the folder holds no shard then.
    public func run(to folder: String, progress: (Int) -> Void = { _ in }) throws -> Result {
        try DatasetWriter.checkIsFree(folder)
        var preparation = ImagePreparation(options)
        var writer: DatasetWriter?
        var skipped = source.leftOver
        for index in 0..<count {
            do {
                let original = try source.read(index)
                let image = try preparation.prepare(original, name: source.name(of: index))
                let target =
                    try writer
                    ?? DatasetWriter(folder: folder, description: description(of: image), shards: options.shards)
                writer = target
                try target.append(
                    image: image.image.pixels, label: image.label, semantic: image.semantic,
                    imageCondition: image.condition?.pixels.map(Float.init))
            } catch let broken as BrokenSource {
                throw broken.cause
            } catch let error as DatasetError where error.exitCode == ExitCode.badData && options.onError == .skip {
                skipped.append(error.message)
            }
            progress(index + 1)
        }
        try source.finish()
        guard let writer else {
            throw DatasetError.badData(
                "0 images: all \(count) were unusable, the first: \(skipped[source.leftOver.count])")
        }
        if source.countsSemanticClasses { writer.countSemanticClasses() }
        let id = try writer.finish()
        return Result(count: writer.count, description: writer.description, id: id, skipped: skipped)
    }

    private func description(of image: SourceImage) -> DatasetDescription {
        var description = DatasetDescription(
            resolution: image.image.height, channels: image.image.channels, classes: source.classes,
            semanticClasses: source.semanticClasses, classNames: ClassNames.storable(source.classNames),
            semanticNames: ClassNames.storable(source.semanticNames))
        description.imageCondition = image.condition.map {
            .picture(resolution: $0.height, channels: $0.channels)
        }
        return description
    }
}
