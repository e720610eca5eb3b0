import CKernels

/// Passes over memory that keep every element to itself.
public enum Elementwise {
    /// Elements a thread takes at a time: large enough to outweigh a fork, small enough to stay in L2.
    static let grain = 16_384

    /// y = a·x + b
    public static func affine(_ x: BufferView, scale a: Float, offset b: Float = 0, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.affine, x.count, passes: 2)) }
        unary(x, y) { ck_affine($0, $1, $2, a, b) }
    }

    /// y = a·x, into memory that is no buffer
    public static func scale(_ x: BufferView, by a: Float, into y: UnsafeMutableBufferPointer<Float>) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.affine, x.count, passes: 2)) }
        precondition(x.count == y.count, "scale: \(x.count) elements into \(y.count)")
        guard let yp = y.baseAddress else { return }
        let xp = x.pointer
        Workers.forEachRange(x.count, grain: grain) { range in
            ck_affine(xp + range.lowerBound, yp + range.lowerBound, range.count, a, 0)
        }
    }

    /// y = x^exponent
    public static func power(_ x: BufferView, _ exponent: Float, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.power, x.count, passes: 2)) }
        unary(x, y) { ck_power($0, $1, $2, exponent) }
    }

    /// y = log(1 + eˣ)
    public static func softplus(_ x: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.softplus, x.count, passes: 2)) }
        unary(x, y) { ck_softplus($0, $1, $2) }
    }

    /// y = 1 / (1 + e⁻ˣ)
    public static func sigmoid(_ x: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.sigmoid, x.count, passes: 2)) }
        unary(x, y) { ck_sigmoid($0, $1, $2) }
    }

    /// y = max(x, bound)
    public static func atLeast(_ x: BufferView, _ bound: Float, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.atLeast, x.count, passes: 2)) }
        unary(x, y) { ck_at_least($0, $1, $2, bound) }
    }

    /// y = g where x > bound, else 0
    public static func mask(_ g: BufferView, whereAbove bound: Float, _ x: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.mask, x.count, passes: 3)) }
        precondition(g.count == x.count, "mask: \(g.count) gradients for \(x.count) elements")
        let gp = g.pointer
        let xp = x.pointer
        let yp = y.pointer
        Workers.forEachRange(x.count, grain: grain) { range in
            ck_mask_above(xp + range.lowerBound, gp + range.lowerBound, yp + range.lowerBound, range.count, bound)
        }
    }

    /// y += x
    public static func accumulate(_ x: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.accumulate, x.count, passes: 3)) }
        unary(x, y) { ck_accumulate($1, $0, $2) }
    }

    public static func fill(_ y: BufferView, with value: Float) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.fill, y.count, passes: 1)) }
        y.pointer.update(repeating: value, count: y.count)
    }

    public static func copy(_ x: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.copy, x.count, passes: 2)) }
        precondition(x.count == y.count, "copy: \(x.count) elements into \(y.count)")
        y.pointer.update(from: x.pointer, count: x.count)
    }

    /// Copies a matrix of `rows` × `count` between row strides.
    public static func copyRows(
        _ x: BufferView, rowStride xRow: Int, into y: BufferView, rowStride yRow: Int, rows: Int, count: Int
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.copyRows, rows, count: count, passes: 2)) }
        guard rows > 0, count > 0 else { return }
        precondition(
            (rows - 1) * xRow + count <= x.count && (rows - 1) * yRow + count <= y.count,
            "copyRows: \(rows) rows of \(count) do not fit")
        ck_copy_rows(x.pointer, y.pointer, Int64(rows), Int64(count), Int64(xRow), Int64(yRow))
    }

    static func unary(
        _ x: BufferView, _ y: BufferView,
        _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) {
        precondition(x.count == y.count, "elementwise: \(x.count) elements into \(y.count)")
        let xp = x.pointer
        let yp = y.pointer
        Workers.forEachRange(x.count, grain: grain) { range in
            body(xp + range.lowerBound, yp + range.lowerBound, range.count)
        }
    }
}
