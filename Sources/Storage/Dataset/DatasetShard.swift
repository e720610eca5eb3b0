/// One file of a dataset.
final class DatasetShard: Sendable {
    let path: String
    let id: String
    let index: Int
    let shards: Int
    let countTotal: Int
    let description: DatasetDescription
    let count: Int
    let labels: [Int32]?
    /// Numbers beside the samples, [count, components] in physical units, all finite.
    let vectors: [Float]?
    private let samples: ShardRows
    private let semantic: ShardRows?
    private let conditions: ShardRows?

    init(_ path: String) throws {
        self.path = path
        let seal = try ShardSeal.check(path)
        let file = try HDF5File(reading: path)
        let head = try ShardHead(of: file, seal, path)
        (id, index, shards, countTotal, description) = (
            head.id, head.index, head.shards, head.countTotal, head.description
        )
        let format = description.format
        func open(_ name: String, _ kind: HDF5Kind, _ rest: [Int], rows: Int?) throws -> HDF5Dataset {
            let dataset = try file.dataset(name)
            guard dataset.kind == kind, dataset.shape.count == rest.count + 1, Array(dataset.shape.dropFirst()) == rest,
                rows == nil || rows == dataset.shape[0]
            else {
                let expected = [rows.map { "\($0)" } ?? "n"] + rest.map { "\($0)" }
                throw DatasetError.badData(
                    "\(path): \(name) is \(dataset.kind) \(dataset.shape), "
                        + "expected \(kind) [\(expected.joined(separator: ", "))]")
            }
            return dataset
        }
        func open(_ name: String, _ format: SampleFormat, rows: Int?) throws -> HDF5Dataset {
            let shape = [format.height, format.width, format.channels.count]
            let kind: HDF5Kind =
                switch format.element {
                case .uint8: .uint8
                case .uint16: .integer
                case .float32: .float
                }
            let dataset = try open(name, kind, shape, rows: rows)
            // Of bytes there is one kind only.
            guard kind == .uint8 || dataset.stores(format.element) else {
                throw DatasetError.badData("\(path): the elements of \(name) are not \(format.element), as it states")
            }
            return dataset
        }
        let images = try open(head.version < DatasetFormat.version ? "images" : "samples", format, rows: nil)
        let count = images.shape[0]
        self.count = count
        let semantic =
            description.semanticClasses > 0
            ? try open("semantic", .uint8, [format.height, format.width], rows: count) : nil
        let conditions = try description.imageCondition.map { try open("condition_images", $0, rows: count) }
        samples = try ShardRows(images, format.element, seal, seal?.chunks?.images)
        self.semantic = try semantic.map { try ShardRows($0, .uint8, seal, seal?.chunks?.semantic) }
        let conditionElement = description.imageCondition?.element ?? .uint8
        self.conditions = try conditions.map { try ShardRows($0, conditionElement, seal, seal?.chunks?.conditions) }
        if description.classes > 0 {
            let classes = description.classes
            let values: [Int32] = try open("labels", .integer, [], rows: count).values()
            if let row = values.firstIndex(where: { $0 < 0 || $0 >= classes }) {
                throw DatasetError.badData(
                    "\(path): row \(row) has label \(values[row]), expected 0 to \(classes - 1)")
            }
            labels = values
        } else {
            labels = nil
        }
        vectors = try head.description.vector.map { vector in
            let values: [Float] = try open("vectors", .float, [vector.count], rows: count).values()
            for (index, value) in values.enumerated() {
                let component = vector.components[index % vector.count]
                guard component.transform.normalizedIfDefined(value) != nil else {
                    throw DatasetError.badData(
                        "\(path): row \(index / vector.count), number \(component.name): "
                            + component.transform.complaint(of: value))
                }
            }
            return values
        }
    }

    /// What has to agree between shards.
    var summary: String {
        "\(countTotal) images in \(shards) shards, \(description.format.sizeSummary), "
            + "\(description.classes) classes\(Self.text(description.classNames)), "
            + "\(description.semanticClasses) semantic classes\(Self.text(description.semanticNames))"
            + (description.isPlain
                ? ""
                : ", \(description.format.json) \(description.vector?.json ?? "") \(description.imageCondition?.json ?? "")")
    }

    private static func text(_ names: [String]) -> String {
        names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
    }

    /// What a shard has of each row, as stored.
    enum Part { case samples, semantic, conditions }

    /// Reads rows as they are stored, little-endian.
    func read(_ part: Part, _ rows: Range<Int>, into target: UnsafeMutableBufferPointer<UInt8>) throws {
        let source =
            switch part {
            case .samples: samples
            case .semantic: semantic
            case .conditions: conditions
            }
        guard let source else { preconditionFailure("DatasetShard: \(path) has no \(part)") }
        try source.read(rows, into: target, path)
    }
}

extension SampleFormat {
    /// 32x32x3
    var sizeSummary: String { "\(height)x\(width)x\(channels.count)" }
}
