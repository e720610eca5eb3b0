/// What a minibatch has of its rows' pixels; what there is none of stays empty.
struct SampleParts {
    /// Of pictures.
    var images: [UInt8] = []
    /// Of other samples, as networks see them.
    var fields: [Float] = []
    var maps: [UInt8] = []
    /// Of the images beside the samples, as networks see them.
    var conditions: [Float] = []
}

/// Where a row's parts lie among the bytes that ``RowCache`` keeps of it: the picture or field, then the map, then the image
/// beside it.
struct RowLayout {
    /// Bytes of the picture; 0 of other samples.
    let images: Int
    /// Values of the sample; 0 of pictures.
    let fields: Int
    let maps: Int
    let conditions: Int
    var bytes: Int { images + 4 * fields + maps + 4 * conditions }

    /// - Parameter side: the nominal resolution.
    init(_ description: DatasetDescription, side: Int, withMaps: Bool, conditions: SampleFormat?) {
        let factor = description.resolution / side
        let pixels = (description.height / factor) * (description.width / factor)
        images = description.isPicture ? pixels * description.channels : 0
        fields = description.isPicture ? 0 : pixels * description.channels
        maps = withMaps ? pixels : 0
        self.conditions = pixels * (conditions?.channels.count ?? 0)
    }

    /// One row's bytes.
    func row(_ index: Int, of parts: SampleParts) -> [UInt8] {
        func bytes(_ values: [Float], _ count: Int) -> [UInt8] {
            values[index * count..<(index + 1) * count].withUnsafeBytes { Array($0) }
        }
        var row = Array(parts.images[index * images..<(index + 1) * images])
        if fields > 0 { row += bytes(parts.fields, fields) }
        if maps > 0 { row += parts.maps[index * maps..<(index + 1) * maps] }
        if conditions > 0 { row += bytes(parts.conditions, conditions) }
        return row
    }

    func reserve(_ rows: Int, in parts: inout SampleParts) {
        parts.images.reserveCapacity(rows * images)
        parts.fields.reserveCapacity(rows * fields)
        parts.maps.reserveCapacity(rows * maps)
        parts.conditions.reserveCapacity(rows * conditions)
    }

    /// Adds a row of these bytes.
    func append(_ row: ArraySlice<UInt8>, to parts: inout SampleParts) {
        var rest = row
        func take(_ count: Int) -> ArraySlice<UInt8> {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func append(_ count: Int, to values: inout [Float]) {
            guard count > 0 else { return }
            take(4 * count).withUnsafeBytes { bytes in
                values += [Float](unsafeUninitializedCapacity: count) { target, done in
                    UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
                    done = count
                }
            }
        }
        parts.images += take(images)
        append(fields, to: &parts.fields)
        parts.maps += take(maps)
        append(conditions, to: &parts.conditions)
    }
}
