import Failure
import Foundation

/// Makes a dataset of arrays of numbers: fields with any channels, and what they are conditioned on.
public struct FieldImport {
    /// What came of an import.
    public struct Result: Sendable {
        /// Samples in the dataset.
        public let count: Int
        public let description: DatasetDescription
        /// The dataset's identity.
        public let id: String
        /// Of the samples' channels, the numbers beside them and the channels of the images beside them.
        public let channels: [ChannelReport]
        /// Values that were missing and filled, in words; empty without.
        public let filled: String
    }

    /// The first source, which stays open. The others are opened one after the other: there may be more than a process
    /// may have files open.
    private let first: FieldSet
    private let sources: [String]
    private let labels: ImportOptions.Labels
    private let options: FieldOptions
    private let shards: Int?
    private let limit: Int
    private let places: FieldPlaces
    private let description: DatasetDescription
    private let classes: Int
    private let fill: Float

    /// What was recognised, for the user.
    public var summary: String {
        let keys = (first.samples + first.images).map { reader in
            (reader.array.key.isEmpty ? "" : "\(reader.array.key) ") + reader.array.kindText
        }
        return (sources.count > 1 ? "\(sources.count) sources, the first: " : "") + first.file.kind + ", "
            + keys.joined(separator: ", ") + leftText
    }

    /// What pieces leave out; empty where nothing.
    private var leftText: String {
        let (rows, columns) = places.left
        guard rows > 0 || columns > 0 else { return "" }
        let shape = first.samples[0].shape
        return "; no piece covers \(rows) of \(shape.height) rows and \(columns) of \(shape.width) columns"
    }

    /// Samples that will be made.
    public let count: Int

    /// - Parameters:
    ///   - sources: files, or a folder of PNG files; all of the same samples.
    ///   - options: what of ``ImportOptions`` is for all samples: labels of image files, limit, shards.
    /// - Throws: ``DatasetError``: 66 when one is missing, 65 when it is damaged or holds what cannot be used, 64 when
    ///   options do not fit it.
    public init(_ sources: [String], fields: FieldOptions, options: ImportOptions) throws {
        let fields = fields.withPlainKeys
        self.options = fields
        shards = options.shards
        try Self.check(fields, options)
        guard let path = sources.first else { throw DatasetError.usage("no source") }
        self.sources = sources
        labels = options.labels ?? .none
        let first = try FieldSet(path, fields, labels: labels)
        self.first = first
        var (counts, largestLabel) = ([first.count], first.beside.labels.max())
        var folderClasses = first.file.stack?.files.classes
        for path in sources.dropFirst() {
            let set = try FieldSet(path, fields, labels: labels)
            try set.compare(with: first)
            counts.append(set.count)
            largestLabel = [largestLabel, set.beside.labels.max()].compactMap { $0 }.max()
            folderClasses = [folderClasses, set.file.stack?.files.classes].compactMap { $0 }.max()
        }
        let shape = first.samples[0].shape
        places = try FieldPlaces(fields.crop, height: shape.height, width: shape.width)
        try Self.checkSize(places, first.samples[0], isCropped: fields.crop != nil)
        guard let fieldCount = counts.checkedSum(),
            let all = [fieldCount, places.count].checkedProduct(), all <= DatasetFormat.mostRows
        else {
            throw DatasetError.usage(
                "more than \(DatasetFormat.mostRows) samples. Take fewer with --stride or --random")
        }
        limit = options.limit ?? .max
        count = min(all, limit)

        let stem = (sources[0] as NSString).lastPathComponent
        let name = stem.split(separator: ".").first.map(String.init) ?? stem
        let format = try Self.format(first, places, fields, source: name)
        let beside = first.beside.components
        let components = try beside.map { try $0.channel(fields, common: .linear) }
        let vector = components.isEmpty ? nil : VectorFormat(components: components)
        let image = try Self.imageFormat(first, places, fields)
        let known =
            try FieldNames(first.samples, names: fields.channelNames, source: name).entries
            + FieldNames(first.images, names: [], source: name).entries + beside
        try FieldNames.check(fields, known: known)
        classes = folderClasses ?? largestLabel.map { Int($0) + 1 } ?? 0
        description = DatasetDescription(
            format: format, classes: classes,
            classNames: ClassNames.storable(first.file.stack?.files.classNames ?? []), vector: vector,
            imageCondition: image)
        fill = try Self.fill(fields, [format] + [image].compactMap { $0 })
    }

