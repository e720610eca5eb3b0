import CZlib

/// PNG files byte by byte, such as no library writes.
enum HandmadePNG {
    /// A PNG by hand: any colour type, bits and filters.
    static func image(
        _ values: [UInt8], height: Int = 8, width: Int = 8, color: UInt8 = 0, depth: Int = 8, filter: UInt8 = 0,
        palette: [UInt8] = [], transparency: [UInt8] = []
    ) -> [UInt8] {
        let count: Int = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1
        let step = max(1, count * depth / 8)
        var rows: [[UInt8]] = []
        for row in 0..<height {
            let line = values[row * width * count..<(row + 1) * width * count]
            rows.append(depth == 16 ? line.flatMap { [$0, 0] } : Self.packed(Array(line), depth))
        }
        var data: [UInt8] = []
        for (row, line) in rows.enumerated() {
            data.append(filter)
            for i in line.indices {
                let left = i >= step ? Int(line[i - step]) : 0
                let up = row > 0 ? Int(rows[row - 1][i]) : 0
                let corner = row > 0 && i >= step ? Int(rows[row - 1][i - step]) : 0
                let guess: Int
                switch filter {
                case 1: guess = left
                case 2: guess = up
                case 3: guess = (left + up) / 2
                case 4:
                    let distances: [(Int, Int)] = [
                        (abs(up - corner), left), (abs(left - corner), up), (abs(left + up - 2 * corner), corner),
                    ]
                    guess = distances.min { $0.0 < $1.0 }?.1 ?? 0
                default: guess = 0
                }
                data.append(line[i] &- UInt8(truncatingIfNeeded: guess))
            }
        }
        return file(
            data, height: height, width: width, color: color, depth: depth, palette: palette, transparency: transparency
        )
    }

    private static func packed(_ line: [UInt8], _ depth: Int) -> [UInt8] {
        guard depth < 8 else { return line }
        let perByte = 8 / depth
        return stride(from: 0, to: line.count, by: perByte).map { start in
            (0..<perByte).reduce(UInt8(0)) { sum, i in
                sum << UInt8(depth) | (start + i < line.count ? line[start + i] : 0)
            }
        }
    }

    static func file(
        _ data: [UInt8], height: Int, width: Int, color: UInt8, depth: Int, methods: [UInt8] = [0, 0, 0],
        palette: [UInt8] = [], transparency: [UInt8] = []
    ) -> [UInt8] {
        var length = compressBound(UInt(data.count))
        var packed = [UInt8](repeating: 0, count: Int(length))
        _ = compress(&packed, &length, data, UInt(data.count))
        return file(
            packed: Array(packed.prefix(Int(length))), height: height, width: width, color: color, depth: depth,
            methods: methods, palette: palette, transparency: transparency)
    }

    /// - Parameter packed: the pixels, or what is said to be them.
    static func file(
        packed: [UInt8], height: Int, width: Int, color: UInt8, depth: Int, methods: [UInt8] = [0, 0, 0],
        palette: [UInt8] = [], transparency: [UInt8] = []
    ) -> [UInt8] {
        func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
            let body = Array(name.utf8) + bytes
            return big(bytes.count) + body + big(Int(crc32(0, body, UInt32(body.count))))
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", big(width) + big(height) + [UInt8(depth), color] + methods)
            + (palette.isEmpty ? [] : chunk("PLTE", palette))
            + (transparency.isEmpty ? [] : chunk("tRNS", transparency)) + chunk("IDAT", packed) + chunk("IEND", [])
    }
}
