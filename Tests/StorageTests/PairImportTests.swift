import Failure
import Foundation
import Storage
import Testing

/// Images and what they are made from, in the layouts in which people have them.
@Suite struct PairImportTests {
    let files: PairFiles
    init() throws { files = try PairFiles() }

    private func floats(_ images: [RasterImage]) -> [Float] { images.flatMap { $0.pixels.map(Float.init) } }

    private func expectPairs(_ images: [RasterImage], _ conditions: [RasterImage]) throws {
        let dataset = try Dataset(files.out)
        let rows = try dataset.read(rows: Array(images.indices))
        #expect(rows.images == images.flatMap(\.pixels))
        #expect(rows.imageConditions == floats(conditions))
        #expect(dataset.count == images.count)
        #expect(dataset.verify().isEmpty)
    }

    // MARK: Layouts

    @Test(arguments: ImportOptions.Direction.allCases) func sideBySide(_ direction: ImportOptions.Direction) throws {
        let (left, right) = ([PairFiles.image(1), PairFiles.image(2)], [PairFiles.image(3), PairFiles.image(4)])
        for (number, name) in ["1", "2"].enumerated() {
            try files.write(PairFiles.sideBySide(left[number], right[number]), to: name + ".png")
        }
        let result = try files.run {
            $0.pair = .sideBySide
            $0.direction = direction
        }
        #expect(result.count == 2)
        var expected = DatasetDescription(resolution: 8, channels: 3)
        expected.imageCondition = .picture(resolution: 8, channels: 3)
        #expect(result.description == expected)
        let isRight = direction == .rightFromLeft
        try expectPairs(isRight ? right : left, isRight ? left : right)
    }

    @Test func theRightOneIsMadeWhereNobodySays() throws {
        try files.write(PairFiles.sideBySide(PairFiles.image(1), PairFiles.image(2)), to: "a.png")
        let summary = try files.run { $0.pair = .sideBySide }
        #expect(summary.count == 1)
        try expectPairs([PairFiles.image(2)], [PairFiles.image(1)])
    }

    static let folders: [(images: String, conditions: String)] = [
        ("B", "A"), ("A", "B"), ("trainB", "trainA"), ("B/train", "A/train"), ("images", "sketches"),
        ("images", "annotations"),
    ]

    /// Of folders in the source, that of the condition images is named.
    @Test(arguments: folders) func aFolderBesideAnother(_ images: String, _ conditions: String) throws {
        try files.writePairs(["a", "b"], images: images, conditions: conditions)
        try files.run { $0.pair = .folder(conditions) }
        try expectPairs([PairFiles.image(0), PairFiles.image(1)], [PairFiles.image(100), PairFiles.image(101)])
    }

    @Test func aFolderElsewhereWithNamesInFolders() throws {
        try files.writePairs(["a", "b/a"], images: "photos", conditions: "drawings", conditionChannels: 1)
        try files.run(files.source + "/photos") { $0.pair = .folder(files.source + "/drawings") }
        try expectPairs(
            [PairFiles.image(0), PairFiles.image(1)],
            [PairFiles.image(100, channels: 1), PairFiles.image(101, channels: 1)])
        #expect(try Dataset(files.out).description.imageCondition == .picture(resolution: 8, channels: 1))
    }

    /// Maps, classes and condition images, all of one import.
    @Test func pairsGoWithMapsAndLabels() throws {
        try files.writePairs(["cat/a", "dog/a"], images: "images", conditions: "drawings")
        let map = (0..<64).map { UInt8($0 % 5) }
        for name in ["cat/a", "dog/a"] { try files.write(HandmadePNG.image(map), to: "annotations/\(name).png") }
        let result = try files.run {
            $0.pair = .folder("drawings")
            $0.labels = .folder
        }
        #expect(result.description.semanticClasses == 5 && result.description.classNames == ["cat", "dog"])
        try expectPairs([PairFiles.image(0), PairFiles.image(1)], [PairFiles.image(100), PairFiles.image(101)])
        #expect(try Dataset(files.out).read(rows: [0, 1]).semantic == map + map)
    }