    private static func check(_ fields: FieldOptions, _ options: ImportOptions) throws {
        if let limit = options.limit, limit < 1 { throw DatasetError.usage("--limit \(limit): expected 1 or more") }
        if let shards = options.shards, !DatasetFormat.shardCounts.contains(shards) {
            throw DatasetError.usage("--shards \(shards): expected 1 to \(DatasetFormat.shardCounts.upperBound)")
        }
        let others: [(String, Bool)] = [
            ("--resolution", options.resolution != nil), ("--channels", options.channels != nil),
            ("--palette", options.palette != nil), ("--map-classes", options.mapClasses != nil),
            ("--resize", options.resize != .lanczos), ("--crop center", options.crop != .none),
            ("--on-error skip", options.onError != .fail),
            ("--maps", options.maps != .automatic && options.maps != .none),
            ("--pair", options.pair != nil), ("--pair-channels", options.pairChannels != nil),
            ("--direction", options.direction != nil),
        ]
        if let (name, _) = others.first(where: \.1) {
            throw DatasetError.usage(
                "\(name) is of pictures; arrays are taken as they are. Their samples are told by --key, --layout, --shape "
                    + "and --crop HxW")
        }
        if let crop = fields.crop {
            guard crop.height >= 1, crop.width >= 1 else { throw DatasetError.usage("--crop: expected sides from 1") }
            switch crop.places {
            case .grid(let height, let width):
                guard height >= 1, width >= 1 else { throw DatasetError.usage("--stride: expected 1 or more") }
            case .random(let count, _):
                guard (1...1 << 20).contains(count) else {
                    throw DatasetError.usage("--random \(count): expected 1 to \(1 << 20)")
                }
            }
        }
        var names: Set<String> = []
        for key in fields.keys + fields.conditions + fields.conditionImages where !names.insert(key).inserted {
            throw DatasetError.usage("\(key) is asked for twice")
        }
    }

    private static func checkSize(_ places: FieldPlaces, _ reader: FieldReader, isCropped: Bool) throws {
        let (height, width) = (places.height, places.width)
        guard !NetworkSize.isPossible(height, width) else { return }
        let near = NetworkSize.nearest(height, width)
        var text =
            "\(reader.array.place): samples of \(height)×\(width), which no network makes: both sides must be halved at "
            + "least once, until the shorter is 4 to 7. The nearest size that it can make is \(near.height)×\(near.width)"
        if near.height <= reader.shape.height, near.width <= reader.shape.width {
            text += ": --crop \(near.height)x\(near.width) takes such pieces"
        }
        if reader.shape.isLone { text += ". If each row is a sample, stored flat, give --shape HxW" }
        throw isCropped ? DatasetError.usage(text) : DatasetError.badData(text)
    }

    /// The element that holds all values as they are.
    private static func element(_ readers: [FieldReader], _ asked: SampleFormat.Element?) throws -> SampleFormat.Element
    {
        let needed =
            readers.map { $0.array.facts.isPacked ? .float32 : $0.array.type.element }
            .max { $0.bytes < $1.bytes } ?? .float32
        guard let asked else { return needed }
        guard asked.bytes >= needed.bytes else {
            throw DatasetError.usage(
                "--element \(asked.rawValue): \(readers[0].array.place) is \(readers[0].array.kindText), which takes "
                    + "\(needed.rawValue)")
        }
        return asked
    }

    private static func format(
        _ set: FieldSet, _ places: FieldPlaces, _ options: FieldOptions, source: String
    ) throws -> SampleFormat {
        let names = try FieldNames(set.samples, names: options.channelNames, source: source)
        let element = try element(set.samples, options.element)
        let common = options.transforms.common ?? .linear
        let format = SampleFormat(
            element: element, height: places.height, width: places.width,
            channels: try names.entries.map { try $0.channel(options, common: common) })
        // Bytes that may be pictures are pictures, unless somebody wants them seen otherwise.
        let picture = SampleFormat.picture(resolution: places.height, channels: format.channels.count)
        let isPlain =
            options.transforms.common == nil && options.scaling == nil && options.channelNames.isEmpty
            && options.units.isEmpty && format.channels.allSatisfy { $0.unit.isEmpty && $0.transform.curve == .linear }
        if element == .uint8, places.height == places.width, picture.isPicture, isPlain { return picture }
        return format
    }

    private static func imageFormat(
        _ set: FieldSet, _ places: FieldPlaces, _ options: FieldOptions
    ) throws -> SampleFormat? {
        guard !set.images.isEmpty else { return nil }
        let names = try FieldNames(set.images, names: [], source: "")
        return SampleFormat(
            element: try element(set.images, nil), height: places.height, width: places.width,
            channels: try names.entries.map { try $0.channel(options, common: .linear) })
    }

    private static func fill(_ options: FieldOptions, _ formats: [SampleFormat]) throws -> Float {
        guard case .fill(let value) = options.missing else { return 0 }
        let float = Float(value)
        guard float.isFinite else { throw DatasetError.usage("--missing \(value): expected a finite number") }
        for format in formats where format.element != .float32 {
            let most = format.element == .uint8 ? 255 : 65_535
            guard float == float.rounded(), (0...Float(most)).contains(float) else {
                throw DatasetError.usage(
                    "--missing \(value): the values are \(format.element.rawValue), expected a whole number from 0 to "
                        + "\(most). --element float32 takes any")
            }
        }
        return float
    }

