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
        let rows = try read(rows: piece)
        let imageBytes = description.imageBytes
        let mapBytes = imageBytes / description.channels
        for (index, row) in piece.enumerated() {
            let image = rows.images[index * imageBytes..<(index + 1) * imageBytes]
            let map = rows.semantic.map { $0[index * mapBytes..<(index + 1) * mapBytes] }
            identity.add(image: image, label: rows.labels?[index], semantic: map)
            if let value = map?.max(), value >= description.semanticClasses {
                faults.append(
                    "\(folder): the semantic map of row \(row) holds \(value), "
                        + "expected 0 to \(description.semanticClasses - 1)")
            }
        }
    }
}
