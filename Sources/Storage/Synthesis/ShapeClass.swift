import Glibc

/// The shapes of the synthetic dataset; the raw value is the label, and one less than the value in semantic maps.
public enum ShapeClass: Int, Sendable, CaseIterable {
    case disc, square, triangle, ring, cross, star, crescent, heart

    /// The signed distance from `point` to the edge of a shape that fills the unit circle, negative inside.
    ///
    /// The distance functions of polygons are Inigo Quilez's, https://iquilezles.org/articles/distfunctions2d.
    func distance(_ point: SIMD2<Float>) -> Float {
        switch self {
        case .disc: return length(point) - 0.9
        case .square: return box(point, SIMD2(0.78, 0.78))
        case .ring: return abs(length(point) - 0.7) - 0.24
        case .cross: return min(box(point, SIMD2(0.95, 0.3)), box(point, SIMD2(0.3, 0.95)))
        case .crescent: return crescent(point)
        case .triangle: return triangle(point + SIMD2(0, 0.15))
        case .star: return star(point)
        case .heart: return heart(SIMD2(point.x, -point.y) * 0.62 + SIMD2(0, 0.56)) / 0.62
        }
    }

    private func length(_ point: SIMD2<Float>) -> Float { sqrtf((point * point).sum()) }

    private func box(_ point: SIMD2<Float>, _ half: SIMD2<Float>) -> Float {
        let beyond = SIMD2(abs(point.x), abs(point.y)) - half
        let outside = SIMD2(max(beyond.x, 0), max(beyond.y, 0))
        return length(outside) + min(max(beyond.x, beyond.y), 0)
    }

    /// A disc of radius 0.95 without one of radius 0.78 beside its middle.
    private func crescent(_ point: SIMD2<Float>) -> Float {
        let (outer, inner, shift) = (Float(0.95), Float(0.78), Float(0.45))
        let p = SIMD2(point.x, abs(point.y))
        let a = (outer * outer - inner * inner + shift * shift) / (2 * shift)
        let b = (outer * outer - a * a).squareRoot()
        if p.x * b - p.y * a > shift * max(b - p.y, 0) { return length(p - SIMD2(a, b)) }
        return max(length(p) - outer, inner - length(p - SIMD2(shift, 0)))
    }

    /// Equilateral.
    private func triangle(_ point: SIMD2<Float>) -> Float {
        let (root, radius) = (Float(3).squareRoot(), Float(0.92))
        var p = SIMD2(abs(point.x) - radius, -point.y + radius / root)
        if p.x + root * p.y > 0 { p = SIMD2(p.x - root * p.y, -root * p.x - p.y) / 2 }
        p.x -= min(max(p.x, -2 * radius), 0)
        return p.y < 0 ? length(p) : -length(p)
    }

    /// Five points.
    private func star(_ point: SIMD2<Float>) -> Float {
        let (k1, k2) = (SIMD2<Float>(0.809_017, -0.587_785), SIMD2<Float>(-0.809_017, -0.587_785))
        let (radius, inner) = (Float(1), Float(0.48))
        var p = SIMD2(abs(point.x), -point.y)
        p -= k1 * (2 * max((k1 * p).sum(), 0))
        p -= k2 * (2 * max((k2 * p).sum(), 0))
        p.x = abs(p.x)
        p.y -= radius
        let edge = SIMD2(-k1.y, k1.x) * inner - SIMD2(0, 1)
        let along = min(max((p * edge).sum() / (edge * edge).sum(), 0), radius)
        let distance = length(p - edge * along)
        return p.y * edge.x - p.x * edge.y < 0 ? -distance : distance
    }

    private func heart(_ point: SIMD2<Float>) -> Float {
        let p = SIMD2(abs(point.x), point.y)
        if p.x + p.y > 1 { return length(p - SIMD2(0.25, 0.75)) - 0.353_553 }
        let slope = 0.5 * max(p.x + p.y, 0)
        let distance = min(length(p - SIMD2(0, 1)), length(p - SIMD2(slope, slope)))
        return p.x > p.y ? distance : -distance
    }
}
