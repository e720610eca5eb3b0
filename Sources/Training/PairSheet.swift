import Configuration
import Layers
import Models
import Recipes
import Storage

/// Pairs of the data set that show the progress of a run whose images are made of what stands at each pixel: of each the
/// condition, the real image, and the one that the averaged generator makes of that condition, side by side. Pairs and seeds
/// are the same in all sheets.
///
/// A run keeps bytes of them. What networks see, of condition images four times as much and more, is read anew for each sheet,
/// some pairs at a time.
package struct PairSheet {
    /// Cells of the sheet that have a pair.
    package let count: Int
    private let dataset: Dataset
    private let rows: [Int]
    private let isOfMaps: Bool
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
    /// What is read at once for a sheet has no more bytes, where more than one pair would.
    private let bytesAtOnce: Int

    /// - Parameters:
    ///   - rows: of the data set, at least one.
    ///   - bytesAtOnce: see ``bytesAtOnce``.
    /// - Throws: ``DatasetError`` where they cannot be read, or a label map has a class that there is not.
    package init(_ configuration: ResolvedConfiguration, of dataset: Dataset, rows: [Int], bytesAtOnce: Int = 1 << 24)
        throws
    {
        let description = dataset.description
        (count, self.dataset, self.rows, self.bytesAtOnce) = (rows.count, dataset, rows, bytesAtOnce)
        isOfMaps = configuration.data.condition == .map
        size = (height: description.height, width: description.width)
        imageChannels = description.channels
        let format = description.imageCondition
        let field = isOfMaps || format?.isPicture == true ? nil : format.map { FieldPicture($0) }
        let shownChannels = isOfMaps || field != nil ? 3 : format?.channels.count ?? 0
        channels = max(shownChannels, imageChannels)
        conditionWidth = field?.cellWidth ?? size.width
        var (shown, reals): ([UInt8], [UInt8]) = ([], [])
        for places in Self.parts(rows.count, description, isOfMaps: isOfMaps, bytesAtOnce) {
            let found = try Self.read(dataset, Array(rows[places]), isOfMaps: isOfMaps)
            let bytes =
                if isOfMaps {
                    ImageGrid.colors(ofSemantic: found.semantic ?? [])
                } else if let field, let format {
                    field.cells(format.normalized(found.imageConditions ?? []))
                } else {
                    // Of pictures physical values are those of their bytes.
                    (found.imageConditions ?? []).map { UInt8($0) }
                }
            shown += Self.widened(bytes, from: shownChannels, to: channels)
            reals += Self.widened(found.images, from: imageChannels, to: channels)
        }
        (self.shown, self.reals) = (shown, reals)
    }

    /// Places of pairs that are read together.
    private static func parts(
        _ count: Int, _ description: DatasetDescription, isOfMaps: Bool, _ bytesAtOnce: Int
    ) -> [Range<Int>] {
        let bytes = isOfMaps ? description.pixels : 4 * (description.imageCondition?.count ?? 0)
        let step = max(1, bytesAtOnce / (description.imageBytes + bytes))
        return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
    }

    private static func read(_ dataset: Dataset, _ rows: [Int], isOfMaps: Bool) throws -> DatasetRows {
        let found = try dataset.read(rows: rows, withMaps: isOfMaps, withConditions: !isOfMaps)
        if isOfMaps { try dataset.checkMaps(found.semantic, of: rows) }
        return found
    }

    /// Of a condition, a real image and a generated one.
    package var cellWidth: Int { conditionWidth + 2 * size.width }

    /// What a generator makes of the conditions: uint8 [count, height, width, channels of images].
    ///
    /// - Throws: ``NotFiniteImage``; ``DatasetError`` where the conditions cannot be read any more.
    package func images(_ generator: any Generator, _ parameters: Parameters) throws -> [UInt8] {
        var images: [UInt8] = []
        for places in Self.parts(count, dataset.description, isOfMaps: isOfMaps, bytesAtOnce) {
            let found = try Self.read(dataset, Array(rows[places]), isOfMaps: isOfMaps)
            let conditions: PixelConditions =
                if isOfMaps {
                    .maps(found.semantic ?? [], height: size.height, width: size.width)
                } else {
                    .images(
                        dataset.description.imageCondition?.normalized(found.imageConditions ?? []) ?? [],
                        height: size.height, width: size.width)
                }
            do {
                images += try SampleImages.translated(
                    generator, parameters, conditions: conditions, seeds: Array(places))
            } catch let error as NotFiniteImage {
                throw NotFiniteImage(place: places.lowerBound + error.place)
            }
        }
        return images
    }

    /// Each pair with what was made of its condition: uint8 [count, height, ``cellWidth``, ``channels``].
    ///
    /// - Parameter images: as ``images(_:_:)`` makes them.
    package func cells(beside images: [UInt8]) -> [UInt8] {
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
