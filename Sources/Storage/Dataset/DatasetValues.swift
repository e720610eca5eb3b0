/// Values of samples and of what is beside them, checked.
extension Dataset {
    /// The format of a part.
    private func format(_ part: DatasetShard.Part) -> SampleFormat {
        guard part == .conditions else { return description.format }
        guard let format = description.imageCondition else { preconditionFailure("Dataset: no images beside samples") }
        return format
    }

    /// Physical values of rows.
    ///
    /// - Throws: ``DatasetError`` (65) naming shard, row and channel of a value that is not finite.
    func physical(_ part: DatasetShard.Part, _ rows: [Int]) throws -> [Float] {
        let format = format(part)
        guard format.element == .float32 else {
            return StoredSamples(format, isNormalizing: false).physical(try stored(part, rows))
        }
        let values = try storedFloats(part, rows)
        guard FiniteNumbers.allAreFinite(values) else { throw refusal(values, part, rows) }
        return values
    }

    /// What networks see of rows.
    ///
    /// - Parameter conversion: of the part's format.
    /// - Throws: ``DatasetError`` (65) naming shard, row and channel of a value that is not finite, or for which the channel's
    ///   transform is not defined.
    func normalized(_ part: DatasetShard.Part, _ rows: [Int], _ conversion: StoredSamples) throws -> [Float] {
        guard conversion.format.element == .float32 else {
            let bytes = try stored(part, rows)
            let values = conversion.normalized(bytes)
            guard FiniteNumbers.allAreFinite(values) else { throw refusal(conversion.physical(bytes), part, rows) }
            return values
        }
        var values = try storedFloats(part, rows)
        let transforms = conversion.format.channels.map(\.transform)
        values.withUnsafeMutableBufferPointer { ChannelTransform.normalize($0, by: transforms) }
        guard FiniteNumbers.allAreFinite(values) else { throw refusal(try storedFloats(part, rows), part, rows) }
        return values
    }

    /// Looks at rows as stored.
    ///
    /// - Throws: as ``normalized(_:_:_:)``.
    func check(_ bytes: [UInt8], _ part: DatasetShard.Part, _ rows: [Int]) throws {
        let format = format(part)
        let values: [Float]
        if format.element == .float32 {
            values = [Float](unsafeUninitializedCapacity: bytes.count / 4) { target, done in
                UnsafeMutableRawBufferPointer(target).copyBytes(from: bytes)
                StoredValues.fromFile(target)
                done = bytes.count / 4
            }
        } else {
            values = StoredSamples(format, isNormalizing: false).physical(bytes)
        }
        guard FiniteNumbers.allAreFinite(format.normalized(values)) else { throw refusal(values, part, rows) }
    }

    /// The error for physical values of which one cannot be used.
    private func refusal(_ values: [Float], _ part: DatasetShard.Part, _ rows: [Int]) -> DatasetError {
        let format = format(part)
        let channels = format.channels
        let bad = values.indices.first {
            channels[$0 % channels.count].transform.normalizedIfDefined(values[$0]) == nil
        }
        let index = bad ?? 0
        let (row, place) = index.quotientAndRemainder(dividingBy: format.count)
        let (shard, shardRow) = locate(rows[row])
        let (pixel, channel) = place.quotientAndRemainder(dividingBy: channels.count)
        return .badData(
            "\(shard.path): \(part == .samples ? "samples" : "condition_images"), row \(shardRow) of this shard, channel "
                + "\(channels[channel].name), at \(pixel / format.width), \(pixel % format.width): "
                + "\(channels[channel].transform.complaint(of: values[index])). Import the data again")
    }

    // MARK: Numbers beside the samples

    /// Numbers beside rows in physical units, [rows, components]; nil where there are none.
    func physicalVectors(of rows: [Int]) -> [Float]? {
        guard let count = description.vector?.count else { return nil }
        var values: [Float] = []
        values.reserveCapacity(rows.count * count)
        for row in rows {
            precondition(row >= 0 && row < self.count, "Dataset: row \(row) of \(self.count)")
            let (shard, shardRow) = locate(row)
            values += shard.vectors?[shardRow * count..<(shardRow + 1) * count] ?? []
        }
        return values
    }

    /// Numbers beside rows, as networks see them.
    ///
    /// - Parameter rows: of the dataset, any of them anywhere.
    /// - Returns: [rows, components], each by its transform.
    /// - Throws: ``DatasetError`` (65) where the dataset has none.
    public func vectors(of rows: [Int]) throws -> [Float] {
        guard let vector = description.vector, let values = physicalVectors(of: rows) else { throw noVectors }
        return vector.normalized(values)
    }

    /// All numbers beside samples, as networks see them: [count, components].
    ///
    /// - Throws: as ``vectors(of:)``.
    public func allVectors() throws -> [Float] {
        guard let vector = description.vector else { throw noVectors }
        return vector.normalized(shards.flatMap { $0.vectors ?? [] })
    }

    private var noVectors: DatasetError {
        .badData(
            "\(folder): has no numbers beside its samples, expected a data set with them. Import it with --condition")
    }
}
