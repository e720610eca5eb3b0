import Failure

/// What stands beside the samples of a source: numbers that they are conditioned on, and classes. Read whole.
struct NumbersBeside {
    /// [count, components]
    private(set) var vectors: [Float] = []
    private(set) var components: [FieldNames.Entry] = []
    private(set) var labels: [Int32] = []

    init(_ file: ArrayFile, _ options: FieldOptions, count: Int, samples: String) throws {
        var columns: [(values: [Float], width: Int)] = []
        for key in options.conditions {
            let array = try file.array(key, for: "--condition")
            let values = try Self.numbers(of: array, count: count, samples: samples, option: "--condition")
            let width = values.count / count
            guard width >= 1 else { throw DatasetError.badData("\(array.place) is \(array.kindText): 0 numbers each") }
            let short = key.split(separator: "/").last.map(String.init) ?? key
            for index in 0..<width {
                let name = width == 1 ? short : "\(short) \(index)"
                components.append(
                    FieldNames.Entry(name: name, key: key, unit: array.facts.unit, place: array.place))
            }
            var physical: [Float] = []
            physical.reserveCapacity(values.count)
            for (index, value) in values.enumerated() {
                let (number, missing) = array.facts.value(of: value)
                guard missing == nil else {
                    throw DatasetError.badData(
                        "\(array.place), row \(index / width): is \(value), expected a number: samples without their "
                            + "condition cannot be used")
                }
                physical.append(number)
            }
            columns.append((physical, width))
        }
        guard components.count <= VectorFormat.mostComponents else {
            throw DatasetError.usage(
                "--condition: \(components.count) numbers a sample, expected at most \(VectorFormat.mostComponents)")
        }
        if !columns.isEmpty {
            vectors.reserveCapacity(count * components.count)
            for row in 0..<count {
                for column in columns { vectors += column.values[row * column.width..<(row + 1) * column.width] }
            }
        }
        if let key = options.labelKey {
            let array = try file.array(key, for: "--label-key")
            let values = try Self.numbers(of: array, count: count, samples: samples, option: "--label-key")
            guard !array.type.isFloat, values.count == count else {
                throw DatasetError.badData("\(array.place) is \(array.kindText), expected integers [\(count)]")
            }
            labels = try values.enumerated().map { row, value in
                guard value >= 0, value < Double(DatasetFormat.mostClasses) else {
                    throw DatasetError.badData(
                        "\(array.place), row \(row): class \(value), expected 0 to \(DatasetFormat.mostClasses - 1)")
                }
                return Int32(value)
            }
        }
    }

    /// - Throws: ``DatasetError`` (65) where there are not as many rows as samples.
    private static func numbers(
        of array: any NumberArray, count: Int, samples: String, option: String
    ) throws -> [Double] {
        guard let rows = array.shape.first, rows == count else {
            throw DatasetError.badData(
                "\(array.place) is \(array.kindText), expected \(count) rows for \(option), as many as there are samples in "
                    + samples)
        }
        guard array.shape.count <= 2, array.rowCount <= VectorFormat.mostComponents else {
            throw DatasetError.badData(
                "\(array.place) is \(array.kindText), expected [\(count)] or [\(count), K] with K up to "
                    + "\(VectorFormat.mostComponents) for \(option)")
        }
        return try array.numbers(rows: 0..<count)
    }
}
