import CKernels

/// act(x·(1 + gain) + bias), element by element, and its gradients in one pass each: what SPADE does with a normalised map
/// (arXiv 1903.07291, equation 1).
public enum Modulation {
    /// All of one size; y is overwritten.
    public static func forward(
        _ x: BufferView, gain: BufferView, bias: BufferView, _ activation: Activation, into y: BufferView
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.modulation, x.count, passes: 4)) }
        check(x.count, gain, bias, y)
        let (xp, gp, bp, yp) = (x.pointer, gain.pointer, bias.pointer, y.pointer)
        Workers.forEachRange(x.count, grain: Elementwise.grain) { range in
            let at = range.lowerBound
            ck_modulation(xp + at, gp + at, bp + at, activation.c, yp + at, Int64(range.count))
        }
    }

    /// With g′ = g·act′: dx = g′·(1 + gain), dgain = g′·x, dbias = g′, overwritten.
    public static func gradient(
        _ g: BufferView, _ x: BufferView, gain: BufferView, bias: BufferView, _ activation: Activation,
        into dx: BufferView?, _ dgain: BufferView?, _ dbias: BufferView?
    ) {
        let wanted = [dx, dgain, dbias].compactMap { $0 }
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.modulationGradient, x.count, passes: 4 + wanted.count)) }
        check(x.count, g, gain, bias)
        for view in wanted { check(x.count, view) }
        let (gp, xp, gainp, bp) = (g.pointer, x.pointer, gain.pointer, bias.pointer)
        let (one, two, three) = (dx?.pointer, dgain?.pointer, dbias?.pointer)
        Workers.forEachRange(x.count, grain: Elementwise.grain) { range in
            let at = range.lowerBound
            ck_modulation_gradient(
                gp + at, xp + at, gainp + at, bp + at, activation.c, one.map { $0 + at }, two.map { $0 + at },
                three.map { $0 + at }, Int64(range.count))
        }
    }

    private static func check(_ count: Int, _ views: BufferView...) {
        precondition(
            views.allSatisfy { $0.count == count }, "modulation of \(count) elements with \(views.map(\.count))")
    }
}
