/// Fields for people: a sample's channels side by side, each by ``ColorMap`` over −1…1 of what networks see, so that
/// pictures of real and of generated samples can be compared.
public struct FieldPicture: Sendable {
    /// Channels that are shown, from the first on.
    public static let mostChannels = 8
    /// Of one channel.
    public let height: Int
    public let width: Int
    public let channels: Int

    /// - Parameters:
    ///   - height: of the samples; maps of networks that still grow are smaller than those of the data set.
    ///   - channels: of the samples.
    public init(height: Int, width: Int, channels: Int) {
        precondition(height > 0 && width > 0 && channels > 0, "FieldPicture: \(height)×\(width)×\(channels)")
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Of samples as a data set has them.
    public init(_ format: SampleFormat) {
        self.init(height: format.height, width: format.width, channels: format.channels.count)
    }

    private var shown: Int { min(channels, Self.mostChannels) }
    /// Pixels in a row of a sample's picture.
    public var cellWidth: Int { shown * width }
    /// Bytes of a sample's picture.
    public var cellBytes: Int { height * cellWidth * 3 }

    /// Each sample as one picture, red, green and blue: uint8 [count, height, ``cellWidth``, 3].
    ///
    /// - Parameter normalized: [count, height, width, channels], what networks see.
    public func cells(_ normalized: [Float]) -> [UInt8] {
        let size = height * width * channels
        precondition(normalized.count % size == 0, "FieldPicture: \(normalized.count) values in samples of \(size)")
        let count = normalized.count / size
        return [UInt8](unsafeUninitializedCapacity: count * cellBytes) { bytes, done in
            var next = 0
            normalized.withUnsafeBufferPointer { values in
                for row in 0..<count * height {
                    for channel in 0..<shown {
                        for column in 0..<width {
                            let value = values[(row * width + column) * channels + channel]
                            (bytes[next], bytes[next + 1], bytes[next + 2]) = ColorMap.color((value + 1) / 2)
                            next += 3
                        }
                    }
                }
            }
            done = next
        }
    }

    /// Samples in rows and columns, as ``ImageGrid`` lays them out.
    ///
    /// - Parameters:
    ///   - normalized: [count, height, width, channels], what networks see; at least one sample.
    ///   - columns: samples in a row.
    public func grid(_ normalized: [Float], columns: Int) -> RasterImage {
        let cells = cells(normalized)
        return ImageGrid.make(
            cells, count: cells.count / cellBytes, height: height, width: cellWidth, channels: 3, columns: columns)
    }
}
