import Failure
import Foundation
import Storage
import Testing

/// Writes a dataset of `count` different images and returns its rows.
@discardableResult
func makeDataset(
    _ folder: String, count: Int = 20, resolution: Int = 8, channels: Int = 3, classes: Int = 5, semantic: Int = 3,
    shards: Int? = 3, seed: Int = 0
) throws -> DatasetRows {
    let writer = try DatasetWriter(
        folder: folder,
        description: DatasetDescription(
            resolution: resolution, channels: channels, classes: classes, semanticClasses: semantic), shards: shards)
    var rows = DatasetRows(images: [], labels: classes > 0 ? [] : nil, semantic: semantic > 0 ? [] : nil)
    for index in 0..<count {
        let image = testImage(resolution, resolution, channels, seed: index + seed).pixels
        let label = classes > 0 ? Int32(index % classes) : nil
        let map = semantic > 0 ? image.prefix(resolution * resolution).map { $0 % UInt8(semantic) } : nil
        try writer.append(image: image, label: label, semantic: map)
        rows.images += image
        if let label { rows.labels?.append(label) }
        if let map { rows.semantic? += map }
    }
    _ = try writer.finish()
    return rows
}

/// Writes a shard anew with other attributes, or other datasets, as other programs do: without a seal.
func rewrite(
    _ path: String, attributes: [String: AttributeValue] = [:], labels: [Int32]? = nil, imageShape: [Int]? = nil
) throws {
    let old = try HDF5File(reading: path)
    let new = try HDF5File(inMemory: path)
    for name in try old.datasetPaths() {
        if name == "labels" {
            let (shape, values) = try old.int32s(name)
            try new.write(labels ?? values, shape: shape, to: name)
        } else {
            let (shape, values) = try old.bytes(name)
            try new.write(values, shape: name == "images" ? imageShape ?? shape : shape, to: name)
        }
    }
    for (name, value) in try old.attributes() { try new.setAttribute(name, to: name == "version" ? .int(1) : value) }
    for (name, value) in attributes { try new.setAttribute(name, to: value) }
    old.close()
    try new.save(to: path)
}

