import Glibc

/// Draws coloured shapes on textured ground, with labels and semantic maps.
///
/// Image i is a pure function of seed and i; another resolution shows the same scene. The label is the class of the
/// front shape, which is also the largest. Semantic maps hold 0 for ground and 1 + label for shapes.
public struct DatasetSynthesizer: Sendable {
    public let seed: UInt64
    public let description: DatasetDescription

    /// - Parameters:
    ///   - resolution: a power of two from 4 to 1024.
    ///   - channels: 1 or 3.
    /// - Throws: ``DatasetError`` (64) for any other.
    public init(seed: UInt64, resolution: Int, channels: Int) throws {
        guard DatasetFormat.isPowerOfTwo(resolution), resolution >= 4, resolution <= 1024 else {
            throw DatasetError.usage("--resolution \(resolution): expected a power of two from 4 to 1024")
        }
        guard channels == 1 || channels == 3 else {
            throw DatasetError.usage("--channels \(channels): expected 1 (grey) or 3 (colour)")
        }
        self.seed = seed
        description = DatasetDescription(
            resolution: resolution, channels: channels, classes: ShapeClass.allCases.count,
            semanticClasses: ShapeClass.allCases.count + 1, classNames: ShapeClass.allCases.map { "\($0)" })
    }

    /// Image `index` with its label, uint8 [resolution, resolution, channels], and its map [resolution, resolution].
    public func sample(_ index: Int) -> (image: [UInt8], label: Int32, semantic: [UInt8]) {
        var draws = ShapeDraws(seed: seed, image: index)
        let ground = Ground(&draws)
        let front = PlacedShape(&draws, ground: ground, isFront: true)
        let shapes = (0..<draws.index(4)).map { _ in PlacedShape(&draws, ground: ground, isFront: false) } + [front]
        let side = description.resolution
        let channels = description.channels
        var semantic = [UInt8](repeating: 0, count: side * side)
        let image = [UInt8](unsafeUninitializedCapacity: side * side * channels) { pixels, count in
            for y in 0..<side {
                for x in 0..<side {
                    let point = (SIMD2(Float(x), Float(y)) + 0.5) / Float(side)
                    var color = ground.color(at: point)
                    for shape in shapes {
                        if shape.paint(&color, at: point, side: side) {
                            semantic[y * side + x] = UInt8(shape.shape.rawValue + 1)
                        }
                    }
                    let bytes = (color * 255).clamped(lowerBound: .zero, upperBound: .init(repeating: 255))
                    let at = y * side + x
                    if channels == 1 {
                        pixels[at] = UInt8((bytes * SIMD3(0.299, 0.587, 0.114)).sum().rounded())
                    } else {
                        for channel in 0..<3 { pixels[3 * at + channel] = UInt8(bytes[channel].rounded()) }
                    }
                }
            }
            count = side * side * channels
        }
        return (image, Int32(front.shape.rawValue), semantic)
    }

    /// Writes a dataset of the first `count` images and returns its identity.
    ///
    /// - Parameter progress: called with the number of images drawn so far.
    public func run(
        to folder: String, count: Int, shards: Int? = nil, progress: (Int) -> Void = { _ in }
    ) throws -> String {
        let drawn = try DrawnSamples(count, "images", shards: shards)
        let writer = try DatasetWriter(folder: folder, description: description, shards: shards)
        let side = description.resolution
        try drawn.checkSpace(size: "\(side)x\(side)", bytes: description.rowBytes, in: folder)
        for index in 0..<count {
            let sample = sample(index)
            try writer.append(image: sample.image, label: sample.label, semantic: sample.semantic)
            progress(index + 1)
        }
        return try writer.finish()
    }
}

/// A shape with its place, size, turn and colours.
private struct PlacedShape {
    let shape: ShapeClass
    private let center: SIMD2<Float>
    private let radius: Float
    private let turn: SIMD2<Float>
    private let color: Color
    private let light: SIMD2<Float>
    private let hasOutline: Bool

    init(_ draws: inout ShapeDraws, ground: Ground, isFront: Bool) {
        shape = ShapeClass(rawValue: draws.index(ShapeClass.allCases.count)) ?? .disc
        radius = isFront ? draws.uniform(0.24...0.36) : draws.uniform(0.09...0.19)
        let reach = isFront ? radius * 0.95 : 0.08
        center = SIMD2(draws.uniform(reach...1 - reach), draws.uniform(reach...1 - reach))
        // Hearts and the like stay roughly upright.
        let angle = draws.uniform(-0.5...0.5)
        turn = SIMD2(cosf(angle), sinf(angle))
        let hue = (ground.hue + draws.uniform(0.2...0.8)).truncatingRemainder(dividingBy: 1)
        // Dark or bright enough to stand out from the middling ground.
        let isDark = draws.index(3) == 0
        color = Color(
            hue: hue, saturation: draws.uniform(0.65...1),
            value: isDark ? draws.uniform(0.15...0.35) : draws.uniform(0.85...1))
        let lightAngle = draws.uniform(0...2 * Float.pi)
        light = SIMD2(cosf(lightAngle), sinf(lightAngle)) * draws.uniform(0...0.22)
        hasOutline = draws.index(3) == 0
    }

    /// Paints over `color`, and says whether the shape covers most of the pixel.
    func paint(_ color: inout Color, at point: SIMD2<Float>, side: Int) -> Bool {
        let offset = (point - center) / radius
        guard max(abs(offset.x), abs(offset.y)) < 1.6 else { return false }
        let turned = SIMD2(offset.x * turn.x + offset.y * turn.y, offset.y * turn.x - offset.x * turn.y)
        let distance = shape.distance(turned)
        let pixel = radius * Float(side)
        // A soft shadow sets the shape off from what lies behind.
        color *= 1 - 0.3 * min(1, max(0, 1 - distance / 0.22))
        let coverage = min(1, max(0, 0.5 - distance * pixel))
        guard coverage > 0 else { return false }
        var own = self.color * (1 + (offset * light).sum())
        if hasOutline {
            let inside = min(1, max(0, (-0.1 - distance) * pixel + 0.5))
            own = (self.color * 0.35).mixed(with: own, inside)
        }
        color = color.mixed(with: own, coverage)
        return coverage >= 0.5
    }
}
