extension Dataset {
    /// Reads everything and compares it with the checksums and the dataset's hash.
    ///
    /// - Parameter progress: called with the number of rows read so far.
    /// - Returns: one message for each fault, none when the dataset is sound.
    public func verify(progress: (Int) -> Void = { _ in }) -> [String] {
        var faults: [String] = []
        var identity = DatasetFormat.Identity()
        let step = max(1, (1 << 22) / description.imageBytes)
        for start in stride(from: 0, to: count, by: step) {
            let piece = start..<min(count, start + step)
            do {
                try check(piece, &identity, &faults)
            } catch {
                // Row by row, to name every one that is damaged.
                for row in piece {
                    do {
                        try check(row..<row + 1, &identity, &faults)
                    } catch  where faults.last != "\(error)" {
                        faults.append("\(error)")
                    } catch {
                        // Rows of one chunk are damaged together.
                    }
                }
            }
            progress(piece.upperBound)
        }
        let found = identity.text(description, count: count)
        if faults.isEmpty, found != id {
            faults.append("\(folder): the contents have hash \(found), expected dataset_id \(id)")
        }
        return faults
    }

    private func check(
        _ piece: Range<Int>, _ identity: inout DatasetFormat.Identity, _ faults: inout [String]
    ) throws {
        let all = Array(piece)
        let samples = try stored(.samples, all)
        let maps = try maps(of: all)
        let conditions = description.imageCondition != nil ? try stored(.conditions, all) : nil
        let vectors = physicalVectors(of: all).map { StoredValues.bytes(of: $0) }
        if !description.isPicture { try check(samples, .samples, all) }
        if let conditions { try check(conditions, .conditions, all) }
        for (index, row) in piece.enumerated() {
            func part<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence
            where Bytes.Index == Int {
                let size = bytes.count / all.count
                return bytes[index * size..<(index + 1) * size]
            }
            let map = maps.map { part($0) }
            identity.add(
                image: part(samples), label: labels?[row], semantic: map, vector: vectors.map { part($0) },
                condition: conditions.map { part($0) })
            if let value = map?.max(), value >= description.semanticClasses {
                faults.append(
                    "\(folder): the semantic map of row \(row) holds \(value), "
                        + "expected 0 to \(description.semanticClasses - 1)")
            }
        }
    }
}
