import Recipes
import Storage

/// A data set of fields on disk: rectangles of three channels with units, two numbers beside each.
package enum SmallFields {
    /// Channels are the wind, without bounds; the rain, which is never below zero; and the snow.
    package static let format = SampleFormat(
        element: .float32, height: 24, width: 16,
        channels: [
            SampleFormat.Channel(name: "wind", unit: "m/s", transform: ChannelTransform(center: 3, scale: 5)),
            SampleFormat.Channel(
                name: "rain", unit: "mm",
                transform: ChannelTransform(curve: .power(exponent: 0.5), center: 0.5, scale: 0.5)),
            SampleFormat.Channel(
                name: "snow/depth", transform: ChannelTransform(curve: .log1p, center: 0.4, scale: 0.5)),
        ])

    package static let vector = VectorFormat(components: [
        SampleFormat.Channel(
            name: "energy", unit: "GeV", transform: ChannelTransform(curve: .log1p, center: 1, scale: 0.5)),
        SampleFormat.Channel(name: "angle", unit: "degree", transform: ChannelTransform(center: 45, scale: 20)),
    ])

    /// - Parameters:
    ///   - classes: of labels that it has, too.
    ///   - format: other channels or sizes.
    ///   - still: a channel that does not vary.
    /// - Returns: its identity.
    @discardableResult
    package static func write(
        to folder: String, count: Int = 24, seed: UInt64 = 1, classes: Int = 0, vector: VectorFormat? = vector,
        format: SampleFormat = format, still: Int? = nil
    ) throws -> String {
        let writer = try DatasetWriter(
            folder: folder, description: DatasetDescription(format: format, classes: classes, vector: vector), shards: 2
        )
        let size = format.height * format.width
        for row in 0..<count {
            let normals = Randomizer(seed: seed).normals(
                .sheet, step: 0, samples: row..<row + 1, shape: [size, format.channels.count]
            ).array
            let numbers = Randomizer(seed: seed).uniforms(.label, step: 0, samples: row..<row + 1, count: 2)
            let field = normals.enumerated().map { place, value -> Float in
                let channel = place % format.channels.count
                if channel == still { return 0.5 }
                return channel == 0 ? 3 + 4 * value : value * value * (1 + numbers[0])
            }
            try writer.append(
                field: field, label: classes > 0 ? Int32(row % classes) : nil,
                vector: vector.map { $0.components.indices.map { $0 == 0 ? 5 * numbers[0] : 90 * numbers[1] } })
        }
        return try writer.finish()
    }
}