@Suite struct DatasetTests {
    let temporary: TemporaryFolder
    let folder: String
    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.file("data")
    }

    func shard(_ index: Int) -> String { "\(folder)/shard-0000\(index).h5" }

    @Test(arguments: [(1, 0, 0), (3, 5, 0), (1, 0, 3), (3, 5, 3)])
    func rowsComeBack(channels: Int, classes: Int, semantic: Int) throws {
        let rows = try makeDataset(folder, channels: channels, classes: classes, semantic: semantic)
        let dataset = try Dataset(folder)
        #expect(dataset.count == 20)
        #expect(dataset.shardCount == 3)
        #expect(try dataset.read(rows: 0..<20) == rows)
        let order = [19, 0, 7, 6, 6, 12, 13, 14]
        let some = try dataset.read(rows: order)
        func pick(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
            order.flatMap { bytes[$0 * size..<($0 + 1) * size] }
        }
        let labels: [Int32]? = rows.labels.map { labels in order.map { labels[$0] } }
        #expect(some.images == pick(rows.images, 64 * channels))
        #expect(some.labels == labels)
        #expect(some.semantic == rows.semantic.map { pick($0, 64) })
        #expect(
            try dataset.read(rows: order, withMaps: false, withConditions: false)
                == DatasetRows(images: some.images, labels: some.labels, semantic: nil))
        #expect(dataset.verify() == [])
    }

    @Test func identityDependsOnContentsAlone() throws {
        try makeDataset(folder, shards: 1)
        try makeDataset(folder + "2", shards: 4)
        try makeDataset(folder + "3", shards: 1, seed: 1)
        let id = try Dataset(folder).id
        #expect(id.count == 32)
        #expect(try Dataset(folder + "2").id == id)
        #expect(try Dataset(folder + "3").id != id)
    }

    @Test func missingFolderAndShards() throws {
        expectError(ExitCode.missingInput, folder, "no such folder") { _ = try Dataset(folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        expectError(ExitCode.missingInput, folder, "shard-00000.h5", "dataset import") { _ = try Dataset(folder) }
        try makeDataset(folder)
        try FileManager.default.removeItem(atPath: shard(1))
        expectError(ExitCode.badData, shard(1), "shard 1 of 3 is missing") { _ = try Dataset(folder) }
    }

    @Test func shardTwice() throws {
        try makeDataset(folder)
        try FileManager.default.copyItem(atPath: shard(1), toPath: shard(7))
        expectError(ExitCode.badData, shard(7), "is shard 1, and so is", shard(1)) { _ = try Dataset(folder) }
    }

    @Test func shardsOfTwoDatasets() throws {
        try makeDataset(folder)
        try makeDataset(folder + "2", seed: 1)
        try FileManager.default.removeItem(atPath: shard(2))
        try FileManager.default.copyItem(atPath: folder + "2/shard-00002.h5", toPath: shard(2))
        let (one, two) = (try Dataset(folder + "2").id, try HDF5File(reading: shard(0)).attribute("dataset_id"))
        expectError(ExitCode.badData, shard(2), one, "\(two.map { "\($0)" } ?? "")", "two datasets") {
            _ = try Dataset(folder)
        }
    }

    @Test func wrongAttributesAndShapes() throws {
        try makeDataset(folder)
        let good = try Data(contentsOf: URL(fileURLWithPath: shard(1)))
        let cases: [(String, AttributeValue, String)] = [
            ("format", .string("other"), "format is \"other\", expected \"ganglion-dataset\""),
            ("version", .int(9), "format version 9, expected 1 to 3"), ("shards", .int(4), "in 4 shards"),
            ("shard", .int(5), "is shard 5, expected 0 to 2"), ("count_total", .int(21), "21 images"),
            ("resolution", .int(16), "expected uint8 [n, 16, 16, 3]"),
            ("resolution", .int(12), "a power of two"), ("classes", .int(2), "has label 2, expected 0 to 1"),
            ("shards", .string("three"), "attribute shards is missing or no integer"),
        ]
        for (name, value, message) in cases {
            try rewrite(shard(1), attributes: [name: value])
            expectError(ExitCode.badData, shard(1), message) { _ = try Dataset(folder) }
            try good.write(to: URL(fileURLWithPath: shard(1)))
        }
        try rewrite(shard(1), imageShape: [7, 8, 24, 1])
        expectError(ExitCode.badData, shard(1), "[7, 8, 24, 1]", "[n, 8, 8, 3]") { _ = try Dataset(folder) }
        try good.write(to: URL(fileURLWithPath: shard(1)))
        try rewrite(shard(1), labels: [0, 1, -1, 3, 4, 0, 1])
        expectError(ExitCode.badData, shard(1), "row 2 has label -1, expected 0 to 4") { _ = try Dataset(folder) }
        try good.dropLast(100).write(to: URL(fileURLWithPath: shard(1)))
        expectError(ExitCode.badData, shard(1), "cut short") { _ = try Dataset(folder) }
    }

    /// Of a file that was written by another program, or forged.
    @Test func namesOfClassesThatCannotBe() throws {
        try makeDataset(folder, classes: 2, shards: 1)
        #expect(try Dataset(folder).description.classNames == [])
        let values: [(AttributeValue, String)] = [
            (.int(7), "class_names is no list of strings"), (.strings(["a"]), "names 1 classes, but there are 2"),
            (.strings(["a", "a"]), "one name for two classes"), (.strings(["a", ""]), "a class name of 0 bytes"),
        ]
        for (value, text) in values {
            try rewrite(shard(0), attributes: ["class_names": value])
            expectError(ExitCode.badData, shard(0), text) { _ = try Dataset(folder) }
        }
        try rewrite(shard(0), attributes: ["class_names": .strings(["a", "b"])])
        #expect(try Dataset(folder).description.classNames == ["a", "b"])
    }

    @Test func shardsNameTheirClassesAlike() throws {
        for (name, names) in [("a", ["x", "y"]), ("b", ["x", "z"])] {
            let writer = try DatasetWriter(
                folder: temporary.file(name),
                description: DatasetDescription(resolution: 4, channels: 1, classes: 2, classNames: names), shards: 2)
            for label in 0..<2 { try writer.append(image: [UInt8](repeating: 9, count: 16), label: Int32(label)) }
            _ = try writer.finish()
        }
        let (mine, other) = (temporary.file("a/shard-00001.h5"), temporary.file("b/shard-00001.h5"))
        try FileManager.default.removeItem(atPath: mine)
        try FileManager.default.copyItem(atPath: other, toPath: mine)
        expectError(ExitCode.badData, mine, "2 classes (x, z)", "expected", "2 classes (x, y)") {
            _ = try Dataset(temporary.file("a"))
        }
    }

    /// More names than an attribute holds.
    @Test func veryManyNamesAreLeftOut() throws {
        for (count, isStored) in [(1024, true), (1025, false)] {
            let names = (0..<count).map { "class \($0) " + String(repeating: "x", count: 180) }
            let place = temporary.file("\(count)")
            let writer = try DatasetWriter(
                folder: place,
                description: DatasetDescription(resolution: 4, channels: 1, classes: count, classNames: names))
            try writer.append(image: [UInt8](repeating: 9, count: 16), label: Int32(count - 1))
            _ = try writer.finish()
            #expect(try Dataset(place).description.classNames == (isStored ? names : []))
        }
    }

    @Test func corruptedChunkNamesShardAndRow() throws {
        let rows = try makeDataset(folder, count: 6, resolution: 256, classes: 0, semantic: 0, shards: 2)
        let size = 256 * 256 * 3
        var bytes = try Data(contentsOf: URL(fileURLWithPath: shard(1)))
        let place = try #require(bytes.range(of: Data(rows.images[4 * size..<4 * size + 64])))
        bytes[place.lowerBound + 1000] ^= 1
        try bytes.write(to: URL(fileURLWithPath: shard(1)))
        let dataset = try Dataset(folder)
        expectError(ExitCode.badData, shard(1), "row 1", "XXH3") { _ = try dataset.read(rows: [4]) }
        expectError(ExitCode.badData, shard(1), "row 1", "XXH3") { _ = try dataset.read(rows: 0..<6) }
        #expect(try dataset.read(rows: [3, 5]).images.count == 2 * size)
        let faults = dataset.verify()
        #expect(faults.count == 1)
        #expect(faults.first?.contains("row 1 of this shard") == true)
    }

    @Test func everyFlippedByteOfAShardIsDetected() throws {
        let rows = try makeDataset(folder, count: 3, shards: 1)
        let good = try Data(contentsOf: URL(fileURLWithPath: shard(0)))
        for place in stride(from: 0, to: good.count, by: 13) {
            var bytes = good
            bytes[place] ^= 1 << UInt8(place % 8)
            try bytes.write(to: URL(fileURLWithPath: shard(0)))
            do {
                #expect(try Dataset(folder).read(rows: 0..<3) == rows)
                Issue.record("byte \(place) of \(good.count) may change")
            } catch {
                #expect("\(error)".contains(shard(0)))
            }
        }
    }

    @Test func alteredContentsAreNoticed() throws {
        try makeDataset(folder)
        try rewrite(shard(1), labels: [0, 0, 0, 0, 0, 0, 0])
        let faults = try Dataset(folder).verify()
        #expect(faults.count == 1)
        #expect(faults.first?.contains("expected dataset_id") == true)
    }

    @Test func impossibleDatasetsAreRefused() throws {
        expectError(ExitCode.usage, "resolution 12", "power of two") {
            _ = try DatasetWriter(folder: folder, description: DatasetDescription(resolution: 12, channels: 1))
        }
        let grey = DatasetDescription(resolution: 4, channels: 1, classes: 2, semanticClasses: 2)
        let writer = try DatasetWriter(folder: folder, description: grey, shards: 3)
        let image = [UInt8](repeating: 1, count: 16)
        expectError(ExitCode.badData, "label 2, expected 0 to 1") {
            try writer.append(image: image, label: 2, semantic: image)
        }
        expectError(ExitCode.badData, "map of image 0 holds 2") {
            try writer.append(image: image, label: 1, semantic: [2] + image.dropFirst())
        }
        expectError(ExitCode.badData, "0 images") { _ = try writer.finish() }
        try makeDataset(folder)
        expectError(ExitCode.cannotWrite, folder, "holds shard-00000.h5 already") { try makeDataset(folder) }
    }

    @Test func anAbandonedWriterLeavesNothing() throws {
        do {
            let writer = try DatasetWriter(folder: folder, description: DatasetDescription(resolution: 4, channels: 1))
            for _ in 0..<100 { try writer.append(image: [UInt8](repeating: 1, count: 16)) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        // What a killed process left behind is cleared away.
        try AtomicFile.write("half", to: folder + "/.shard-00000.h5.partial-2147483646")
        try makeDataset(folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted().count == 3)
    }
}

@Suite struct MinibatchReaderTests {
    let temporary: TemporaryFolder
    let dataset: Dataset
    let rows: DatasetRows
    init() throws {
        temporary = try TemporaryFolder()
        rows = try makeDataset(temporary.file("data"))
        dataset = try Dataset(temporary.file("data"))
    }

    @Test func batchesComeInOrderOfRequest() throws {
        let reader = MinibatchReader(dataset: dataset, seed: 3, mirror: false, depth: 2)
        let order = SampleOrder(count: 20, seed: 3, mirror: false)
        let requests = (0..<30).map { step in (0..<5).map { step * 5 + $0 } }
        for request in requests { reader.request(positions: request) }
        for request in requests {
            let batch = try reader.next()
            let expected = try dataset.read(rows: request.map { order[$0].row })
            #expect(batch.images == expected.images)
            #expect(batch.labels == expected.labels)
            #expect(batch.semantic == expected.semantic)
            #expect(batch.count == 5)
            #expect(batch.height == 8 && batch.width == 8 && batch.channels == 3)
        }
    }

    @Test func anEpochHasEachRowOnceAndMirroredOnceMore() {
        for mirror in [false, true] {
            let order = SampleOrder(count: 20, seed: 1, mirror: mirror)
            for epoch in 0..<3 {
                let samples = (0..<order.epochSize).map { order[epoch * order.epochSize + $0] }
                let found = samples.map { $0.isFlipped ? -1 - $0.row : $0.row }
                #expect(found.sorted() == Array((mirror ? -20 : 0)..<20))
            }
        }
        let orders = [(1, 0), (1, 1), (2, 0)].map { seed, epoch in
            (0..<20).map { SampleOrder(count: 20, seed: UInt64(seed), mirror: false)[epoch * 20 + $0].row }
        }
        #expect(Set(orders).count == 3)
    }

    @Test func mirroredImagesAreFlipped() throws {
        let order = SampleOrder(count: 20, seed: 1, mirror: true)
        let reader = MinibatchReader(dataset: dataset, seed: 1, mirror: true)
        reader.request(positions: Array(0..<40))
        let batch = try reader.next()
        for position in 0..<40 {
            let (row, isFlipped) = order[position]
            for y in 0..<8 {
                for x in 0..<8 {
                    let from = row * 64 + y * 8 + (isFlipped ? 7 - x : x)
                    let at = position * 64 + y * 8 + x
                    #expect(batch.images[at * 3..<at * 3 + 3] == rows.images[from * 3..<from * 3 + 3])
                    #expect(batch.semantic?[at] == rows.semantic?[from])
                }
            }
        }
    }

    @Test func splittingARequestChangesNothing() throws {
        let whole = MinibatchReader(dataset: dataset, seed: 5, mirror: true)
        let parts = MinibatchReader(dataset: dataset, seed: 5, mirror: true)
        whole.request(positions: Array(100..<108))
        parts.request(positions: Array(104..<108))
        parts.request(positions: Array(100..<104))
        let (second, first) = (try parts.next(), try parts.next())
        #expect(try whole.next().images == first.images + second.images)
    }

    @Test func anEndInTheMiddleIsClean() {
        for count in 0..<20 {
            let reader = MinibatchReader(dataset: dataset, seed: 5, mirror: true)
            for step in 0..<count { reader.request(positions: Array(step..<step + 8)) }
            if count > 3 { _ = try? reader.next() }
        }
    }

    @Test func damageIsThrownFromNext() throws {
        let folder = temporary.file("large")
        let rows = try makeDataset(folder, count: 4, resolution: 256, classes: 0, semantic: 0, shards: 1)
        let path = folder + "/shard-00000.h5"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let size = 256 * 256 * 3
        let place = try #require(bytes.range(of: Data(rows.images[2 * size..<2 * size + 64])))
        bytes[place.lowerBound] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let dataset = try Dataset(folder)
        let order = SampleOrder(count: 4, seed: 0, mirror: false)
        let reader = MinibatchReader(dataset: dataset, seed: 0, mirror: false)
        for position in 0..<4 { reader.request(positions: [position]) }
        for position in 0..<4 {
            if order[position].row == 2 {
                expectError(ExitCode.badData, path, "row 2") { _ = try reader.next() }
            } else {
                #expect(try reader.next().count == 1)
            }
        }
    }
}
