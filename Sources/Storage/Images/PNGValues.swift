import CZlib

/// The values of a PNG's pixels as they stand in the file: no gamma, no scaling of few bits to eight, no palette applied.
/// For maps, whose values are classes.
struct PNGValues {
    let height: Int
    let width: Int
    /// 1 (grey, or an index into the palette) or 3 (red, green, blue).
    let channels: Int
    /// `height · width · channels` bytes.
    let values: [UInt8]
    /// Red, green and blue of each index; nil where values are no indices.
    let palette: [[UInt8]]?

    /// - Parameter check: refuses a size, before memory is taken for so many pixels.
    /// - Throws: ``DatasetError`` (65) for what is no PNG of up to 8 bits a value, is damaged, or has pixels that are not
    ///   opaque; what `check` throws.
    init(_ path: String, check: (_ height: Int, _ width: Int) throws -> Void) throws {
        let bytes = try ImageFile.bytes(path)
        guard bytes.starts(with: PNGStructure.signature) else {
            throw DatasetError.badData("\(path): a JPEG, expected a PNG: JPEG changes the values of pixels")
        }
        func damaged(_ damage: ImageDamage) -> DatasetError {
            ImageFile.damaged(path, "PNG", damage.size, bytes.count, damage.reason)
        }
        let structure = try bytes.withUnsafeBytes { memory in
            do throws(ImageDamage) { return try PNGStructure(memory) } catch { throw damaged(error) }
        }
        try check(structure.height, structure.width)
        guard structure.depth <= 8 else {
            throw DatasetError.badData("\(path): a PNG of \(structure.depth) bits a value, expected at most 8")
        }
        (height, width) = (structure.height, structure.width)
        channels = structure.color.values - (structure.color.hasAlpha ? 1 : 0)
        let entries = bytes[structure.palette]
        palette =
            structure.color == .palette
            ? stride(from: entries.startIndex, to: entries.endIndex, by: 3).map { Array(entries[$0..<$0 + 3]) } : nil
        let isOpaque: Bool
        do throws(ImageDamage) {
            let count = structure.color.values
            (values, isOpaque) = try Self.pixels(
                structure, bytes, values: count, kept: channels, depth: structure.depth)
        } catch {
            throw damaged(error)
        }
        guard try isOpaque && !hasTransparent(bytes[structure.transparency], structure, path) else {
            throw DatasetError.badData("\(path): has pixels that are not opaque, expected a class at every pixel")
        }
    }

    /// Whether there are pixels that the chunk tRNS makes transparent (PNG specification, section 11.3.2.1): of some
    /// indices, or of one colour.
    private func hasTransparent(
        _ chunk: ArraySlice<UInt8>, _ structure: PNGStructure, _ path: String
    ) throws -> Bool {
        guard !chunk.isEmpty, !structure.color.hasAlpha else { return false }
        let most = palette?.count ?? 2 * channels
        guard palette == nil ? chunk.count == most : chunk.count <= most else {
            throw DatasetError.badData(
                "\(path): its chunk tRNS has \(chunk.count) bytes, expected \(palette == nil ? "" : "at most ")\(most)")
        }
        let bytes = Array(chunk)
        if palette != nil { return values.contains { Int($0) < bytes.count && bytes[Int($0)] < 255 } }
        // Of each value's 16 bits those count that the pixels have.
        let mask = UInt8(truncatingIfNeeded: (1 << structure.depth) - 1)
        let color = (0..<channels).map { bytes[2 * $0 + 1] & mask }
        return stride(from: 0, to: values.count, by: channels).contains { start in
            (0..<channels).allSatisfy { values[start + $0] == color[$0] }
        }
    }

    /// A pass of Adam7, or the only one: its first pixel, and how far its pixels are apart.
    private struct Pass {
        let left: Int
        let top: Int
        let across: Int
        let down: Int

        init(_ left: Int, _ top: Int, _ across: Int, _ down: Int) {
            (self.left, self.top, self.across, self.down) = (left, top, across, down)
        }

        static let whole = [Pass(0, 0, 1, 1)]
        static let interlaced = [
            Pass(0, 0, 8, 8), Pass(4, 0, 8, 8), Pass(0, 4, 4, 8), Pass(2, 0, 4, 4), Pass(0, 2, 2, 4), Pass(1, 0, 2, 2),
            Pass(0, 1, 1, 2),
        ]

