import Failure
import Foundation
import Storage
import Testing

/// Data sets of samples that are no pictures, and of what is beside samples.
@Suite struct FieldDatasetTests {
    let temporary: TemporaryFolder
    let folder: String
    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.file("data")
    }

    private var shard: String { folder + "/shard-00000.h5" }

    // MARK: Round trips

    @Test(arguments: SampleFormat.Element.allCases, DatasetCompression.allCases)
    func everyElementComesBack(element: SampleFormat.Element, compression: DatasetCompression) throws {
        for (height, width, channels) in [(12, 8, 1), (8, 8, 2), (4, 20, 7), (40, 24, 64)] {
            try? FileManager.default.removeItem(atPath: folder)
            let made = FieldRows(element, height: height, width: width, channels: channels)
            let id = try made.write(folder, compression: compression)
            let dataset = try Dataset(folder)
            #expect(dataset.description == made.description && dataset.count == 20 && dataset.shardCount == 3)
            #expect(dataset.id == id)
            let order = [19, 0, 7, 6, 6, 12, 13, 14]
            #expect(try dataset.read(rows: order) == made.rows(order))
            #expect(try dataset.read(rows: 0..<20) == made.rows(Array(0..<20)))
            #expect(dataset.verify() == [])
            #expect(try HDF5File(reading: shard).attribute("version") == .int(3))
        }
    }

    @Test(arguments: [(0, 0, 0), (3, 0, 2), (0, 4, 1), (3, 4, 5)])
    func whatIsBesideSamplesComesBack(classes: Int, semantic: Int, vector: Int) throws {
        for condition in [nil] + SampleFormat.Element.allCases.map(Optional.some) {
            for element in SampleFormat.Element.allCases {
                try? FileManager.default.removeItem(atPath: folder)
                let made = FieldRows(
                    element, classes: classes, semantic: semantic, vector: vector, condition: condition)
                try made.write(folder)
                let dataset = try Dataset(folder)
                #expect(dataset.description == made.description)
                #expect(try dataset.read(rows: [19, 3, 3, 4, 0]) == made.rows([19, 3, 3, 4, 0]))
                var bare = made.rows([8, 2])
                (bare.semantic, bare.imageConditions) = (nil, nil)
                #expect(try dataset.read(rows: [8, 2], withMaps: false, withConditions: false) == bare)
                #expect(dataset.verify() == [])
            }
        }
    }

    /// Bytes may be given as such; the shards are the same.
    @Test func bytesAreFieldsToo() throws {
        let made = FieldRows(.uint8, channels: 2, classes: 2)
        let id = try made.write(folder)
        let writer = try DatasetWriter(folder: folder + "2", description: made.description, shards: 3)
        for row in 0..<20 { try writer.append(image: made.field(row).map { UInt8($0) }, label: made.label(row)) }
        #expect(try writer.finish() == id)
        for index in 0..<3 {
            let name = "/shard-0000\(index).h5"
            let files = try [folder, folder + "2"].map { try Data(contentsOf: URL(fileURLWithPath: $0 + name)) }
            #expect(files[0] == files[1])
        }
    }

    @Test(arguments: DatasetCompression.allCases)
    func picturesWithNumbersStayPictures(compression: DatasetCompression) throws {
        var description = DatasetDescription(resolution: 16, channels: 3, classes: 2)
        let plain = FieldRows(description, count: 9)
        let plainID = try plain.write(temporary.file("plain"), shards: 1)
        description.vector = VectorFormat(components: FieldRows.channels(2, FieldRows.transforms))
        description.imageCondition = .picture(resolution: 16, channels: 1)
        let made = FieldRows(description, count: 9)
        let id = try made.write(folder, shards: 1, compression: compression)
        #expect(id != plainID)
        let dataset = try Dataset(folder)
        #expect(dataset.description.isPicture && dataset.description == description)
        let rows = try dataset.read(rows: [8, 1])
        #expect(rows == made.rows([8, 1]) && rows.fields.isEmpty && rows.images.count == 2 * 768)
        #expect(dataset.verify() == [])
        #expect(try HDF5File(reading: shard).attribute("version") == .int(3))
        #expect(try HDF5File(reading: shard).bytes("samples").values == plain.rows(Array(0..<9)).images)
    }

    /// An older program reads version 2 alone.
    @Test func plainPicturesAreOfVersionTwo() throws {
        let made = FieldRows(DatasetDescription(resolution: 8, channels: 1), count: 5)
        let id = try made.write(folder, shards: 1)
        #expect(try HDF5File(reading: shard).attribute("version") == .int(2))
        #expect(try HDF5File(reading: shard).attribute("sample_format") == nil)
        // Packed, they are the same data set in a later version.
        #expect(try made.write(folder + "2", shards: 1, compression: .deflate) == id)
        #expect(try HDF5File(reading: folder + "2/shard-00000.h5").attribute("version") == .int(3))
        #expect(try Dataset(folder + "2").read(rows: 0..<5) == Dataset(folder).read(rows: 0..<5))
        #expect(try Dataset(folder + "2").verify() == [])
    }

    /// Even where its values are seen as those of pictures are.
    @Test func aChannelWithANameOfItsOwnIsAFields() throws {
        var format = SampleFormat.picture(resolution: 8, channels: 1)
        format.channels[0].name = "density"
        let made = FieldRows(DatasetDescription(format: format), count: 3)
        try made.write(folder, shards: 1)
        let dataset = try Dataset(folder)
        #expect(!dataset.description.isPicture && dataset.description.format == format)
        let rows = try dataset.read(rows: 0..<3)
        #expect(rows.images.isEmpty && rows.fields == made.rows([0, 1, 2]).fields)
    }

    @Test func packingMakesSmoothSamplesSmaller() throws {
        let format = SampleFormat(
            element: .float32, height: 64, width: 64, channels: [SampleFormat.Channel(name: "c")])
        for (name, compression) in [("a", DatasetCompression.none), ("b", .deflate)] {
            let writer = try DatasetWriter(
                folder: temporary.file(name), description: DatasetDescription(format: format), compression: compression)
            for row in 0..<30 { try writer.append(field: (0..<4096).map { Float($0 / 64 + row) / 64 }) }
            _ = try writer.finish()
        }
        let sizes = try ["a", "b"].map {
            try Data(contentsOf: URL(fileURLWithPath: temporary.file($0) + "/shard-00000.h5")).count
        }
        #expect(sizes[0] > 30 * 16384 && sizes[1] < sizes[0] / 4)
        #expect(try Dataset(temporary.file("a")).id == Dataset(temporary.file("b")).id)
        #expect(try Dataset(temporary.file("a")).read(rows: 0..<30) == Dataset(temporary.file("b")).read(rows: 0..<30))
    }

    // MARK: Identity

    @Test func identityCoversDescriptionAndRows() throws {
        let made = FieldRows(classes: 3, semantic: 2, vector: 2, condition: .uint16)
        let id = try made.write(folder, shards: 1)
        #expect(try made.write(folder + "b", shards: 4, compression: .deflate) == id)
        var others: Set<String> = [id]
        var number = 0
        func write(_ change: (inout DatasetDescription) -> Void) throws {
            var description = made.description
            change(&description)
            others.insert(try FieldRows(description, count: 20).write(temporary.file("other\(number)")))
            number += 1
        }
        try write { $0.format.channels[1].transform.scale = 61 }
        try write { $0.format.channels[0].transform.curve = .asinh(scale: 1) }
        try write { $0.format.channels[2].name = "z" }
        try write { $0.format.channels[2].unit = "z" }
        try write {
            ($0.format.height, $0.format.width) = (8, 12)
            $0.imageCondition?.height = 8
            $0.imageCondition?.width = 12
        }
        try write { $0.vector?.components[0].transform.center = 1 }
        try write { $0.vector = nil }
        try write { $0.imageCondition = nil }
        try write { $0.imageCondition?.channels[0].unit = "m" }
        try write { $0.semanticClasses = 3 }
        try write { $0.classes = 4 }
        #expect(others.count == number + 1)
        // The last number of the last row.
        let writer = try DatasetWriter(folder: temporary.file("last"), description: made.description)
        for row in 0..<20 {
            var vector = made.vector(row) ?? []
            if row == 19 { vector[1] += 1 }
            try writer.append(
                field: made.field(row), label: made.label(row), semantic: made.map(row), vector: vector,
                imageCondition: made.condition(row))
        }
        #expect(others.insert(try writer.finish()).inserted)
    }

    @Test func transformsMayBeToldAtTheEnd() throws {
        let made = FieldRows(vector: 2, condition: .float32)
        let id = try made.write(folder)
        var description = made.description
        for index in 0..<3 { description.format.channels[index].transform = ChannelTransform() }
        for index in 0..<2 { description.vector?.components[index].transform = ChannelTransform() }
        for index in 0..<2 { description.imageCondition?.channels[index].transform = ChannelTransform() }
        let writer = try DatasetWriter(folder: folder + "2", description: description, shards: 3)
        for row in 0..<20 { try made.append(row, to: writer) }
        try writer.setTransforms(
            Array(FieldRows.transforms.prefix(3)), vector: Array(FieldRows.transforms.prefix(2)),
            imageCondition: Array(FieldRows.transforms.reversed().prefix(2)))
        #expect(writer.description == made.description)
        #expect(try writer.finish() == id)
        #expect(try Dataset(folder + "2").description == made.description)
        expectError(ExitCode.usage, "c1", "scale 0") {
            try writer.setTransforms([ChannelTransform(), ChannelTransform(scale: 0), ChannelTransform()])
        }
    }

    // MARK: What networks see

    @Test func numbersAreNormalised() throws {
        let made = FieldRows(vector: 3)
        try made.write(folder)
        let dataset = try Dataset(folder)
        func seen(_ row: Int) -> [Float] {
            zip(made.vector(row) ?? [], FieldRows.transforms).map { $1.normalized($0) }
        }
        #expect(try dataset.vectors(of: [5, 19, 0, 5]) == [5, 19, 0, 5].flatMap { seen($0) })
        #expect(try dataset.vectors(of: []) == [])
        #expect(try dataset.allVectors() == (0..<20).flatMap { seen($0) })
        try FieldRows().write(folder + "2")
        expectError(ExitCode.badData, folder + "2", "no numbers") { _ = try Dataset(folder + "2").allVectors() }
        expectError(ExitCode.badData, folder + "2", "no numbers") { _ = try Dataset(folder + "2").vectors(of: [0]) }
    }

    // MARK: What is refused on writing

    @Test func descriptionsThatCannotBe() throws {
        func refuse(
            _ text: String..., location: SourceLocation = #_sourceLocation, _ change: (inout DatasetDescription) -> Void
        ) {
            var description = FieldRows(vector: 2, condition: .uint8).description
            change(&description)
            let error = caught { _ = try DatasetWriter(folder: folder, description: description) }
            #expect(error?.exitCode == ExitCode.usage, sourceLocation: location)
            for text in text {
                #expect(error?.message.contains(text) == true, "\(error?.message ?? "")", sourceLocation: location)
            }
        }
        refuse("height 3") { $0.format.height = 3 }
        refuse("0 channels") { $0.format.channels = [] }
        refuse("numbers beside", "one name for two components") { $0.vector?.components[0].name = "c1" }
        refuse("images beside", "12×16", "12×8 as the samples") { $0.imageCondition?.width = 16 }
        refuse("images beside", "scale 0") { $0.imageCondition?.channels[0].transform.scale = 0 }
        refuse("centre nan") { $0.format.channels[0].transform.center = .nan }
        expectError(ExitCode.usage, "resolution 24 is not a power of two") {
            _ = try DatasetWriter(folder: folder, description: DatasetDescription(resolution: 24, channels: 3))
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func valuesThatCannotBe() throws {
        let made = FieldRows(vector: 2, condition: .uint16)
        let writer = try DatasetWriter(folder: folder, description: made.description)
        try made.append(0, to: writer)
        func refuse(
            _ texts: String..., field: (Int, Float)? = nil, vector: (Int, Float)? = nil, condition: (Int, Float)? = nil,
            location: SourceLocation = #_sourceLocation
        ) {
            var (values, numbers, image) = (made.field(1), made.vector(1) ?? [], made.condition(1) ?? [])
            if let field { values[field.0] = field.1 }
            if let vector { numbers[vector.0] = vector.1 }
            if let condition { image[condition.0] = condition.1 }
            let error = caught { try writer.append(field: values, vector: numbers, imageCondition: image) }
            #expect(error?.exitCode == ExitCode.badData, sourceLocation: location)
            for text in texts {
                #expect(error?.message.contains(text) == true, "\(error?.message ?? "")", sourceLocation: location)
            }
        }
        // Row 1, column 2, channel c1 of 12×8×3.
        refuse("sample 1", "channel c1 holds nan at row 1, column 2", "finite", field: (8 * 3 + 2 * 3 + 1, .nan))
        refuse("channel c2 holds -inf", field: (2, -.infinity))
        refuse("beside sample 1", "c1 is inf", vector: (1, .infinity))
        refuse("the image beside sample 1", "c0 holds 1.5", "whole numbers from 0 to 65535", condition: (0, 1.5))
        refuse("c1 holds -1.0", condition: (1, -1))
        refuse("c1 holds 65536.0", condition: (1, 65536))
        refuse("c0 holds nan", condition: (0, .nan))
        // Nothing of a refused row is kept.
        try made.append(1, to: writer)
        _ = try writer.finish()
        #expect(try Dataset(folder).read(rows: 0..<2) == made.rows([0, 1]))
        let bytes = try DatasetWriter(folder: folder + "2", description: FieldRows(.uint8, channels: 1).description)
        var values = FieldRows(.uint8, channels: 1).field(0)
        values[5] = 256
        expectError(ExitCode.badData, "c0 holds 256", "row 0, column 5", "0 to 255") { try bytes.append(field: values) }
        expectError(ExitCode.badData, "0 samples") { _ = try bytes.finish() }
    }

    /// A transform that is not defined for a value makes no data set.
    @Test func transformsHaveToBeDefined() throws {
        func finish(_ transform: ChannelTransform, _ values: [Float], element: SampleFormat.Element = .float32) throws {
            try? FileManager.default.removeItem(atPath: folder)
            let format = SampleFormat(
                element: element, height: 4, width: 4,
                channels: [SampleFormat.Channel(name: "rain", transform: transform)])
            let writer = try DatasetWriter(folder: folder, description: DatasetDescription(format: format))
            for value in values { try writer.append(field: Array(repeating: value, count: 16)) }
            _ = try writer.finish()
        }
        try finish(ChannelTransform(curve: .log1p), [-0.5, 3])
        let log = "channel rain: the transform log1p is not defined for the value -2.0, expected values above -1"
        expectError(ExitCode.badData, log) { try finish(ChannelTransform(curve: .log1p), [1, -2, 3]) }
        expectError(ExitCode.badData, "ratio", "-0.5", "values from 0 on") {
            try finish(ChannelTransform(curve: .ratio(a: 1)), [-0.5])
        }
        expectError(ExitCode.badData, "power", "-0.5") {
            try finish(ChannelTransform(curve: .power(exponent: 2)), [-0.5])
        }
        expectError(ExitCode.badData, "no finite float of the value 255.0") {
            try finish(ChannelTransform(scale: 1e-300), [1], element: .uint8)
        }
        #expect(Dataset.shardPaths(in: folder) == [])
        try finish(ChannelTransform(curve: .power(exponent: 2)), [0], element: .uint16)
        let numbers = VectorFormat(
            components: [SampleFormat.Channel(name: "energy", transform: ChannelTransform(curve: .log1p))])
        var description = FieldRows().description
        description.vector = numbers
        let writer = try DatasetWriter(folder: folder + "2", description: description)
        try writer.append(field: FieldRows().field(0), vector: [-1])
        expectError(ExitCode.badData, "number energy", "-1") { _ = try writer.finish() }
    }

    // MARK: Damage

    @Test(arguments: SampleFormat.Element.allCases) func damagedChunksAreNamed(element: SampleFormat.Element) throws {
        let made = FieldRows(element, height: 64, width: 96, channels: 2, count: 8, condition: .uint8)
        try made.write(folder, shards: 1)
        let place = try #require(
            try Data(contentsOf: URL(fileURLWithPath: shard)).range(
                of: Data(made.field(7).flatMap { Self.bytes($0, element) })))
        try StagingCase.change(shard) { $0[place.lowerBound + 3] ^= 1 }
        let dataset = try Dataset(folder)
        expectError(ExitCode.badData, shard, "samples", "row", "7", "XXH3") { _ = try dataset.read(rows: [7]) }
        #expect(dataset.verify().count == 1)
        #expect(try dataset.read(rows: [0]) == made.rows([0]) || element == .uint8)
    }

    @Test func damagedPackedChunksAreNamed() throws {
        let made = FieldRows(height: 64, width: 96, channels: 2, count: 8)
        try made.write(folder, shards: 1, compression: .deflate)
        // In the middle of the last chunk, which HDF5 unpacks: the survey on opening, or Fletcher-32 on reading.
        let size = try Data(contentsOf: URL(fileURLWithPath: shard)).count
        try StagingCase.change(shard) { $0[size / 2] ^= 1 }
        expectError(ExitCode.badData, shard) { _ = try Dataset(folder).read(rows: 0..<8) }
    }

    @Test func stagedCopiesAreLikeTheirSource() throws {
        let made = FieldRows(classes: 2, vector: 2, condition: .float32)
        let id = try made.write(folder)
        let report = try DatasetStaging(Dataset(folder), into: temporary.file("stage")).run()
        #expect(report.copiedBytes == report.bytes)
        let copy = try Dataset(report.folder)
        #expect(copy.id == id)
        #expect(try copy.read(rows: 0..<20) == made.rows(Array(0..<20)))
        #expect(try DatasetStaging(Dataset(folder), into: temporary.file("stage")).run().copiedBytes == 0)
    }

    @Test func cellsOfClasses() throws {
        let made = FieldRows(count: 4, classes: 3, vector: 1)
        try made.write(folder)
        let dataset = try Dataset(folder)
        let cells = dataset.cells(ofClasses: [0, 2], columns: 2)
        #expect(cells == [0, 3, 2, nil])
        let rows = try dataset.read(cells: cells)
        let size = made.description.format.count
        var expected = made.rows([0, 3, 2])
        expected.fields += [Float](repeating: 0, count: size)
        expected.vectors?.append(0)
        #expect(rows.fields == expected.fields)
        #expect(rows.vectors == expected.vectors)
    }

    static func bytes(_ value: Float, _ element: SampleFormat.Element) -> [UInt8] {
        switch element {
        case .uint8: [UInt8(value)]
        case .uint16: withUnsafeBytes(of: UInt16(value).littleEndian) { Array($0) }
        case .float32: withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
    }
}
