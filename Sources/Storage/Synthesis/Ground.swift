import Glibc

/// The textured ground behind the shapes, in coordinates from 0 to 1.
struct Ground {
    private enum Pattern: Int, CaseIterable { case gradient, stripes, waves, clouds, checks }

    private let pattern: Pattern
    private let dark: Color
    private let light: Color
    private let direction: SIMD2<Float>
    private let frequency: Float
    private let phase: Float
    private let salt: UInt32
    /// Mean hue, for the shapes to differ from.
    let hue: Float

    init(_ draws: inout ShapeDraws) {
        pattern = Pattern(rawValue: draws.index(Pattern.allCases.count)) ?? .gradient
        hue = draws.uniform(0...1)
        let saturation = draws.uniform(0.15...0.55)
        let value = draws.uniform(0.35...0.85)
        let contrast = draws.uniform(0.12...0.3)
        dark = Color(hue: hue, saturation: saturation, value: value - contrast / 2)
        light = Color(
            hue: (hue + draws.uniform(0...0.12)).truncatingRemainder(dividingBy: 1), saturation: saturation * 0.8,
            value: min(1, value + contrast / 2))
        let angle = draws.uniform(0...2 * Float.pi)
        direction = SIMD2(cosf(angle), sinf(angle))
        frequency = draws.uniform(2...5)
        phase = draws.uniform(0...1)
        salt = draws.word()
    }

    func color(at point: SIMD2<Float>) -> Color {
        let along = (point * direction).sum()
        let across = point.x * direction.y - point.y * direction.x
        let amount: Float
        switch pattern {
        case .gradient: amount = 0.5 + 0.7 * (((point - 0.5) * direction).sum())
        case .stripes: amount = soft(sinf(2 * .pi * (along * frequency + phase)) * 3)
        case .waves: amount = soft(sinf(2 * .pi * (along * frequency + phase + 0.08 * sinf(4 * .pi * across))) * 2)
        case .clouds: amount = clouds(point * frequency)
        case .checks:
            let product = sinf(.pi * (along * frequency + phase)) * sinf(.pi * (across * frequency + phase))
            amount = soft(product * 6)
        }
        return dark.mixed(with: light, min(1, max(0, amount)))
    }

    private func soft(_ value: Float) -> Float { 0.5 + 0.5 * value / (1 + abs(value)) * 1.3 }

    /// Three octaves of smooth noise.
    private func clouds(_ point: SIMD2<Float>) -> Float {
        var sum: Float = 0
        var (scale, weight) = (Float(1), Float(0.55))
        for octave in 0..<3 {
            sum += weight * noise(point * scale, UInt32(octave))
            scale *= 2
            weight *= 0.5
        }
        return sum * 1.3 - 0.12
    }

    private func noise(_ point: SIMD2<Float>, _ octave: UInt32) -> Float {
        let cell = SIMD2(floorf(point.x), floorf(point.y))
        let part = point - cell
        let smooth = part * part * (SIMD2<Float>(3, 3) - part * 2)
        let (x, y) = (UInt32(bitPattern: Int32(cell.x)), UInt32(bitPattern: Int32(cell.y)))
        func corner(_ dx: UInt32, _ dy: UInt32) -> Float {
            var hash = (x &+ dx) &* 0x9E37_79B1 ^ (y &+ dy) &* 0x85EB_CA77 ^ octave &* 0xC2B2_AE3D ^ salt
            hash = (hash ^ hash >> 15) &* 0x2C1B_3C6D
            hash = (hash ^ hash >> 12) &* 0x297A_2D39
            return Float((hash ^ hash >> 15) >> 8) * 0x1p-24
        }
        let top = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * smooth.x
        let bottom = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * smooth.x
        return top + (bottom - top) * smooth.y
    }
}
