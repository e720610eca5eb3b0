import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// `ganglion dataset info --preview` of fields.
@Suite struct DatasetPreviewTests {
    private func format(_ height: Int, _ width: Int, channels: Int) -> SampleFormat {
        SampleFormat(
            element: .float32, height: height, width: width,
            channels: (0..<channels).map { SampleFormat.Channel(name: "c\($0)") })
    }

    @Test func numbersOfChannelsThatAreNotShownTakeRoomToo() {
        // 24 bytes a pixel of the picture, 512 of the numbers and of what networks see of them.
        #expect(DatasetInfoSession.mostCells(of: format(256, 256, channels: 64)) == 4)
        #expect(DatasetInfoSession.mostCells(of: format(1024, 1024, channels: 1)) == 16)
        #expect(DatasetInfoSession.mostCells(of: format(8192, 8192, channels: 8)) == 1)
        #expect(DatasetInfoSession.mostCells(of: SmallFields.format) > 64)
    }

    /// Fields that are read one by one stand where their classes are, as the library draws them.
    @Test func fieldsOfClassesStandInTheirRows() throws {
        try withTemporaryFolder { folder in
            try SmallFields.write(to: folder + "/data", count: 20, classes: 3)
            let dataset = try Dataset(folder + "/data")
            let path = folder + "/preview.png"
            try DatasetInfoSession(folder: folder + "/data", preview: path, verify: false).run()
            let found = try ImageFile.read(path)
            let classes = dataset.classCounts.enumerated().filter { $0.element > 0 }.map(\.offset)
            let cells = dataset.cells(ofClasses: classes, columns: 8, isSpread: true)
            let rows = try dataset.read(rows: cells.compactMap { $0 })
            let picture = FieldPicture(SmallFields.format)
            let expected = ImageGrid.make(
                ImageGrid.spread(
                    picture.cells(SmallFields.format.normalized(rows.fields)), over: cells.map { $0 != nil },
                    size: picture.cellBytes),
                count: cells.count, height: picture.height, width: picture.cellWidth, channels: 3, columns: 8)
            #expect(found.height == expected.height && found.width == expected.width)
            #expect(found.converted(toChannels: 3).pixels == expected.pixels)
        }
    }
}
