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

    /// - Throws: ``DatasetError`` (65) for what is no PNG of up to 8 bits a value, is damaged, or has pixels that are not
    ///   opaque.
    init(_ path: String) throws {
        let bytes = try ImageFile.bytes(path)
        guard bytes.starts(with: PNGStructure.signature) else {
            throw DatasetError.badData("\(path): a JPEG, expected a PNG: JPEG changes the values of pixels")
        }
        do throws(ImageDamage) {
            try self.init(bytes)
        } catch {
            throw ImageFile.damaged(path, "PNG", error.size, bytes.count, error.reason)
        }
        if let fault { throw DatasetError.badData("\(path): \(fault)") }
    }

    /// What makes it no map, though it is a PNG.
    private let fault: String?

    private init(_ bytes: [UInt8]) throws(ImageDamage) {
        var found: PNGStructure?
        var damage: ImageDamage?
        bytes.withUnsafeBytes { memory in
            do throws(ImageDamage) { found = try PNGStructure(memory) } catch { damage = error }
        }
        if let damage { throw damage }
        guard let structure = found else { preconditionFailure("PNGValues: neither read nor damaged") }
        (height, width) = (structure.height, structure.width)
        channels = structure.color == .rgb || structure.color == .rgba ? 3 : 1
        let entries = bytes[structure.palette]
        palette =
            structure.color == .palette
            ? stride(from: entries.startIndex, to: entries.endIndex - 2, by: 3).map { Array(entries[$0..<$0 + 3]) }
            : nil
        guard structure.depth <= 8 else {
            values = []
            fault = "a PNG of \(structure.depth) bits a value, expected at most 8"
            return
        }
        var all = try Self.pixels(structure, bytes)
        var opaque = true
        if structure.color == .greyAlpha || structure.color == .rgba {
            let count = structure.color.values
            opaque = stride(from: count - 1, to: all.count, by: count).allSatisfy { all[$0] == 255 }
            all = all.indices.filter { $0 % count < count - 1 }.map { all[$0] }
        }
        values = all
        fault = opaque ? nil : "has pixels that are not opaque, expected a class at every pixel"
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
    private static func pixels(_ structure: PNGStructure, _ bytes: [UInt8]) throws(ImageDamage) -> [UInt8] {
        let (height, width, count) = (structure.height, structure.width, structure.color.values)
        func damage(_ reason: String) -> ImageDamage { ImageDamage(size: (width, height), reason: reason) }
        let passes = structure.isInterlaced ? Pass.interlaced : Pass.whole
        func rowBytes(_ pass: Pass) -> Int { (pass.columns(width) * count * structure.depth + 7) / 8 }
        let size = passes.reduce(0) { sum, pass in
            sum + (pass.columns(width) == 0 ? 0 : pass.rows(height) * (1 + rowBytes(pass)))
        }
        guard var filtered = inflated(structure.data.map { bytes[$0] }, size: size) else {
            throw damage("its pixels do not unpack to the \(size) bytes that it states")
        }
        var result = [UInt8](repeating: 0, count: height * width * count)
        let step = max(1, count * structure.depth / 8)
        let (depth, mask) = (structure.depth, UInt8(truncatingIfNeeded: (1 << structure.depth) - 1))
        var start = 0
        for pass in passes where pass.columns(width) > 0 {
            let line = rowBytes(pass)
            for row in 0..<pass.rows(height) {
                guard unfilter(&filtered, at: start + 1, count: line, step: step, isFirst: row == 0) else {
                    throw damage("row \(row) has filter \(filtered[start]), which PNG has not")
                }
                let target = ((pass.top + row * pass.down) * width + pass.left) * count
                for value in 0..<pass.columns(width) * count {
                    let bit = value * depth
                    let byte = filtered[start + 1 + bit / 8]
                    let place = target + value / count * pass.across * count + value % count
                    result[place] = byte >> UInt8(8 - depth - bit % 8) & mask
                }
                start += 1 + line
            }
        }
        return result
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
        let packed = Array(parts.joined())
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
