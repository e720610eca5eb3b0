import Foundation
import Storage
import Testing

/// A ``MinibatchReader`` on samples that are no pictures: seen by their transforms, reduced, mirrored, kept.
@Suite struct FieldReadingTests {
    let temporary: TemporaryFolder
    let folder: String
    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.file("data")
    }

    /// What networks see of values, one by one.
    private func seen(_ values: [Float], _ channels: [SampleFormat.Channel]) -> [Float] {
        values.enumerated().map { channels[$0 % channels.count].transform.normalized($1) }
    }

    /// The mean over blocks, rows of a block first.
    private func reduced(_ values: [Float], height: Int, width: Int, channels: Int, factor: Int) -> [Float] {
        var result: [Float] = []
        for y in 0..<height / factor {
            for x in 0..<width / factor {
                for channel in 0..<channels {
                    var sum = 0.0
                    for column in 0..<factor {
                        var down = 0.0
                        for row in 0..<factor {
                            down += Double(
                                values[((y * factor + row) * width + x * factor + column) * channels + channel])
                        }
                        sum += down
                    }
                    result.append(Float(sum / Double(factor * factor)))
                }
            }
        }
        return result
    }

    private func flipped<Value>(_ values: [Value], width: Int, channels: Int) -> [Value] {
        values.indices.map { index in
            let (row, rest) = index.quotientAndRemainder(dividingBy: width * channels)
            let (x, channel) = rest.quotientAndRemainder(dividingBy: channels)
            return values[row * width * channels + (width - 1 - x) * channels + channel]
        }
    }

    @Test(arguments: SampleFormat.Element.allCases, [4, 8, 16])
    func comesAsNetworksSeeIt(element: SampleFormat.Element, resolution: Int) throws {
        // 24×16 from 6×4: nominal resolutions 4, 8, 16.
        let made = FieldRows(
            element, height: 24, width: 16, channels: 3, classes: 4, semantic: 3, vector: 2,
            condition: element == .float32 ? .uint8 : .float32)
        try made.write(folder)
        let dataset = try Dataset(folder)
        #expect(dataset.description.resolution == 16)
        let factor = 16 / resolution
        let order = SampleOrder(count: 20, seed: 3, mirror: true)
        let reader = MinibatchReader(dataset: dataset, seed: 3, mirror: true)
        func shrink(_ values: [Float], _ channels: Int) -> [Float] {
            reduced(values, height: 24, width: 16, channels: channels, factor: factor)
        }
        let condition = try #require(made.description.imageCondition)
        // Two epochs: below the full resolution the second comes out of the cache.
        for start in stride(from: 0, to: 80, by: 8) {
            let positions = Array(start..<start + 8)
            reader.request(positions: positions, resolution: resolution)
            let batch = try reader.next()
            #expect(
                batch.count == 8 && batch.height == 24 / factor && batch.width == 16 / factor && batch.channels == 3)
            #expect(batch.images.isEmpty)
            var expected = Minibatch(
                labels: [], semantic: [], vectors: [], imageConditions: [], count: 8, height: 24 / factor,
                width: 16 / factor, channels: 3)
            for position in positions {
                let (row, isFlipped) = order[position]
                let field = shrink(seen(made.field(row), made.description.format.channels), 3)
                let beside = shrink(seen(made.condition(row) ?? [], condition.channels), 2)
                let map = MajorityFilter.down(made.map(row) ?? [], count: 1, height: 24, width: 16, factor: factor)
                let width = 16 / factor
                expected.fields += isFlipped ? flipped(field, width: width, channels: 3) : field
                expected.imageConditions? += isFlipped ? flipped(beside, width: width, channels: 2) : beside
                expected.semantic? += isFlipped ? flipped(map, width: width, channels: 1) : map
                expected.labels?.append(made.label(row) ?? 0)
                expected.vectors? += seen(made.vector(row) ?? [], made.description.vector?.components ?? [])
            }
            #expect(batch == expected)
        }
        #expect(reader.counts.rowsRead == (resolution < 16 ? 20 : 80))
        // The floats of the sample and of what is beside it, the map, and a byte a row.
        let pixels = 24 * 16 / factor / factor
        let kept = 20 * (pixels * 21 + 1)
        #expect(reader.counts.cacheBytes == (resolution < 16 ? kept : 0))
    }

    @Test func mapsAndImagesMayBeLeftOut() throws {
        try FieldRows(height: 8, width: 16, semantic: 3, vector: 1, condition: .float32).write(folder)
        let reader = MinibatchReader(
            dataset: try Dataset(folder), seed: 3, mirror: false, withMaps: false, withConditions: false)
        for resolution in [4, 8] {
            reader.request(positions: [0, 1], resolution: resolution)
            let batch = try reader.next()
            #expect(batch.semantic == nil && batch.imageConditions == nil && batch.vectors?.count == 2)
            #expect(batch.fields.count == 2 * 3 * 2 * resolution * resolution)
        }
    }

    /// The budget is kept with floats, too, and what was not kept is the same when it is read again.
    @Test func theCacheIsBounded() throws {
        let made = FieldRows(height: 16, width: 16, channels: 2)
        try made.write(folder)
        let dataset = try Dataset(folder)
        let plain = MinibatchReader(dataset: dataset, seed: 1, mirror: true, cacheBytes: 0)
        // A sample of 8² with two channels and its byte.
        let rowBytes = 8 * 8 * 2 * 4 + 1
        let small = MinibatchReader(dataset: dataset, seed: 1, mirror: true, cacheBytes: 7 * rowBytes + 5)
        for start in stride(from: 0, to: 120, by: 10) {
            for reader in [plain, small] { reader.request(positions: Array(start..<start + 10), resolution: 8) }
            #expect(try plain.next() == small.next())
        }
        #expect(small.counts.rowsCached == 7 && small.counts.cacheBytes == 7 * rowBytes)
        #expect(plain.counts.rowsCached == 0)
    }

    @Test func packedSamplesAreReadAlike() throws {
        for element in SampleFormat.Element.allCases {
            let made = FieldRows(element, height: 16, width: 24, channels: 2, condition: element)
            try made.write(temporary.file("\(element)"))
            try made.write(temporary.file("\(element)-packed"), compression: .deflate)
            let readers = try ["\(element)", "\(element)-packed"].map {
                MinibatchReader(dataset: try Dataset(temporary.file($0)), seed: 5, mirror: true)
            }
            for resolution in [8, 16] {
                for reader in readers { reader.request(positions: Array(0..<40), resolution: resolution) }
                #expect(try readers[0].next() == readers[1].next())
            }
        }
    }

    /// Pictures with numbers and a picture beside them: bytes as ever, and what is beside them as networks see it.
    @Test(arguments: [4, 16]) func picturesWithNumbersAndImages(resolution: Int) throws {
        var description = DatasetDescription(resolution: 16, channels: 3)
        description.vector = VectorFormat(components: FieldRows.channels(2, FieldRows.transforms))
        description.imageCondition = .picture(resolution: 16, channels: 1)
        let made = FieldRows(description, count: 6)
        try made.write(folder, shards: 2)
        let reader = MinibatchReader(dataset: try Dataset(folder), seed: 2, mirror: true)
        let order = SampleOrder(count: 6, seed: 2, mirror: true)
        reader.request(positions: Array(0..<12), resolution: resolution)
        let batch = try reader.next()
        #expect(batch.fields.isEmpty)
        let factor = 16 / resolution
        let (size, small) = (resolution * resolution * 3, resolution * resolution)
        for index in 0..<12 {
            let (row, isFlipped) = order[index]
            let image = BoxFilter.down(
                made.field(row).map { UInt8($0) }, count: 1, height: 16, width: 16, channels: 3, factor: factor)
            let beside = reduced(
                (made.condition(row) ?? []).map { ChannelTransform.picture.normalized($0) }, height: 16, width: 16,
                channels: 1, factor: factor)
            let foundImage = Array(batch.images[index * size..<(index + 1) * size])
            #expect(foundImage == (isFlipped ? flipped(image, width: resolution, channels: 3) : image))
            let foundBeside = (batch.imageConditions ?? [])[index * small..<(index + 1) * small]
            #expect(Array(foundBeside) == (isFlipped ? flipped(beside, width: resolution, channels: 1) : beside))
            let numbers = zip(made.vector(row) ?? [], FieldRows.transforms).map { $1.normalized($0) }
            #expect(Array((batch.vectors ?? [])[2 * index..<2 * index + 2]) == numbers)
        }
    }
}
