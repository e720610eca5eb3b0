import Autodiff
import Glibc

/// What is done to the place of things in one image, before it is known in how many pixels (arXiv 2006.06676, appendix B,
/// whose order this is).
struct DrawnGeometry: Equatable {
    var isFlipped = false
    var quarterTurns = 0
    /// Of width and height; becomes a number of whole pixels.
    var wholeShift = Pair()
    var scale: Float = 1
    /// Radians.
    var rotationBefore: Float = 0
    /// Factor of the width; the height's is its inverse.
    var stretch: Float = 1
    var rotationAfter: Float = 0
    /// Of width and height.
    var shift = Pair()

    struct Pair: Equatable {
        var x: Float = 0
        var y: Float = 0
    }

    /// Reach of the whole shift, of the side.
    private static let reach: Float = 0.125
    /// Of log₂ of scale and stretch.
    private static let deviation: Float = 0.2
    /// Of the shift, of the side.
    private static let shiftDeviation: Float = 0.125

    private static func powerOfTwo(_ exponent: Float) -> Float { Float(exp2(Double(exponent))) }

    /// Of each sample.
    ///
    /// - Parameter p: times the pipeline's factors the probability of each transform. Of the two rotations, before and
    ///   after stretching, one or both come with that probability.
    static func drawn(_ pipeline: AugmentationPipeline, p: Float, _ draws: AugmentationDraws) -> [DrawnGeometry] {
        var all = [DrawnGeometry](repeating: DrawnGeometry(), count: draws.count)
        func draw(
            _ slot: AugmentationSlot, _ factor: Float, _ count: Int,
            _ take: (inout DrawnGeometry, ArraySlice<Float>) -> Void
        ) {
            guard factor * p > 0 else { return }
            for (i, draw) in draws.gated(slot, factor * p, count: count).enumerated() where draw.isOn {
                take(&all[i], draw.values)
            }
        }
        func drawNormals(
            _ slot: AugmentationSlot, _ factor: Float, _ count: Int,
            _ take: (inout DrawnGeometry, ArraySlice<Float>) -> Void
        ) {
            guard factor * p > 0 else { return }
            let values = draws.normals(slot, count: count)
            for (i, draw) in draws.gated(slot, factor * p).enumerated() where draw.isOn {
                take(&all[i], values[i * count..<(i + 1) * count])
            }
        }
        draw(.flip, pipeline.flip, 1) { $0.isFlipped = $1.whole(2) == 1 }
        draw(.quarterTurns, pipeline.quarterTurns, 1) { $0.quarterTurns = $1.whole(4) }
        draw(.wholeShift, pipeline.wholeShift, 2) {
            $0.wholeShift = Pair(x: $1.symmetric(0) * reach, y: $1.symmetric(1) * reach)
        }
        drawNormals(.scale, pipeline.scale, 1) { $0.scale = powerOfTwo($1.number(0) * deviation) }
        let rotation = 1 - max(0, 1 - pipeline.rotation * p).squareRoot()
        let half = p > 0 ? rotation / p : 0
        draw(.rotationBefore, half, 1) { $0.rotationBefore = $1.symmetric(0) * .pi }
        drawNormals(.stretch, pipeline.stretch, 1) { $0.stretch = powerOfTwo($1.number(0) * deviation) }
        draw(.rotationAfter, half, 1) { $0.rotationAfter = $1.symmetric(0) * .pi }
        drawNormals(.shift, pipeline.shift, 2) {
            $0.shift = Pair(x: $1.number(0) * shiftDeviation, y: $1.number(1) * shiftDeviation)
        }
        return all
    }

    /// Places in an image of this size, or in a feature map, of places in what is made of it. Quarter turns that would give
    /// it another size are left out: of a rectangle, half turns stay.
    func inverse(height: Int, width: Int) -> InverseAffine {
        let (w, h) = (Float(width), Float(height))
        var inverse = PlaneMatrix.identity
        if isFlipped { inverse = inverse * .scaling(-1, 1) }
        let turns = height == width ? quarterTurns : quarterTurns & 2
        if turns > 0 { inverse = inverse * .quarterTurns(turns) }
        // To even, as the reference rounds.
        let (x, y) = (
            (wholeShift.x * w).rounded(.toNearestOrEven), (wholeShift.y * h).rounded(.toNearestOrEven)
        )
        if x != 0 || y != 0 { inverse = inverse * .shift(-Double(x), -Double(y)) }
        if scale != 1 { inverse = inverse * .scaling(1 / Double(scale), 1 / Double(scale)) }
        if rotationBefore != 0 { inverse = inverse * .rotation(Double(rotationBefore)) }
        if stretch != 1 { inverse = inverse * .scaling(1 / Double(stretch), Double(stretch)) }
        if rotationAfter != 0 { inverse = inverse * .rotation(Double(rotationAfter)) }
        if shift != Pair() { inverse = inverse * .shift(-Double(shift.x * w), -Double(shift.y * h)) }
        return inverse.rounded
    }
}

/// Rows of an affine transform of the plane.
private struct PlaneMatrix {
    var (xx, xy, x) = (1.0, 0.0, 0.0)
    var (yx, yy, y) = (0.0, 1.0, 0.0)

    static let identity = PlaneMatrix()

    static func scaling(_ x: Double, _ y: Double) -> PlaneMatrix { PlaneMatrix(xx: x, yy: y) }
    static func shift(_ x: Double, _ y: Double) -> PlaneMatrix { PlaneMatrix(x: x, y: y) }
    static func rotation(_ angle: Double) -> PlaneMatrix {
        PlaneMatrix(xx: cos(angle), xy: -sin(angle), yx: sin(angle), yy: cos(angle))
    }
    /// Exact.
    static func quarterTurns(_ count: Int) -> PlaneMatrix {
        let (cosine, sine) = [(1.0, 0.0), (0, 1), (-1, 0), (0, -1)][count % 4]
        return PlaneMatrix(xx: cosine, xy: -sine, yx: sine, yy: cosine)
    }

    static func * (a: PlaneMatrix, b: PlaneMatrix) -> PlaneMatrix {
        PlaneMatrix(
            xx: a.xx * b.xx + a.xy * b.yx, xy: a.xx * b.xy + a.xy * b.yy, x: a.xx * b.x + a.xy * b.y + a.x,
            yx: a.yx * b.xx + a.yy * b.yx, yy: a.yx * b.xy + a.yy * b.yy, y: a.yx * b.x + a.yy * b.y + a.y)
    }

    init(
        xx: Double = 1, xy: Double = 0, x: Double = 0, yx: Double = 0, yy: Double = 1, y: Double = 0
    ) {
        (self.xx, self.xy, self.x) = (xx, xy, x)
        (self.yx, self.yy, self.y) = (yx, yy, y)
    }

    var rounded: InverseAffine {
        InverseAffine(
            xx: Float(xx), xy: Float(xy), x: Float(x), yx: Float(yx), yy: Float(yy), y: Float(y))
    }
}

extension ArraySlice<Float> {
    /// One of the sample's numbers.
    func number(_ i: Int) -> Float { self[startIndex + i] }
    /// In [-1, 1), of one in [0, 1).
    func symmetric(_ i: Int) -> Float { number(i) * 2 - 1 }
    /// One of 0 ..< `count`, of the first in [0, 1).
    func whole(_ count: Int) -> Int { Swift.min(count - 1, Int(number(0) * Float(count))) }
}
