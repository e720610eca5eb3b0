/// How the parameters and moving averages of a batch normalisation are named in files, behind its own name.
public struct BatchNormalizationNames: Hashable, Sendable {
    public var separator: String
    public var gain: String
    public var bias: String
    public var mean: String
    public var variance: String

    public init(separator: String, gain: String, bias: String, mean: String, variance: String) {
        self.separator = separator
        self.gain = gain
        self.bias = bias
        self.mean = mean
        self.variance = variance
    }

    /// PyTorch's.
    public static let pyTorch = BatchNormalizationNames(
        separator: ".", gain: "weight", bias: "bias", mean: "running_mean", variance: "running_var")
    /// TensorFlow's.
    public static let tensorFlow = BatchNormalizationNames(
        separator: "/", gain: "gamma", bias: "beta", mean: "moving_mean", variance: "moving_variance")
}
