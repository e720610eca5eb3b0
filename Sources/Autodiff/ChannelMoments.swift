/// Mean and variance of a channel, of sums of its deviations from somewhere near the mean.
struct ChannelMoments {
    let mean: Double
    let variance: Double
    /// 1/√(σ² + ε)
    let inverse: Double
    /// Whether the variance was left of squares many times as large, around a shift that is far from the mean: then it has
    /// lost digits, and is to be measured again around the mean.
    let cancels: Bool

    /// - Parameters:
    ///   - sum: of deviations from `shift`.
    ///   - squares: of their squares.
    ///   - count: of numbers.
    init(sum: Float, ofSquares squares: Float, around shift: Float, count: Double, _ epsilon: Float) {
        let deviation = Double(sum) / count
        mean = Double(shift) + deviation
        let value = Double(squares) / count - deviation * deviation
        // Rounding may leave less than nothing of a channel that is all but constant. What is no number stays so.
        variance = value < 0 ? 0 : value
        inverse = 1 / (variance + Double(epsilon)).squareRoot()
        cancels = deviation * deviation > 4 * (variance + Double(epsilon))
    }
}
