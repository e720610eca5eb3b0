extension DatasetWriter {
    /// Writes one shard whole.
    func writeShard(_ shard: Int, of total: Int, rows: Range<Int>, id: String, to path: String) throws {
        let isPlain = description.isPlain && compression == .none
        let format = description.format
        let file = try HDF5File(inMemory: path)
        defer { file.close() }
        var chunks: [(rows: Int, extents: [Range<Int>])] = []
        /// Values of a spool, with their places in the seal's order.
        func write(_ name: String, _ spool: SpoolFile, _ element: SampleFormat.Element, _ shape: [Int]) throws {
            let rowBytes = shape.reduce(element.bytes, *)
            let chunkRows = DatasetFormat.chunkRows(rowBytes: rowBytes)
            let bytes = try spool.read(rows.count * rowBytes, at: rows.lowerBound * rowBytes)
            try file.write(
                bytes: bytes, as: element, shape: [rows.count] + shape, to: name, chunkRows: chunkRows,
                deflate: compression.level)
        }
        func addChunks(_ name: String, rowBytes: Int) throws {
            let extents = file.contains(name) ? try file.chunkExtents(of: name) : []
            chunks.append((min(DatasetFormat.chunkRows(rowBytes: rowBytes), rows.count), extents))
        }
        let name = isPlain ? "images" : "samples"
        try write(name, samples, format.element, [format.height, format.width, format.channels.count])
        if description.classes > 0 {
            try file.write(
                Array(labels[rows]), shape: [rows.count], to: "labels", chunkRows: 4096, fletcher32: true)
        }
        if let semantic { try write("semantic", semantic, .uint8, [format.height, format.width]) }
        if let vectors, let count = description.vector?.count {
            try file.write(
                bytes: vectors.read(rows.count * 4 * count, at: rows.lowerBound * 4 * count), as: .float32,
                shape: [rows.count, count], to: "vectors", chunkRows: 4096)
        }
        if let conditions, let condition = description.imageCondition {
            try write(
                "condition_images", conditions, condition.element,
                [condition.height, condition.width, condition.channels.count])
        }
        try writeAttributes(of: file, shard, of: total, id: id, isPlain: isPlain)
        try addChunks(name, rowBytes: format.bytes)
        try addChunks("semantic", rowBytes: description.pixels)
        if !isPlain { try addChunks("condition_images", rowBytes: description.imageCondition?.bytes ?? 1) }
        try file.withImage { image in
            try ShardSeal.make(for: image, chunks).withUnsafeBytes {
                try AtomicFile.writeAndSync([image, $0], to: path)
            }
        }
    }

    private func writeAttributes(of file: HDF5File, _ shard: Int, of total: Int, id: String, isPlain: Bool) throws {
        var attributes: [(String, AttributeValue)] = [
            ("format", .string(DatasetFormat.format)),
            ("version", .int(isPlain ? DatasetFormat.pictureVersion : DatasetFormat.version)),
            ("dataset_id", .string(id)), ("shard", .int(shard)), ("shards", .int(total)), ("count_total", .int(count)),
            ("resolution", .int(description.resolution)), ("channels", .int(description.channels)),
            ("classes", .int(description.classes)), ("semantic_classes", .int(description.semanticClasses)),
        ]
        if !isPlain {
            attributes += [
                ("height", .int(description.height)), ("width", .int(description.width)),
                ("element", .string(description.format.element.rawValue)),
                (DatasetFormat.formatAttribute, .string(description.format.json)),
            ]
            if let vector = description.vector {
                attributes.append((DatasetFormat.vectorAttribute, .string(vector.json)))
            }
            if let condition = description.imageCondition {
                attributes.append((DatasetFormat.conditionAttribute, .string(condition.json)))
            }
        }
        for (name, value) in attributes { try file.setAttribute(name, to: value) }
        let names = ClassNames.storable(description.classNames)
        if !names.isEmpty { try file.setAttribute(ClassNames.attribute, to: .strings(names)) }
        let values = ClassNames.storable(description.semanticNames)
        if !values.isEmpty { try file.setAttribute(ClassNames.semanticAttribute, to: .strings(values)) }
    }
}
