/// Physical values as shards store them.
enum StoredValues {
    /// The bytes of one sample.
    ///
    /// - Parameter place: of the sample, for messages.
    /// - Throws: ``DatasetError`` (65) naming the place, the channel and the value that the element cannot hold.
    static func bytes(of values: [Float], _ format: SampleFormat, _ place: String) throws -> [UInt8] {
        precondition(values.count == format.count, "StoredValues: \(values.count) values for \(format.count)")
        func refuse(_ index: Int, _ expected: String) -> DatasetError {
            let (pixel, channel) = index.quotientAndRemainder(dividingBy: format.channels.count)
            let (row, column) = pixel.quotientAndRemainder(dividingBy: format.width)
            return .badData(
                "\(place): channel \(format.channels[channel].name) holds \(FiniteNumbers.name(Double(values[index]))) "
                    + "at row \(row), column \(column), expected \(expected)")
        }
        switch format.element {
        case .float32:
            guard FiniteNumbers.allAreFinite(values) else {
                throw refuse(values.firstIndex { !$0.isFinite } ?? 0, "finite numbers")
            }
            return bytes(of: values)
        case .uint8:
            return try [UInt8](unsafeUninitializedCapacity: values.count) { target, done in
                for (index, value) in values.enumerated() {
                    guard let whole = UInt8(exactly: value) else { throw refuse(index, "whole numbers from 0 to 255") }
                    target.initializeElement(at: index, to: whole)
                }
                done = values.count
            }
        case .uint16:
            return try [UInt8](unsafeUninitializedCapacity: 2 * values.count) { target, done in
                for (index, value) in values.enumerated() {
                    guard let whole = UInt16(exactly: value) else {
                        throw refuse(index, "whole numbers from 0 to 65535")
                    }
                    target.initializeElement(at: 2 * index, to: UInt8(truncatingIfNeeded: whole))
                    target.initializeElement(at: 2 * index + 1, to: UInt8(truncatingIfNeeded: whole >> 8))
                }
                done = 2 * values.count
            }
        }
    }

    /// The bytes of the numbers beside one sample.
    static func bytes(of values: [Float], _ format: VectorFormat, _ place: String) throws -> [UInt8] {
        precondition(values.count == format.count, "StoredValues: \(values.count) numbers for \(format.count)")
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw DatasetError.badData(
                "\(place): \(format.components[index].name) is \(FiniteNumbers.name(Double(values[index]))), "
                    + "expected finite numbers")
        }
        return bytes(of: values)
    }

    /// As files have them: float32 little-endian.
    static func bytes(of values: [Float]) -> [UInt8] {
        #if _endian(little)
            values.withUnsafeBytes { Array($0) }
        #else
            values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        #endif
    }

    /// Floats of which a file has the bytes: the same memory in the order of this machine.
    static func fromFile(_ values: UnsafeMutableBufferPointer<Float>) {
        #if _endian(big)
            for index in values.indices {
                values[index] = Float(bitPattern: UInt32(littleEndian: values[index].bitPattern))
            }
        #endif
    }
}
