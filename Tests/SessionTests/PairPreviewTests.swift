import Session
import Storage
import TestSupport
import Testing

/// `ganglion dataset info --preview` of pictures and what they are made from.
@Suite struct PairPreviewTests {
    private static let side = 8

    private func image(_ row: Int, channels: Int) -> [UInt8] {
        (0..<Self.side * Self.side * channels).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ row &* 17) }
    }

    private func map(_ row: Int) -> [UInt8] { (0..<Self.side * Self.side).map { UInt8(($0 + row) % 3) } }

    private func write(
        to folder: String, rows: Int, condition: SampleFormat, classes: Int = 0, hasMaps: Bool = false
    ) throws {
        var description = DatasetDescription(
            resolution: Self.side, channels: 3, classes: classes, semanticClasses: hasMaps ? 3 : 0)
        description.imageCondition = condition
        let writer = try DatasetWriter(folder: folder, description: description)
        for row in 0..<rows {
            try writer.append(
                image: image(row, channels: 3), label: classes > 0 ? Int32(row % classes) : nil,
                semantic: hasMaps ? map(row) : nil,
                imageCondition: image(100 + row, channels: condition.channels.count).map(Float.init))
        }
        _ = try writer.finish()
    }

    private func preview(_ folder: String) throws -> RasterImage {
        let path = folder + "/preview.png"
        try DatasetInfoSession(folder: folder + "/data", preview: path, verify: true).run()
        return try ImageFile.read(path, channels: 3)
    }

    private func grid(_ images: [[UInt8]], channels: Int) -> RasterImage {
        ImageGrid.make(
            images.flatMap { $0 }, count: images.count, height: Self.side, width: Self.side, channels: channels,
            columns: 8
        ).converted(toChannels: 3)
    }

    /// Grids from left to right, with white between them.
    private func beside(_ grids: [RasterImage]) -> RasterImage {
        let gap = Self.side / 4
        var all = RasterImage(
            height: grids[0].height, width: grids.reduce(-gap) { $0 + gap + $1.width }, channels: 3, filledWith: 255)
        var left = 0
        for grid in grids {
            all.paste(grid, top: 0, left: left)
            left += grid.width + gap
        }
        return all
    }

    @Test(arguments: [1, 3]) func conditionsStandToTheRight(_ channels: Int) throws {
        try withTemporaryFolder { folder in
            try write(
                to: folder + "/data", rows: 11, condition: .picture(resolution: Self.side, channels: channels))
            let expected = beside([
                grid((0..<11).map { image($0, channels: 3) }, channels: 3),
                grid((0..<11).map { image(100 + $0, channels: channels) }, channels: channels),
            ])
            let found = try preview(folder)
            #expect(found == expected)
        }
    }

    /// Rows of classes that have fewer than eight are black in all three grids.
    @Test func mapsStandBetween() throws {
        try withTemporaryFolder { folder in
            try write(
                to: folder + "/data", rows: 5, condition: .picture(resolution: Self.side, channels: 1), classes: 2,
                hasMaps: true)
            let cells: [Int?] = [0, 2, 4, nil, nil, nil, nil, nil, 1, 3, nil, nil, nil, nil, nil, nil]
            func all(_ values: (Int) -> [UInt8], _ channels: Int) -> [[UInt8]] {
                let black = [UInt8](repeating: 0, count: Self.side * Self.side * channels)
                return cells.map { $0.map(values) ?? black }
            }
            let expected = beside([
                grid(all({ image($0, channels: 3) }, 3), channels: 3),
                grid(all({ ImageGrid.colors(ofSemantic: map($0)) }, 3), channels: 3),
                grid(all({ image(100 + $0, channels: 1) }, 1), channels: 1),
            ])
            let found = try preview(folder)
            #expect(found == expected)
        }
    }

    /// What is beside a picture may be a field, and is shown as fields are.
    @Test func conditionsThatAreNoPicturesAreShownByAColourMap() throws {
        try withTemporaryFolder { folder in
            let condition = SampleFormat(
                element: .uint8, height: Self.side, width: Self.side,
                channels: ["height", "slope"].map {
                    SampleFormat.Channel(name: $0, transform: ChannelTransform(center: 100, scale: 100))
                })
            try write(to: folder + "/data", rows: 3, condition: condition)
            let found = try preview(folder)
            let fields = (0..<3).flatMap { image(100 + $0, channels: 2).map(Float.init) }
            let picture = FieldPicture(condition).grid(condition.normalized(fields), columns: 8)
            let expected = beside([grid((0..<3).map { image($0, channels: 3) }, channels: 3), picture])
            #expect(found == expected)
        }
    }
}