    /// As from an IDX file of garments: at the size that they are stored in.
    @Test func edgesAreDrawnOfIDX() throws {
        let pixels = (0..<3 * 28 * 28).map { index -> UInt8 in
            let (x, y) = (index % 28 - 14, index / 28 % 28 - 14)
            return x * x + y * y < 80 ? 200 : 0
        }
        let numbers = [2051, 3, 28, 28].flatMap { number in
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        }
        try files.write(numbers + pixels, to: "train-images-idx3-ubyte")
        try files.write([0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1], to: "train-labels-idx1-ubyte")
        try files.run(files.source + "/train-images-idx3-ubyte") {
            $0.pair = .edges
            $0.resolution = 32
        }
        let dataset = try Dataset(files.out)
        #expect(dataset.labels == [2, 0, 1])
        #expect(dataset.description.imageCondition == .picture(resolution: 32, channels: 1))
        let rows = try dataset.read(rows: [1])
        let edges = EdgeFilter.edges(of: RasterImage(height: 32, width: 32, channels: 1, pixels: rows.images))
        #expect(edges.pixels.contains(EdgeFilter.line))
        #expect(rows.imageConditions == floats([edges]))
        #expect(dataset.verify().isEmpty)
    }

    @Test func edgesAreDrawnOfColoursAndGoWithMaps() throws {
        try files.write(PairFiles.image(1), to: "images/a.png")
        try files.write(HandmadePNG.image((0..<64).map { UInt8($0 % 3) }), to: "annotations/a.png")
        let result = try files.run { $0.pair = .edges }
        #expect(result.description.semanticClasses == 3)
        try expectPairs([PairFiles.image(1)], [EdgeFilter.edges(of: PairFiles.image(1))])
    }

    // MARK: Both alike

    private static let changes: [@Sendable (inout ImportOptions) -> Void] = [
        {
            $0.crop = .center; $0.resolution = 8; $0.resize = .lanczos
        },
        {
            $0.crop = .center; $0.resolution = 4; $0.resize = .box
        },
        {
            $0.resolution = 32; $0.resize = .pad
        },
    ]

    /// What is done with a condition image is what would be done with it as an image.
    @Test(arguments: 0..<3) func bothAreCroppedAndResizedAlike(_ number: Int) throws {
        try files.writePairs(height: 16, width: 24)
        let change = Self.changes[number]
        try files.run {
            $0.pair = .folder("A"); change(&$0)
        }
        let alone = files.temporary.file("alone")
        try files.run(files.source + "/A", to: alone, change)
        let conditions = try Dataset(alone).read(rows: [0, 1]).images
        let paired = try Dataset(files.out).read(rows: [0, 1])
        #expect(paired.imageConditions == conditions.map(Float.init))
        let images = files.temporary.file("images")
        try files.run(files.source + "/B", to: images, change)
        let expected = try Dataset(images).read(rows: [0, 1]).images
        #expect(paired.images == expected)
    }

    @Test func channelsOfBothAreChosenApart() throws {
        try files.writePairs()
        try files.run {
            $0.pair = .folder("A")
            $0.channels = 1
        }
        let grey = [PairFiles.image(0), PairFiles.image(1)].map { $0.converted(toChannels: 1) }
        try expectPairs(grey, [PairFiles.image(100), PairFiles.image(101)])
        let other = files.temporary.file("other")
        try files.run(to: other) {
            $0.pair = .folder("A")
            $0.pairChannels = 1
        }
        let description = try Dataset(other).description
        #expect(description.channels == 3 && description.imageCondition?.channels.count == 1)
    }

