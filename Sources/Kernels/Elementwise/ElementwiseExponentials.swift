import CKernels

extension Elementwise {
    /// y = eˣ
    public static func exponential(_ x: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.exponential, x.count, passes: 2)) }
        unary(x, y) { ck_exponential($0, $1, $2) }
    }

    /// y = log x, for positive x
    public static func logarithm(_ x: BufferView, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.logarithm, x.count, passes: 2)) }
        unary(x, y) { ck_logarithm($0, $1, $2) }
    }
}
