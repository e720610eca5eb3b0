/// Samples as shards store them, made into physical values and into what networks see.
struct StoredSamples: Sendable {
    let format: SampleFormat
    /// What networks see of each integer, for each transform that occurs.
    private let tables: [[Float]]
    /// The table of each channel.
    private let tableOfChannel: [Int]

    /// - Parameter isNormalizing: whether ``normalized(_:)`` will be asked for.
    init(_ format: SampleFormat, isNormalizing: Bool) {
        self.format = format
        guard isNormalizing, format.element != .float32 else {
            (tables, tableOfChannel) = ([], [])
            return
        }
        let transforms = format.channels.map(\.transform)
        var different: [ChannelTransform] = []
        for transform in transforms where !different.contains(transform) { different.append(transform) }
        let count = format.element == .uint8 ? 256 : 65536
        tables = different.map { transform in
            (0..<count).map { transform.normalizedIfDefined(Float($0)) ?? .nan }
        }
        tableOfChannel = transforms.map { transform in different.firstIndex(of: transform) ?? 0 }
    }

    /// What networks see of samples of an integer element.
    ///
    /// - Parameter bytes: as stored, little-endian.
    /// - Returns: NaN where a transform is not defined.
    func normalized(_ bytes: [UInt8]) -> [Float] {
        format.element == .uint8 ? normalized(bytes, UInt8.self) : normalized(bytes, UInt16.self)
    }

    /// Physical values of samples of an integer element.
    func physical(_ bytes: [UInt8]) -> [Float] {
        format.element == .uint8 ? physical(bytes, UInt8.self) : physical(bytes, UInt16.self)
    }

    private func normalized<Element: FixedWidthInteger & BitwiseCopyable>(_ bytes: [UInt8], _: Element.Type) -> [Float]
    {
        let (channels, width) = (format.channels.count, MemoryLayout<Element>.size)
        precondition(!tables.isEmpty, "StoredSamples: made for physical values")
        return convert(bytes) { source, target in
            // Each channel by itself: its table stays near.
            for channel in 0..<channels {
                tables[tableOfChannel[channel]].withUnsafeBufferPointer { table in
                    var index = channel
                    while index < target.count {
                        let value = source.loadUnaligned(fromByteOffset: index * width, as: Element.self)
                        target[index] = table[Int(Element(littleEndian: value))]
                        index += channels
                    }
                }
            }
        }
    }

    private func physical<Element: FixedWidthInteger & BitwiseCopyable>(_ bytes: [UInt8], _: Element.Type) -> [Float] {
        let width = MemoryLayout<Element>.size
        return convert(bytes) { source, target in
            for index in 0..<target.count {
                let value = source.loadUnaligned(fromByteOffset: index * width, as: Element.self)
                target[index] = Float(Element(littleEndian: value))
            }
        }
    }

    private func convert(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> [Float] {
        precondition(format.element != .float32, "StoredSamples: floats need no conversion")
        let count = bytes.count / format.element.bytes
        return [Float](unsafeUninitializedCapacity: count) { target, done in
            bytes.withUnsafeBytes { body($0, UnsafeMutableBufferPointer(rebasing: target[..<count])) }
            done = count
        }
    }
}
