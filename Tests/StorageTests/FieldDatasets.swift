import Foundation
import Storage

/// Data sets of fields for tests: values that are a function of row and place, so that what comes back can be compared.
struct FieldRows {
    let description: DatasetDescription
    let count: Int

    static func channels(_ count: Int, _ transforms: [ChannelTransform]) -> [SampleFormat.Channel] {
        (0..<count).map { index in
            SampleFormat.Channel(name: "c\(index)", unit: "u\(index)", transform: transforms[index % transforms.count])
        }
    }

    static let transforms = [
        ChannelTransform(curve: .log1p, center: 2, scale: 1.5), ChannelTransform(center: 40, scale: 60),
        ChannelTransform(curve: .asinh(scale: 3), center: 1, scale: 2),
        ChannelTransform(curve: .ratio(a: 9), scale: 0.5),
        ChannelTransform(curve: .power(exponent: 0.5), center: 5, scale: 5),
    ]

    init(
        _ element: SampleFormat.Element = .float32, height: Int = 12, width: Int = 8, channels: Int = 3,
        count: Int = 20,
        classes: Int = 0, semantic: Int = 0, vector: Int = 0, condition: SampleFormat.Element? = nil
    ) {
        self.count = count
        description = DatasetDescription(
            format: SampleFormat(
                element: element, height: height, width: width, channels: Self.channels(channels, Self.transforms)),
            classes: classes, semanticClasses: semantic,
            vector: vector > 0 ? VectorFormat(components: Self.channels(vector, Self.transforms)) : nil,
            imageCondition: condition.map {
                SampleFormat(
                    element: $0, height: height, width: width,
                    channels: Self.channels(2, Array(Self.transforms.reversed())))
            })
    }

    init(_ description: DatasetDescription, count: Int) {
        self.description = description
        self.count = count
    }

    private func values(_ row: Int, _ count: Int, _ element: SampleFormat.Element, seed: Int) -> [Float] {
        (0..<count).map { place in
            let number = (row * 7919 + place * 104_729 + seed) % 1009
            return element == .float32
                ? Float(number) / 7 : element == .uint8 ? Float(number % 256) : Float(number * 60)
        }
    }

    func field(_ row: Int) -> [Float] { values(row, description.format.count, description.format.element, seed: 1) }
    func label(_ row: Int) -> Int32? { description.classes > 0 ? Int32(row % description.classes) : nil }
    func map(_ row: Int) -> [UInt8]? {
        guard description.semanticClasses > 0 else { return nil }
        return (0..<description.pixels).map { UInt8(($0 / 3 + row) % description.semanticClasses) }
    }
    func vector(_ row: Int) -> [Float]? { description.vector.map { values(row, $0.count, .float32, seed: 2) } }
    func condition(_ row: Int) -> [Float]? {
        description.imageCondition.map { values(row, $0.count, $0.element, seed: 3) }
    }

    /// What reading gives of these rows.
    func rows(_ rows: [Int]) -> DatasetRows {
        let fields = rows.flatMap { field($0) }
        return DatasetRows(
            images: description.isPicture ? fields.map { UInt8($0) } : [], fields: description.isPicture ? [] : fields,
            labels: description.classes > 0 ? rows.compactMap { label($0) } : nil,
            semantic: description.semanticClasses > 0 ? rows.flatMap { map($0) ?? [] } : nil,
            vectors: description.vector != nil ? rows.flatMap { vector($0) ?? [] } : nil,
            imageConditions: description.imageCondition != nil ? rows.flatMap { condition($0) ?? [] } : nil)
    }

    func append(_ row: Int, to writer: DatasetWriter) throws {
        try writer.append(
            field: field(row), label: label(row), semantic: map(row), vector: vector(row),
            imageCondition: condition(row))
    }

    /// Writes all rows and returns the identity.
    @discardableResult
    func write(_ folder: String, shards: Int? = 3, compression: DatasetCompression = .none) throws -> String {
        let writer = try DatasetWriter(
            folder: folder, description: description, shards: shards, compression: compression)
        for row in 0..<count { try append(row, to: writer) }
        return try writer.finish()
    }
}
