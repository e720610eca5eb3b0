import Storage

/// Pictures of a dataset beside the images that they are made from, in grids of one form.
struct PairPreview {
    private(set) var images: RasterImage
    private(set) var conditions: RasterImage
    /// Semantic maps of the cells that are filled, one after another; nil where there are none.
    private(set) var semantic: [UInt8]?

    /// Of pairs one is read at a time: condition images come as numbers, which take four times the room of bytes.
    ///
    /// - Parameters:
    ///   - condition: the format of the images that others are made from. Those that are no pictures are shown as fields
    ///     are.
    ///   - cells: rows of the dataset; black where there is none.
    init(of dataset: Dataset, _ condition: SampleFormat, cells: [Int?], columns: Int) throws {
        let description = dataset.description
        let (height, width) = (description.height, description.width)
        let rows = (cells.count + columns - 1) / columns
        let field = condition.isPicture ? nil : FieldPicture(condition)
        let conditionWidth = field?.cellWidth ?? width
        images = RasterImage(height: rows * height, width: columns * width, channels: description.channels)
        conditions = RasterImage(
            height: rows * height, width: columns * conditionWidth,
            channels: field == nil ? condition.channels.count : 3)
        for (cell, row) in cells.enumerated() {
            guard let row else { continue }
            let found = try dataset.read(rows: [row])
            let (top, column) = (cell / columns * height, cell % columns)
            images.paste(
                RasterImage(height: height, width: width, channels: description.channels, pixels: found.images),
                top: top, left: column * width)
            let values = found.imageConditions ?? []
            conditions.paste(
                RasterImage(
                    height: height, width: conditionWidth, channels: conditions.channels,
                    // Pictures are bytes, whose physical values are those of the bytes.
                    pixels: field?.cells(condition.normalized(values)) ?? values.map { UInt8($0) }),
                top: top, left: column * conditionWidth)
            if let maps = found.semantic { semantic = (semantic ?? []) + maps }
        }
    }
}