    /// Reads every sample and writes the dataset.
    ///
    /// - Parameters:
    ///   - folder: made if missing; must not hold a dataset.
    ///   - progress: called with the number of samples so far, after each.
    /// - Throws: ``DatasetError``, ``FileError`` and ``HDF5Error``; the folder holds no shard then.
    public func run(to folder: String, progress: (Int) -> Void = { _ in }) throws -> Result {
        try DatasetWriter.checkIsFree(folder)
        let format = description.format
        let writer = try DatasetWriter(
            folder: folder, description: description, shards: shards, compression: options.compresses ? .deflate : .none
        )
        let scaling = options.scaling ?? .range
        var samples = FittedChannels(format.channels, scaling)
        var vectors = FittedChannels(description.vector?.components ?? [], .deviation)
        var images = FittedChannels(description.imageCondition?.channels ?? [], scaling)
        var missing = MissingValues()
        // Of the sources before: random places are told by a field's number among all.
        var (done, fieldsBefore) = (0, 0)
        for (number, path) in sources.enumerated() where done < limit {
            let set = number == 0 ? first : try FieldSet(path, options, labels: labels)
            try set.compare(with: first)
            let shape = set.samples[0].shape
            var field = [Float](repeating: 0, count: shape.height * shape.width * format.channels.count)
            var image = [Float](repeating: 0, count: shape.height * shape.width * images.channels.count)
            for index in 0..<set.count where done < limit {
                try read(set.samples, index, into: &field, &missing, &samples)
                try read(set.images, index, into: &image, &missing, &images)
                let components = vectors.channels.count
                let vector = Array(set.beside.vectors[index * components..<(index + 1) * components])
                if components > 0 { try vectors.add(vector) { _ in "\(set.file.path), row \(index)" } }
                let label =
                    set.beside.labels.isEmpty ? set.file.stack?.files.label(of: index) : set.beside.labels[index]
                for number in 0..<places.count where done < limit {
                    let place = places.place(number, of: fieldsBefore + index)
                    let piece = places.piece(place, of: field, channels: samples.channels.count)
                    let imagePiece = places.piece(place, of: image, channels: images.channels.count)
                    done += 1
                    // What is refused at the end is not written, but counted.
                    if options.missing == .refuse, missing.count > 0 {
                        progress(done)
                        continue
                    }
                    try samples.add(piece) { name(set.samples, index, place, $0, width: places.width) }
                    try images.add(imagePiece) { name(set.images, index, place, $0, width: places.width) }
                    try writer.append(
                        field: piece, label: label, vector: components > 0 ? vector : nil,
                        imageCondition: images.channels.isEmpty ? nil : imagePiece)
                    progress(done)
                }
            }
            fieldsBefore += set.count
            try set.finish()
        }
        if options.missing == .refuse, missing.count > 0 { throw missing.refusal }
        if !format.isPicture || description.vector != nil || description.imageCondition != nil {
            let fitted = format.isPicture ? format.channels.map(\.transform) : try samples.fit("channel")
            try writer.setTransforms(
                fitted, vector: vectors.channels.isEmpty ? nil : vectors.fit("the condition"),
                imageCondition: images.channels.isEmpty ? nil : images.fit("channel"))
        }
        let id = try writer.finish()
        let reports =
            samples.reports(.sample) + vectors.reports(.vector) + images.reports(.image)
        return Result(
            count: writer.count, description: writer.description, id: id, channels: reports,
            filled: missing.count > 0 ? "\(missing.count) values (\(missing.text))" : "")
    }

    private func read(
        _ readers: [FieldReader], _ index: Int, into values: inout [Float], _ missing: inout MissingValues,
        _ channels: inout FittedChannels
    ) throws {
        let count = channels.channels.count
        var (first, filled) = (0, [Int](repeating: 0, count: count))
        for reader in readers {
            try reader.read(
                index, into: &values, first: first, of: count, fill: fill, missing: &missing, filled: &filled)
            first += reader.shape.channels
        }
        channels.noteFilled(filled)
    }

    /// What messages call value `index` of a piece.
    private func name(
        _ readers: [FieldReader], _ field: Int, _ place: (row: Int, column: Int), _ index: Int, width: Int
    ) -> String {
        let count = readers.reduce(0) { $0 + $1.shape.channels }
        var channel = index % count
        let (row, column) = (place.row + index / count / width, place.column + index / count % width)
        for reader in readers {
            if channel < reader.shape.channels {
                return reader.place(field, row: row, column: column, channel: channel)
            }
            channel -= reader.shape.channels
        }
        return ""
    }
}
