import Configuration
import Layers
import Models
import Recipes
import Storage

/// Pairs of the data set that show the progress of a run whose images are made of what stands at each pixel: of each the
/// condition, the real image, and the one that the averaged generator makes of that condition, side by side. Pairs and seeds
/// are the same in all sheets.
struct PairSheet {
    /// Cells of the sheet that have a pair.
    let count: Int
    private let conditions: PixelConditions
    /// Conditions as they are shown: uint8 [count, height, conditionWidth, channels]
    private let shown: [UInt8]
    private let conditionWidth: Int
    /// uint8 [count, height, width, channels]
    private let reals: [UInt8]
    private let size: (height: Int, width: Int)
    /// Of the images: 1 or 3.
    private let imageChannels: Int
    /// Of cells: 1 where nothing has colours, else 3.
    let channels: Int

    /// - Parameter rows: of the data set, at least one.
    /// - Throws: ``DatasetError`` where they cannot be read, or a label map has a class that there is not.
    init(_ configuration: ResolvedConfiguration, of dataset: Dataset, rows: [Int]) throws {
        let description = dataset.description
        let found = try dataset.read(rows: rows)
        count = rows.count
        size = (height: description.height, width: description.width)
        imageChannels = description.channels
        let pictures: (bytes: [UInt8], width: Int, channels: Int)
        if configuration.data.condition == .map {
            try dataset.checkMaps(found.semantic, of: rows)
            let maps = found.semantic ?? []
            conditions = .maps(maps, height: size.height, width: size.width)
            pictures = (ImageGrid.colors(ofSemantic: maps), size.width, 3)
        } else {
            guard let format = description.imageCondition else {
                preconditionFailure("sheet of pairs: a data set without images beside its samples")
            }
            let values = found.imageConditions ?? []
            let normalized = format.normalized(values)
            conditions = .images(normalized, height: size.height, width: size.width)
            if format.isPicture {
                // Of pictures physical values are those of their bytes.
                pictures = (values.map { UInt8($0) }, size.width, format.channels.count)
            } else {
                let field = FieldPicture(format)
                pictures = (field.cells(normalized), field.cellWidth, 3)
            }
        }
        channels = max(pictures.channels, imageChannels)
        conditionWidth = pictures.width
        shown = Self.widened(pictures.bytes, from: pictures.channels, to: channels)
        reals = Self.widened(found.images, from: imageChannels, to: channels)
    }

    /// Of a condition, a real image and a generated one.
    var cellWidth: Int { conditionWidth + 2 * size.width }

    /// What a generator makes of the conditions: uint8 [count, height, width, channels of images].
    ///
    /// - Throws: ``NotFiniteImage``.
    func images(_ generator: any Generator, _ parameters: Parameters) throws -> [UInt8] {
        try SampleImages.translated(generator, parameters, conditions: conditions, seeds: Array(0..<count))
    }

    /// Each pair with what was made of its condition: uint8 [count, height, ``cellWidth``, ``channels``].
    ///
    /// - Parameter images: as ``images(_:_:)`` makes them.
    func cells(beside images: [UInt8]) -> [UInt8] {
        let made = Self.widened(images, from: imageChannels, to: channels)
        precondition(made.count == reals.count, "sheet of pairs: \(images.count) bytes of \(count) images")
        var cells: [UInt8] = []
        cells.reserveCapacity(count * size.height * cellWidth * channels)
        let (one, two) = (conditionWidth * channels, size.width * channels)
        for row in 0..<count * size.height {
            cells += shown[row * one..<(row + 1) * one]
            cells += reals[row * two..<(row + 1) * two]
            cells += made[row * two..<(row + 1) * two]
        }
        return cells
    }

    /// Grey as red, green and blue where there are colours beside it.
    private static func widened(_ bytes: [UInt8], from channels: Int, to wanted: Int) -> [UInt8] {
        channels == wanted ? bytes : bytes.flatMap { repeatElement($0, count: wanted) }
    }
}
