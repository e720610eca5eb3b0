/// A source of samples: its arrays, opened and compared with each other.
final class FieldSet {
    let file: ArrayFile
    /// Whose channels make a sample, one behind the other.
    let samples: [FieldReader]
    /// Whose channels make the image beside it.
    let images: [FieldReader]
    let beside: NumbersBeside
    let count: Int
    /// Whether options name the channels of samples.
    private let isNamed: Bool

    /// - Throws: ``DatasetError`` where a key is missing, or arrays do not go together.
    init(_ path: String, _ options: FieldOptions, labels: ImportOptions.Labels) throws {
        isNamed = !options.channelNames.isEmpty
        file = try ArrayFile(path, labels: labels)
        let others = Set(options.conditions + options.conditionImages + [options.labelKey].compactMap { $0 })
        let arrays =
            options.keys.isEmpty
            ? [try file.onlyArray(besides: others, shape: options.shape)]
            : try options.keys.map { [file] in try file.array($0, for: "--key") }
        samples = try arrays.map { try FieldReader($0, layout: options.layout, flat: options.shape) }
        images = try options.conditionImages.map { [file] in
            let array = try file.array($0, for: "--condition-image")
            let isFlat = array.shape.count == 2 && options.shape != nil
            return try FieldReader(
                array, layout: array.shape.count == 4 ? options.layout : nil, flat: isFlat ? options.shape : nil)
        }
        let first = samples[0]
        count = first.shape.count
        guard (1...DatasetFormat.mostRows).contains(count) else {
            throw DatasetError.badData(
                "\(first.array.place): \(count) samples, expected 1 to \(DatasetFormat.mostRows)")
        }
        for other in samples.dropFirst() + images {
            guard
                (other.shape.count, other.shape.height, other.shape.width)
                    == (count, first.shape.height, first.shape.width)
            else {
                throw DatasetError.badData(
                    "\(other.array.place) is \(other.array.kindText), but \(first.array.place) is "
                        + "\(first.array.kindText): expected as many samples of one size")
            }
        }
        beside = try NumbersBeside(file, options, count: count, samples: first.array.place)
    }

    /// - Throws: ``DatasetError`` (65) naming both where another source has other samples.
    func compare(with first: FieldSet) throws {
        for (ours, theirs) in zip(samples + images, first.samples + first.images) {
            guard ours.shape == theirs.shape, ours.array.type == theirs.array.type else {
                throw DatasetError.badData(
                    "\(ours.array.place) is \(ours.array.kindText), but \(theirs.array.place) is "
                        + "\(theirs.array.kindText): expected samples of one size and type")
            }
            if let (found, expected) = zip(ours.toldUnits, theirs.toldUnits).first(where: { $0 != $1 }) {
                throw DatasetError.badData(
                    "\(ours.array.place) is in '\(found)', but \(theirs.array.place) is in '\(expected)': expected one "
                        + "unit")
            }
            guard ours.array.key == theirs.array.key else {
                throw DatasetError.badData(
                    "\(ours.array.place) and \(theirs.array.place) have other names: expected the same array of each "
                        + "source. --key NAME tells which")
            }
        }
        // Options name the channels of samples only.
        let ours = (isNamed ? [] : samples) + images
        let theirs = (isNamed ? [] : first.samples) + first.images
        for (ours, theirs) in zip(ours, theirs) where ours.toldNames != theirs.toldNames {
            throw DatasetError.badData(
                "\(ours.array.place) has the channels \(ours.toldNames), but \(theirs.array.place) has "
                    + "\(theirs.toldNames): expected the same in one order")
        }
        if let (ours, theirs) = zip(samples + images, first.samples + first.images).first(where: {
            $0.array.facts.isPacked != $1.array.facts.isPacked
        }) {
            throw DatasetError.badData(
                "\(ours.array.place) and \(theirs.array.place): only one has a scale_factor or add_offset")
        }
        guard file.stack?.files.classNames == first.file.stack?.files.classNames else {
            throw DatasetError.badData(
                "\(file.path) and \(first.file.path) have other classes: expected subfolders of the same names")
        }
        guard beside.components.map(\.unit) == first.beside.components.map(\.unit) else {
            throw DatasetError.badData(
                "\(file.path) and \(first.file.path) have conditions of other counts or units: expected the same")
        }
    }

    /// After the last sample.
    func finish() throws {
        for reader in samples + images {
            try reader.array.finish()
            reader.release()
        }
    }
}
