import Kernels

extension Adam.Settings {
    /// Corrected for lazy regularisation (arXiv 1912.04958, appendix B): with k main steps to one regularisation step
    /// there are k + 1 steps where there would be k.
    public func lazy(interval: Int) -> Adam.Settings {
        let ratio = Double(interval) / Double(interval + 1)
        return Adam.Settings(
            learningRate: learningRate * ratio, beta1: Powers.of(beta1, ratio), beta2: Powers.of(beta2, ratio),
            epsilon: epsilon)
    }
}
