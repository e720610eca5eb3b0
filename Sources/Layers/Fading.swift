extension Tensor {
    /// From `new` to `old` as the old one's share grows: new + (old − new)·share (arXiv 1710.10196, figure 2).
    ///
    /// - Parameters:
    ///   - new, old: of one shape.
    ///   - share: of `old`, 0 to 1.
    public static func faded(new: Tensor, old: Tensor, share: Float) -> Tensor { new + (old - new) * share }
}
