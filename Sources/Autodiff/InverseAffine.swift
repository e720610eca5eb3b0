/// Of one sample: places in the input of places in the output, [x_in, y_in, 1] = rows · [x_out, y_out, 1], in pixels
/// from the image's middle, x to the right and y down (ADA's inverse transforms, arXiv 2006.06676, appendix B).
public struct InverseAffine: Sendable, Equatable {
    public var xx, xy, x, yx, yy, y: Float

    public init(xx: Float, xy: Float, x: Float, yx: Float, yy: Float, y: Float) {
        (self.xx, self.xy, self.x, self.yx, self.yy, self.y) = (xx, xy, x, yx, yy, y)
    }

    public static let identity = InverseAffine(xx: 1, xy: 0, x: 0, yx: 0, yy: 1, y: 0)
}
