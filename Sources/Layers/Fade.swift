import Autodiff

extension Tensor {
    /// (1 − share)·self + share·old: what is shown while a new resolution fades in (arXiv 1710.10196, figure 2).
    ///
    /// - Parameter share: the old resolution's, in 0 … 1; at either end the result is exactly one of the two.
    public func faded(with old: Tensor, share: Float) -> Tensor { self * (1 - share) + old * share }
}
