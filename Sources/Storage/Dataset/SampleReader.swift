/// What a ``MinibatchReader`` is asked for.
struct SampleRequest: Sendable {
    /// In the run.
    var positions: [Int]
    /// Side of the images, a power of two up to the dataset's; the nominal one of other samples.
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
    /// How samples that are no pictures become what networks see.
    private let samples: StoredSamples?
    /// The same of the images beside the samples; nil where there are none, or nobody asks for them.
    private let conditions: StoredSamples?
    /// Rows of one resolution below the dataset's, each as ``RowLayout`` says.
    private var cache: (rows: RowCache, resolution: Int)?

    init(dataset: Dataset, order: SampleOrder, withMaps: Bool, withConditions: Bool, cacheBytes: Int) {
        let description = dataset.description
        self.dataset = dataset
        self.order = order
        self.withMaps = withMaps && description.semanticClasses > 0
        self.cacheBytes = cacheBytes
        samples = description.isPicture ? nil : StoredSamples(description.format, isNormalizing: true)
        conditions = withConditions ? description.imageCondition.map { StoredSamples($0, isNormalizing: true) } : nil
    }

    mutating func read(_ request: SampleRequest) throws -> Minibatch {
        let places = request.positions.map { order[$0] }
        let rows = places.map(\.row)
        let description = dataset.description
        let factor = description.resolution / request.resolution
        let (height, width) = (description.height / factor, description.width / factor)
        var parts = try parts(rows, request.resolution)
        for (index, place) in places.enumerated() where place.isFlipped {
            if samples == nil {
                Self.flip(&parts.images, index, height, width, description.channels)
            } else {
                Self.flip(&parts.fields, index, height, width, description.channels)
            }
            if withMaps { Self.flip(&parts.maps, index, height, width, 1) }
            if let conditions { Self.flip(&parts.conditions, index, height, width, conditions.format.channels.count) }
        }
        return Minibatch(
            images: parts.images, fields: parts.fields, labels: dataset.labels(of: rows),
            semantic: withMaps ? parts.maps : nil,
            vectors: description.vector != nil ? try dataset.vectors(of: rows) : nil,
            imageConditions: conditions != nil ? parts.conditions : nil, count: rows.count, height: height,
            width: width,
            channels: description.channels)
    }

    private mutating func parts(_ rows: [Int], _ side: Int) throws -> SampleParts {
        defer { (counts.rowsCached, counts.cacheBytes) = (cache?.rows.count ?? 0, cache?.rows.bytes ?? 0) }
        guard side < dataset.description.resolution else {
            cache = nil
            return try whole(rows)
        }
        let layout = RowLayout(dataset.description, side: side, withMaps: withMaps, conditions: conditions?.format)
        if cache?.resolution != side {
            // The old rows go before memory is taken for new ones.
            cache = nil
            cache = (RowCache(rows: dataset.count, rowBytes: layout.bytes, budget: cacheBytes), side)
        }
        // With mirror images a row may stand twice in one minibatch.
        var asked: Set<Int> = []
        let fresh = try shrink(rows.filter { cache?.rows[$0] == nil && asked.insert($0).inserted }, side, layout)
        for (row, values) in fresh { cache?.rows.keep(row, values) }
        var result = SampleParts()
        layout.reserve(rows.count, in: &result)
        for row in rows {
            guard let values = fresh[row]?[...] ?? cache?.rows[row] else {
                preconditionFailure("SampleReader: row \(row) was neither read nor kept")
            }
            layout.append(values, to: &result)
        }
        return result
    }

    /// Reads rows at the dataset's resolution.
    private mutating func whole(_ rows: [Int]) throws -> SampleParts {
        var parts = SampleParts()
        if let samples {
            parts.fields = try dataset.normalized(.samples, rows, samples)
        } else {
            parts.images = try dataset.stored(.samples, rows)
        }
        if withMaps, let maps = try dataset.maps(of: rows) {
            try dataset.checkMaps(maps, of: rows)
            parts.maps = maps
        }
        if let conditions { parts.conditions = try dataset.normalized(.conditions, rows, conditions) }
        counts.rowsRead += rows.count
        return parts
    }

    /// Reads rows and shrinks them.
    private mutating func shrink(_ rows: [Int], _ side: Int, _ layout: RowLayout) throws -> [Int: [UInt8]] {
        let description = dataset.description
        let factor = description.resolution / side
        let (height, width) = (description.height, description.width)
        var result: [Int: [UInt8]] = [:]
        let rowBytes = samples == nil ? description.imageBytes : 4 * description.format.count
        let atOnce = max(1, Self.bytesAtOnce / (rowBytes + 4 * (conditions?.format.count ?? 0)))
        for start in stride(from: 0, to: rows.count, by: atOnce) {
            let some = Array(rows[start..<min(start + atOnce, rows.count)])
            var parts = try whole(some)
            func shrink(_ values: [Float], _ channels: Int) -> [Float] {
                MeanFilter.down(
                    values, count: some.count, height: height, width: width, channels: channels, factor: factor)
            }
            if samples == nil {
                parts.images = BoxFilter.down(
                    parts.images, count: some.count, height: height, width: width, channels: description.channels,
                    factor: factor)
            } else {
                parts.fields = shrink(parts.fields, description.channels)
            }
            if withMaps {
                parts.maps = MajorityFilter.down(
                    parts.maps, count: some.count, height: height, width: width, factor: factor)
            }
            if let conditions { parts.conditions = shrink(parts.conditions, conditions.format.channels.count) }
            for (index, row) in some.enumerated() { result[row] = layout.row(index, of: parts) }
        }
        return result
    }

    private static func flip<Value>(
        _ pixels: inout [Value], _ index: Int, _ height: Int, _ width: Int, _ channels: Int
    ) {
        for row in 0..<height {
            let start = (index * height + row) * width * channels
            for x in 0..<width / 2 {
                for channel in 0..<channels {
                    pixels.swapAt(start + x * channels + channel, start + (width - 1 - x) * channels + channel)
                }
            }
        }
    }
}
