/// Tells ∞ and NaN among floats.
public enum FiniteNumbers {
    /// Whether all values are finite.
    public static func allAreFinite(_ values: [Float]) -> Bool {
        values.withUnsafeBufferPointer { values in
            var found: UInt32 = 0
            // All bits of the exponent are set. Integers, so that the loop may be taken in any order.
            for value in values { found |= value.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0 }
            return found == 0
        }
    }

    /// What is wrong with values that are not all finite, such as "holds nan, 3 of its 100 values are not finite"; nil
    /// where they are.
    public static func complaint(of values: [Float]) -> String? {
        guard !allAreFinite(values), let first = values.first(where: { !$0.isFinite }) else { return nil }
        return
            "holds \(name(Double(first))), \(values.count { !$0.isFinite }) of its \(values.count) values are not finite"
    }

    /// "nan", "inf" or "-inf"; a NaN's sign and payload say nothing.
    public static func name(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }
}

extension CheckpointContents {
    /// The first array with a value that is not finite, and what it holds; nil when there is none.
    ///
    /// Training that has overflowed leaves such arrays, and their checksums agree.
    public var firstNotFinite: String? {
        for array in arrays {
            if let text = FiniteNumbers.complaint(of: array.values) { return "\(array.path) \(text)" }
        }
        return nil
    }
}
