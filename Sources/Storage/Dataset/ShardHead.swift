/// What a shard states of itself and of its dataset, checked number by number.
struct ShardHead {
    let version: Int
    let id: String
    let index: Int
    let shards: Int
    let countTotal: Int
    let description: DatasetDescription

    /// - Parameter seal: of the shard; nil where it has none.
    /// - Throws: ``DatasetError`` (65) naming the shard and what cannot be.
    init(of file: HDF5File, _ seal: ShardSeal?, _ path: String) throws {
        let format = try file.attribute("format")?.stringValue
        guard format == DatasetFormat.format else {
            throw DatasetError.badData(
                "\(path): attribute format is \(format.map { "\"\($0)\"" } ?? "missing"), "
                    + "expected \"\(DatasetFormat.format)\"")
        }
        func number(_ name: String) throws -> Int {
            guard let value = try file.attribute(name)?.intValue else {
                throw DatasetError.badData("\(path): attribute \(name) is missing or no integer")
            }
            return value
        }
        version = try number("version")
        guard DatasetFormat.versions.contains(version) else {
            throw DatasetError.badData(
                "\(path): format version \(version), expected \(DatasetFormat.versions.lowerBound) to "
                    + "\(DatasetFormat.versions.upperBound). Import the data again with this program")
        }
        guard seal?.version == version || seal == nil && version == 1 else {
            throw DatasetError.badData(
                "\(path): format version \(version), but its seal is \(seal.map { "of \($0.version)" } ?? "missing"): it was "
                    + "cut short, or rewritten by another program. Import the dataset again, or copy this shard anew")
        }
        guard let id = try file.attribute("dataset_id")?.stringValue, !id.isEmpty else {
            throw DatasetError.badData("\(path): attribute dataset_id is missing")
        }
        self.id = id
        index = try number("shard")
        shards = try number("shards")
        countTotal = try number("count_total")
        let (classes, semanticClasses) = (try number("classes"), try number("semantic_classes"))
        var description: DatasetDescription
        if version < DatasetFormat.version {
            let (side, channels) = (try number("resolution"), try number("channels"))
            try DatasetFormat.checkPicture(side: side, channels: channels, path)
            description = DatasetDescription(
                resolution: side, channels: channels, classes: classes, semanticClasses: semanticClasses)
        } else {
            description = try Self.formats(of: file, path)
            (description.classes, description.semanticClasses) = (classes, semanticClasses)
        }
        description.classNames = try ClassNames.read(from: file, classes: classes, path)
        description.semanticNames = try ClassNames.read(
            ClassNames.semanticAttribute, from: file, classes: semanticClasses, path)
        self.description = description
        try DatasetFormat.check(description, countTotal: countTotal, index: index, shards: shards, path)
    }

    /// The formats that a shard of version 3 states, and states again in plain numbers for other programs.
    private static func formats(of file: HDF5File, _ path: String) throws -> DatasetDescription {
        func text(_ name: String) throws -> String? {
            guard let value = try file.attribute(name) else { return nil }
            guard let text = value.stringValue else {
                throw DatasetError.badData("\(path): attribute \(name) is no string")
            }
            return text
        }
        guard let json = try text(DatasetFormat.formatAttribute) else {
            throw DatasetError.badData("\(path): attribute \(DatasetFormat.formatAttribute) is missing")
        }
        let format = try SampleFormat(json: json, path: path)
        let vector = try text(DatasetFormat.vectorAttribute).map { try VectorFormat(json: $0, path: path) }
        let condition = try text(DatasetFormat.conditionAttribute).map { try SampleFormat(json: $0, path: path) }
        if let condition {
            try DatasetFormat.expect(
                condition.height == format.height && condition.width == format.width,
                "condition images of \(condition.sizeText)", "\(format.sizeText) as the samples", path)
        }
        let description = DatasetDescription(format: format, vector: vector, imageCondition: condition)
        try DatasetFormat.expect(
            description.rowBytes <= DatasetFormat.largestShard,
            "rows of \(Files.text(bytes: description.rowBytes))",
            "at most \(Files.text(bytes: DatasetFormat.largestShard))", path)
        let numbers = [
            ("height", format.height), ("width", format.width), ("channels", format.channels.count),
            ("resolution", description.resolution),
        ]
        for (name, value) in numbers {
            let stated = try file.attribute(name)?.intValue
            try DatasetFormat.expect(
                stated == value, "\(name) \(stated.map { "\($0)" } ?? "not at all")",
                "\(value) as in \(DatasetFormat.formatAttribute)", path)
        }
        let element = try text("element")
        try DatasetFormat.expect(
            element == format.element.rawValue, "element \(element ?? "not at all")",
            "\(format.element.rawValue) as in \(DatasetFormat.formatAttribute)", path)
        return description
    }
}
