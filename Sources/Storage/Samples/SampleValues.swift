/// Whole samples between physical values and what networks see.
extension SampleFormat {
    /// What networks see of physical values, each channel by its transform.
    ///
    /// - Parameter physical: [count, height, width, channels].
    /// - Returns: as many; NaN where a transform is not defined.
    public func normalized(_ physical: [Float]) -> [Float] {
        ChannelTransform.normalized(physical, by: channels.map(\.transform))
    }

    /// The physical values of what networks say: what a shard of this format could hold. Where elements are integers they
    /// are rounded, and moved into the range of the element.
    ///
    /// - Parameter normalized: [count, height, width, channels].
    /// - Returns: as many, and how many of them had to be moved into the range of their transform or element.
    public func physical(_ normalized: [Float]) -> (values: [Float], clipped: Int) {
        var values: [Float] = []
        let clipped = physical(normalized[...], into: &values)
        return (values, clipped)
    }

    /// Appends the physical values of what networks say to `values`; see ``physical(_:)``.
    ///
    /// - Returns: how many had to be clipped.
    public func physical(_ normalized: ArraySlice<Float>, into values: inout [Float]) -> Int {
        let largest: Float? =
            switch element {
            case .uint8: 255
            case .uint16: 65535
            case .float32: nil
            }
        return ChannelTransform.physical(normalized, by: channels.map(\.transform), wholeUpTo: largest, into: &values)
    }
}

extension VectorFormat {
    /// What networks see of numbers [count, components] in physical units.
    public func normalized(_ physical: [Float]) -> [Float] {
        ChannelTransform.normalized(physical, by: components.map(\.transform))
    }

    /// The numbers in physical units, and how many had to be clipped.
    public func physical(_ normalized: [Float]) -> (values: [Float], clipped: Int) {
        var values: [Float] = []
        let clipped = ChannelTransform.physical(
            normalized[...], by: components.map(\.transform), wholeUpTo: nil, into: &values)
        return (values, clipped)
    }
}

extension ChannelTransform {
    /// Values whose channel runs fastest.
    static func normalized(_ physical: [Float], by transforms: [ChannelTransform]) -> [Float] {
        var values = physical
        values.withUnsafeMutableBufferPointer { normalize($0, by: transforms) }
        return values
    }

    /// In place. The same bits as ``normalized(_:)`` of each value; NaN where a curve is not defined.
    static func normalize(_ values: UnsafeMutableBufferPointer<Float>, by transforms: [ChannelTransform]) {
        let channels = transforms.count
        precondition(channels > 0 && values.count % channels == 0, "ChannelTransform: \(values.count) values")
        for (channel, transform) in transforms.enumerated() where transform.curve != .linear {
            var place = channel
            while place < values.count {
                let value = values[place]
                values[place] = transform.curve.isDefined(at: Double(value)) ? transform.normalized(value) : .nan
                place += channels
            }
        }
        guard transforms.contains(where: { $0.curve == .linear }) else { return }
        // Centres and scales repeated to the length of a few vectors, so that the loop over them is taken at once
        // whatever the number of channels; curves, which are done, are left as they are by 0 and 1.
        let repeats = (64 + channels - 1) / channels
        let pattern = transforms.map { $0.curve == .linear ? ($0.center, $0.scale) : (0, 1) }
        let all = (0..<repeats).flatMap { _ in pattern }
        let (centers, scales) = (all.map(\.0), all.map(\.1))
        centers.withUnsafeBufferPointer { centers in
            scales.withUnsafeBufferPointer { scales in
                var start = 0
                while start < values.count {
                    let count = min(centers.count, values.count - start)
                    for i in 0..<count {
                        values[start + i] = Float((Double(values[start + i]) - centers[i]) / scales[i])
                    }
                    start += count
                }
            }
        }
    }

    /// - Parameter largest: of integers from 0; nil where values need not be whole.
    static func physical(
        _ normalized: ArraySlice<Float>, by transforms: [ChannelTransform], wholeUpTo largest: Float?,
        into values: inout [Float]
    ) -> Int {
        precondition(
            !transforms.isEmpty && normalized.count % transforms.count == 0,
            "ChannelTransform: \(normalized.count) values of \(transforms.count) channels")
        values.reserveCapacity(values.count + normalized.count)
        var (clipped, channel) = (0, 0)
        for value in normalized {
            var (physical, isClipped) = transforms[channel].physical(value)
            if let largest {
                let whole = physical.rounded()
                physical = whole < 0 ? 0 : whole > largest ? largest : whole
                if physical != whole { isClipped = true }
            }
            if isClipped { clipped += 1 }
            values.append(physical)
            channel = channel + 1 == transforms.count ? 0 : channel + 1
        }
        return clipped
    }
}