    /// Either of what is beside the images, both, or none.
    @Test func onlyWhatIsAskedForIsRead() throws {
        try files.writePairs(["a", "b"], images: "images", conditions: "drawings")
        for name in ["a", "b"] {
            try files.write(HandmadePNG.image([UInt8](repeating: 1, count: 64)), to: "annotations/\(name).png")
        }
        try files.run { $0.pair = .folder("drawings") }
        let dataset = try Dataset(files.out)
        for (maps, conditions) in [(true, true), (true, false), (false, true), (false, false)] {
            let rows = try dataset.read(rows: [1], withMaps: maps, withConditions: conditions)
            #expect((rows.semantic != nil) == maps && (rows.imageConditions != nil) == conditions)
            let reader = MinibatchReader(
                dataset: dataset, seed: 7, mirror: true, withMaps: maps, withConditions: conditions)
            for resolution in [8, 4] {
                reader.request(positions: [0, 1, 2], resolution: resolution)
                let batch = try reader.next()
                #expect((batch.semantic != nil) == maps && (batch.imageConditions != nil) == conditions)
            }
        }
    }

    /// Every epoch has each pair once as it is and once mirrored: image, map and condition image together.
    @Test(arguments: [8, 4]) func theMirrorTurnsAllThree(_ resolution: Int) throws {
        let names = ["a", "b", "c", "d", "e"]
        try files.writePairs(names, images: "images", conditions: "drawings")
        let maps = names.indices.map { seed in (0..<64).map { UInt8(($0 * 5 + seed) / 3 % 4) } }
        for (name, map) in zip(names, maps) { try files.write(HandmadePNG.image(map), to: "annotations/\(name).png") }
        try files.run { $0.pair = .folder("drawings") }
        let dataset = try Dataset(files.out)
        let order = SampleOrder(count: 5, seed: 7, mirror: true)
        let reader = MinibatchReader(dataset: dataset, seed: 7, mirror: true)
        let factor = 8 / resolution
        let size = resolution * resolution
        func flipped<Value>(_ values: [Value], _ channels: Int, if isFlipped: Bool) -> [Value] {
            guard isFlipped else { return values }
            return values.indices.map { index in
                let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
                let (row, column) = pixel.quotientAndRemainder(dividingBy: resolution)
                return values[(row * resolution + resolution - 1 - column) * channels + channel]
            }
        }
        var flips = 0
        reader.request(positions: Array(0..<10), resolution: resolution)
        let batch = try reader.next()
        for position in 0..<10 {
            let (row, isFlipped) = order[position]
            flips += isFlipped ? 1 : 0
            let image = BoxFilter.down(
                PairFiles.image(row).pixels, count: 1, height: 8, width: 8, channels: 3, factor: factor)
            let condition = MeanFilter.down(
                PairFiles.image(100 + row).pixels.map { (Float($0) - 127.5) / 127.5 }, count: 1, height: 8, width: 8,
                channels: 3, factor: factor)
            let map = MajorityFilter.down(maps[row], count: 1, height: 8, width: 8, factor: factor)
            let pixels = position * size..<(position + 1) * size
            let values = position * size * 3..<(position + 1) * size * 3
            #expect(Array(batch.images[values]) == flipped(image, 3, if: isFlipped))
            let found = try #require(batch.imageConditions)
            let expected = flipped(condition, 3, if: isFlipped)
            #expect(zip(found[values], expected).allSatisfy { abs($0 - $1) < 1e-6 })
            let foundMap = try #require(batch.semantic)
            #expect(Array(foundMap[pixels]) == flipped(map, 1, if: isFlipped))
        }
        #expect(flips == 5)
    }

    /// The identity is that of what is stored, whatever layout it came in.
    @Test func theLayoutIsForgotten() throws {
        try files.writePairs()
        let folders = try files.run { $0.pair = .folder("A") }
        for (number, name) in ["a", "b"].enumerated() {
            try files.write(
                PairFiles.sideBySide(PairFiles.image(100 + number), PairFiles.image(number)), to: "both/\(name).png")
        }
        let halves = try files.run(files.source + "/both", to: files.temporary.file("halves")) { $0.pair = .sideBySide }
        #expect(folders.id == halves.id)
        let plain = try files.run(files.source + "/B", to: files.temporary.file("plain"))
        #expect(plain.id != folders.id)
        #expect(plain.description.imageCondition == nil)
    }
}
