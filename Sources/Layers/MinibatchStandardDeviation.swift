import Autodiff

extension Tensor {
    /// Appends the minibatch standard deviation as one channel (arXiv 1710.10196, section 3).
    ///
    /// Groups are strided as in the reference: with n = N/group, group j holds samples j, j + n, j + 2n, …
    ///
    /// - Parameter group: samples in a group; at most N, which it divides.
    /// - Returns: [N, H, W, C + 1]
    public func withMinibatchStandardDeviation(group: Int) -> Tensor {
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let size = min(group, n)
        precondition(n % size == 0, "minibatch standard deviation: groups of \(size) in a batch of \(n)")
        let groups = n / size
        let x = reshaped([size, groups, h, w, c])
        let centred = x - x.mean(over: [0])
        let deviation = (centred.squared().mean(over: [0]) + 1e-8).power(0.5)
        let statistic = deviation.mean(over: [2, 3, 4])
        let plane = statistic.sum(to: [size, groups, h, w, 1]).reshaped([n, h, w, 1])
        return .concatenated([self, plane], axis: 3)
    }
}
