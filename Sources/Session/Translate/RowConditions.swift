import Models
import Recipes
import Storage

/// What conditions a generator's pixels, of a data set's rows, with the images that belong to it.
struct RowConditions {
    private enum Kind {
        case maps
        case images(SampleFormat)
        case edges(SampleFormat)
    }

    private let dataset: Dataset
    private let kind: Kind
    let size: MapSize

    /// - Parameter edges: whether conditions are drawings of the data set's own images.
    /// - Throws: ``DatasetError`` (65) that names the data set where it has no such conditions; 64 for edges of fields.
    init(_ file: GeneratorFile, _ dataset: Dataset, edges: Bool) throws {
        self.dataset = dataset
        let description = dataset.description
        size = MapSize(height: description.height, width: description.width)
        guard let format = file.conditionFormat else {
            guard description.semanticClasses == file.conditionClasses else {
                let found =
                    description.semanticClasses == 0
                    ? "no label maps" : "label maps of \(description.semanticClasses) classes"
                throw DatasetError.badData(
                    "\(dataset.folder): has \(found), but maps of \(file.conditionClasses) condition the generator of "
                        + "\(file.path)")
            }
            kind = .maps
            return
        }
        if edges {
            guard description.isPicture, format.element == .uint8, [1, 3].contains(format.channels.count) else {
                throw DatasetError.usage(
                    "--edges: drawings are made of pictures for networks that take pictures, but "
                        + (description.isPicture
                            ? "\(file.path) is conditioned on fields" : "\(dataset.folder) has fields"))
            }
            kind = .edges(format)
            return
        }
        guard let own = description.imageCondition, own.channels.count == format.channels.count else {
            let found = description.imageCondition.map { "images of \($0.channels.count) channels" } ?? "no images"
            throw DatasetError.badData(
                "\(dataset.folder): has \(found) beside its own, but images of \(format.channels.count) channels condition the "
                    + "generator of \(file.path)" + (description.isPicture ? "; --edges draws them of its own" : ""))
        }
        kind = .images(format)
    }

    /// Of fields none are shown.
    var knowsTruth: Bool { dataset.description.isPicture }

    /// Rows that are read at once: a few, since shards are packed a few rows together, but no more than tens of megabytes.
    var together: Int {
        let description = dataset.description
        let bytes =
            description.imageBytes + 3 * size.count + 4 * size.count * (description.imageCondition?.channels.count ?? 0)
        return max(1, min(16, (1 << 26) / max(1, bytes)))
    }

    /// Of a condition as a sheet shows it.
    var pictureWidth: Int {
        guard case .images(let format) = kind, let picture = picture(format) else { return size.width }
        return picture.cellWidth
    }

    /// Nil of conditions that are shown as they are.
    private func picture(_ format: SampleFormat) -> FieldPicture? {
        let isShownAsItIs = format.element == .uint8 && [1, 3].contains(format.channels.count)
        return isShownAsItIs
            ? nil : FieldPicture(height: size.height, width: size.width, channels: format.channels.count)
    }

    /// - Throws: ``DatasetError`` that names the shard, and the row and the value of a map that is none of its classes.
    func read(_ rows: [Int]) throws -> [ConditionReader.Condition] {
        guard !rows.isEmpty else { return [] }
        let (readsMaps, readsImages) =
            switch kind {
            case .maps: (true, false)
            case .images: (false, true)
            case .edges: (false, false)
            }
        let found = try dataset.read(rows: rows, withMaps: readsMaps, withConditions: readsImages)
        try dataset.checkMaps(found.semantic, of: rows)
        let truths = rows.indices.map { truth($0, found) }
        return rows.indices.map { place in
            switch kind {
            case .maps:
                let map = part(found.semantic ?? [], place, 1)
                return .map(map, height: size.height, width: size.width, truth: truths[place])
            case .edges(let format):
                guard let image = truths[place] else { preconditionFailure("edges of fields") }
                return .image(
                    EdgeFilter.edges(of: image).converted(toChannels: format.channels.count), format, truth: image)
            case .images(let format):
                return condition(part(found.imageConditions ?? [], place, format.channels.count), format, truths[place])
            }
        }
    }

    /// By the generator's own transforms: the data set's may be others by now.
    private func condition(
        _ values: [Float], _ format: SampleFormat, _ truth: RasterImage?
    ) -> ConditionReader.Condition {
        let normalized = format.normalized(values)
        let (size, picture) = (size, picture(format))
        return ConditionReader.Condition(
            pixels: .images(normalized, height: size.height, width: size.width), height: size.height,
            width: size.width,
            picture: {
                guard let picture else {
                    return RasterImage(
                        height: size.height, width: size.width, channels: format.channels.count,
                        pixels: values.map { UInt8(max(0, min(255, $0))) })
                }
                return RasterImage(
                    height: size.height, width: picture.cellWidth, channels: 3, pixels: picture.cells(normalized))
            }, truth: truth)
    }

    private func truth(_ place: Int, _ found: DatasetRows) -> RasterImage? {
        guard knowsTruth else { return nil }
        let channels = dataset.description.channels
        return RasterImage(
            height: size.height, width: size.width, channels: channels, pixels: part(found.images, place, channels))
    }

    private func part<Value>(_ all: [Value], _ place: Int, _ channels: Int) -> [Value] {
        let count = size.count * channels
        return Array(all[place * count..<(place + 1) * count])
    }
}
