/// Grids of a dataset's images with a class a row.
extension Dataset {
    /// Images of each class; none without labels.
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: description.classes)
        for label in labels ?? [] { counts[Int(label)] += 1 }
        return counts
    }

    /// Rows of the dataset for a grid that shows a class in each of its rows, and no image twice.
    ///
    /// - Parameters:
    ///   - classes: of the grid's rows; where a class has several of them, its images go on in the next.
    ///   - rows: those to choose from; nil for all.
    ///   - isSpread: whether images come from all over the dataset, instead of being the first of their class.
    /// - Returns: of each cell, a row of the dataset; nil where the class has no more.
    public func cells(ofClasses classes: [Int], columns: Int, among rows: [Int]? = nil, isSpread: Bool = false)
        -> [Int?]
    {
        var members = Dictionary(uniqueKeysWithValues: Set(classes).map { ($0, [Int]()) })
        let labels = labels ?? []
        for row in rows ?? Array(labels.indices) { members[Int(labels[row])]?.append(row) }
        let room = Dictionary(grouping: classes) { $0 }.mapValues { $0.count * columns }
        var shown: [Int: ArraySlice<Int>] = [:]
        for (label, rows) in members {
            let count = min(rows.count, room[label] ?? 0)
            shown[label] = (isSpread ? (0..<count).map { rows[$0 * rows.count / count] } : Array(rows[..<count]))[...]
        }
        return classes.flatMap { label in (0..<columns).map { _ in shown[label]?.popFirst() } }
    }

    /// Reads the rows of a grid's cells; black, or 0 in physical units, and 0 in maps, where a cell has none.
    ///
    /// - Throws: as ``read(rows:withMaps:withConditions:)``.
    public func read(cells: [Int?], withMaps: Bool = true, withConditions: Bool = true) throws -> DatasetRows {
        let found = try read(rows: cells.compactMap { $0 }, withMaps: withMaps, withConditions: withConditions)
        let isFilled = cells.map { $0 != nil }
        func spread(_ values: [Float], _ size: Int) -> [Float] {
            var next = 0
            return isFilled.flatMap { filled -> ArraySlice<Float> in
                guard filled else { return ArraySlice(repeatElement(0, count: size)) }
                next += size
                return values[next - size..<next]
            }
        }
        let isPicture = description.isPicture
        return DatasetRows(
            images: isPicture ? ImageGrid.spread(found.images, over: isFilled, size: description.imageBytes) : [],
            fields: isPicture ? [] : spread(found.fields, description.format.count),
            semantic: found.semantic.map { ImageGrid.spread($0, over: isFilled, size: description.pixels) },
            vectors: found.vectors.map { spread($0, description.vector?.count ?? 0) },
            imageConditions: found.imageConditions.map { spread($0, description.imageCondition?.count ?? 0) })
    }
}
