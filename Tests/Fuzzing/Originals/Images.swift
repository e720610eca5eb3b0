import CTurboJPEG

/// Images of all forms, of noise.
package struct Images: Sendable {
    package let png: [[UInt8]]
    package let jpeg: [[UInt8]]

    init() throws {
        var random = FuzzRandom("images", seed: 0)
        let profile = PNGChunks.chunk("tEXt", Array("Comment\u{0}noise".utf8))
        let gamma = PNGChunks.chunk("gAMA", [0, 0, 0xB1, 0x8F])
        let depths = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
        var png: [[UInt8]] = []
        for (color, depths) in depths.sorted(by: { $0.key < $1.key }) {
            for depth in depths {
                for isInterlaced in [false, true] {
                    png.append(
                        PNGChunks.image(
                            side: 8, color: color, depth: depth, isInterlaced: isInterlaced,
                            extras: depth == 8 ? [gamma, profile] : [], &random))
                }
            }
        }
        self.png = png
        jpeg = try [(TJPF_GRAY, TJSAMP_GRAY), (TJPF_RGB, TJSAMP_444), (TJPF_RGB, TJSAMP_420)].flatMap { form in
            try [0, TJFLAG_PROGRESSIVE].map { try Self.jpeg(16, form.0, form.1, flags: $0, &random) }
        }
    }

    private static func jpeg(
        _ side: Int32, _ format: TJPF, _ sampling: TJSAMP, flags: Int32, _ random: inout FuzzRandom
    ) throws -> [UInt8] {
        guard let encoder = tjInitCompress() else { throw FuzzError("TurboJPEG does not start") }
        defer { tjDestroy(encoder) }
        let pixels = random.bytes(Int(side * side) * (format == TJPF_GRAY ? 1 : 3))
        var (memory, size): (UnsafeMutablePointer<UInt8>?, UInt) = (nil, 0)
        let status = tjCompress2(
            encoder, pixels, side, 0, side, Int32(format.rawValue), &memory, &size, Int32(sampling.rawValue), 90, flags)
        defer { tjFree(memory) }
        guard status == 0 else { throw FuzzError("TurboJPEG does not compress") }
        return Array(UnsafeBufferPointer(start: memory, count: Int(size)))
    }
}
