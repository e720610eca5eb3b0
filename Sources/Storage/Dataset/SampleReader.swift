/// What a ``MinibatchReader`` is asked for.
struct SampleRequest: Sendable {
    /// In the run.
    var positions: [Int]
    /// Side of the images, a power of two up to the dataset's.
    var resolution: Int
}

/// Makes minibatches: finds the rows, brings them to the resolution asked for, and flips some.
struct SampleReader {
    /// Rows are read and shrunk so many bytes at a time: a minibatch for 4² of images of 1024² would be 400 MB.
    private static let bytesAtOnce = 1 << 24

    private(set) var counts = MinibatchReader.Counts()
    private let dataset: Dataset
    private let order: SampleOrder
    private let withMaps: Bool
    private let cacheBytes: Int
    /// Rows of one resolution below the dataset's: the image, then the map where maps are read.
    private var cache: (rows: RowCache, resolution: Int)?

    init(dataset: Dataset, order: SampleOrder, withMaps: Bool, cacheBytes: Int) {
        self.dataset = dataset
        self.order = order
        self.withMaps = withMaps && dataset.description.semanticClasses > 0
        self.cacheBytes = cacheBytes
    }

    mutating func read(_ request: SampleRequest) throws -> Minibatch {
        let samples = request.positions.map { order[$0] }
        let side = request.resolution
        let channels = dataset.description.channels
        var rows = try rows(samples.map(\.row), side)
        for (index, sample) in samples.enumerated() where sample.isFlipped {
            Self.flip(&rows.images, index, side, channels)
        }
        if var maps = rows.semantic {
            rows.semantic = nil
            for (index, sample) in samples.enumerated() where sample.isFlipped { Self.flip(&maps, index, side, 1) }
            rows.semantic = maps
        }
        return Minibatch(
            images: rows.images, labels: rows.labels, semantic: rows.semantic, count: samples.count, height: side,
            width: side, channels: channels)
    }

    private mutating func rows(_ rows: [Int], _ side: Int) throws -> DatasetRows {
        defer { (counts.rowsCached, counts.cacheBytes) = (cache?.rows.count ?? 0, cache?.rows.bytes ?? 0) }
        guard side < dataset.description.resolution else {
            cache = nil
            let result = try dataset.read(rows: rows, withMaps: withMaps)
            try dataset.checkMaps(result, of: rows)
            counts.rowsRead += rows.count
            return result
        }
        let imageBytes = side * side * dataset.description.channels
        let rowBytes = imageBytes + (withMaps ? side * side : 0)
        if cache?.resolution != side {
            // The old rows go before memory is taken for new ones.
            cache = nil
            cache = (RowCache(rows: dataset.count, rowBytes: rowBytes, budget: cacheBytes), side)
        }
        // With mirror images a row may stand twice in one minibatch.
        var asked: Set<Int> = []
        let fresh = try shrink(rows.filter { cache?.rows[$0] == nil && asked.insert($0).inserted }, side)
        for (row, values) in fresh { cache?.rows.keep(row, values) }
        var result = DatasetRows(
            images: [], labels: dataset.labels.map { labels in rows.map { labels[$0] } },
            semantic: withMaps ? [] : nil)
        result.images.reserveCapacity(rows.count * imageBytes)
        for row in rows {
            guard let values = fresh[row]?[...] ?? cache?.rows[row] else {
                preconditionFailure("SampleReader: row \(row) was neither read nor kept")
            }
            result.images += values.prefix(imageBytes)
            result.semantic? += values.dropFirst(imageBytes)
        }
        return result
    }

    /// Reads rows and shrinks them: for each the image, then the map where maps are read.
    private mutating func shrink(_ rows: [Int], _ side: Int) throws -> [Int: [UInt8]] {
        let (full, channels) = (dataset.description.resolution, dataset.description.channels)
        let factor = full / side
        let (imageBytes, mapBytes) = (side * side * channels, side * side)
        var result: [Int: [UInt8]] = [:]
        let atOnce = max(1, Self.bytesAtOnce / dataset.description.imageBytes)
        for start in stride(from: 0, to: rows.count, by: atOnce) {
            let some = Array(rows[start..<min(start + atOnce, rows.count)])
            let read = try dataset.read(rows: some, withMaps: withMaps)
            try dataset.checkMaps(read, of: some)
            counts.rowsRead += some.count
            let images = BoxFilter.down(
                read.images, count: some.count, height: full, width: full, channels: channels, factor: factor)
            let maps = read.semantic.map {
                MajorityFilter.down($0, count: some.count, height: full, width: full, factor: factor)
            }
            for (index, row) in some.enumerated() {
                var values = Array(images[index * imageBytes..<(index + 1) * imageBytes])
                if let maps { values += maps[index * mapBytes..<(index + 1) * mapBytes] }
                result[row] = values
            }
        }
        return result
    }

    private static func flip(_ pixels: inout [UInt8], _ index: Int, _ side: Int, _ channels: Int) {
        for row in 0..<side {
            let start = (index * side + row) * side * channels
            for x in 0..<side / 2 {
                for channel in 0..<channels {
                    pixels.swapAt(start + x * channels + channel, start + (side - 1 - x) * channels + channel)
                }
            }
        }
    }
}