        func columns(_ width: Int) -> Int { max(0, (width - left + across - 1) / across) }
        func rows(_ height: Int) -> Int { max(0, (height - top + down - 1) / down) }
    }

    /// Unpacks, undoes the filters (PNG specification, section 9) and takes the values of few bits apart.
    ///
    /// - Parameters:
    ///   - count: values of a pixel, of which the first `kept` are kept; one of 16 bits counts as two.
    ///   - depth: bits of a value, 8 at most.
    /// - Returns: the values that are kept; whether the others are 255 everywhere.
    static func pixels(
        _ structure: PNGStructure, _ bytes: [UInt8], values count: Int, kept: Int, depth: Int
    ) throws(ImageDamage) -> (values: [UInt8], isOpaque: Bool) {
        let (height, width) = (structure.height, structure.width)
        func damage(_ reason: String) -> ImageDamage { ImageDamage(size: (width, height), reason: reason) }
        let passes = structure.isInterlaced ? Pass.interlaced : Pass.whole
        func rowBytes(_ pass: Pass) -> Int { (pass.columns(width) * count * depth + 7) / 8 }
        let size = passes.reduce(0) { sum, pass in
            sum + (pass.columns(width) == 0 ? 0 : pass.rows(height) * (1 + rowBytes(pass)))
        }
        guard var filtered = inflated(structure.data.map { bytes[$0] }, size: size) else {
            throw damage("its pixels do not unpack to the \(size) bytes that it states")
        }
        var result = [UInt8](repeating: 0, count: height * width * kept)
        var isOpaque = true
        let step = max(1, count * depth / 8)
        let mask = UInt8(truncatingIfNeeded: (1 << depth) - 1)
        var start = 0
        for pass in passes where pass.columns(width) > 0 {
            let line = rowBytes(pass)
            for row in 0..<pass.rows(height) {
                guard unfilter(&filtered, at: start + 1, count: line, step: step, isFirst: row == 0) else {
                    throw damage("row \(row) has filter \(filtered[start]), which PNG has not")
                }
                var target = ((pass.top + row * pass.down) * width + pass.left) * kept
                var bit = 0
                for _ in 0..<pass.columns(width) {
                    for value in 0..<count {
                        let byte = filtered[start + 1 + bit / 8] >> UInt8(8 - depth - bit % 8) & mask
                        if value < kept { result[target + value] = byte } else { isOpaque = isOpaque && byte == 255 }
                        bit += depth
                    }
                    target += pass.across * kept
                }
                start += 1 + line
            }
        }
        return (result, isOpaque)
    }

    /// Undoes the filter of a row, the kind of which stands before it; false where there is no such kind.
    private static func unfilter(_ bytes: inout [UInt8], at start: Int, count: Int, step: Int, isFirst: Bool) -> Bool {
        let kind = bytes[start - 1]
        guard kind <= 4 else { return false }
        if kind == 0 { return true }
        let above = start - 1 - count
        for i in 0..<count {
            let left = i >= step ? Int(bytes[start + i - step]) : 0
            let up = isFirst ? 0 : Int(bytes[above + i])
            let corner = isFirst || i < step ? 0 : Int(bytes[above + i - step])
            let guess: Int
            switch kind {
            case 1: guess = left
            case 2: guess = up
            case 3: guess = (left + up) / 2
            default:
                let (a, b, c) = (abs(up - corner), abs(left - corner), abs(left + up - 2 * corner))
                guess = a <= b && a <= c ? left : b <= c ? up : corner
            }
            bytes[start + i] &+= UInt8(truncatingIfNeeded: guess)
        }
        return true
    }

    /// Exactly `size` bytes; nil where the parts do not hold them.
    private static func inflated(_ parts: [ArraySlice<UInt8>], size: Int) -> [UInt8]? {
        var packed: [UInt8] = []
        packed.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts { packed += part }
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, done in
            var length = UInt(size)
            isWhole =
                uncompress(buffer.baseAddress, &length, packed, UInt(packed.count)) == Z_OK && length == UInt(size)
            done = isWhole ? size : 0
        }
        return isWhole ? bytes : nil
    }
}
