import Kernels

/// The feature map of one image: a vector at each position.
public struct FeatureMap: Sendable {
    /// Height and width.
    public let resolution: Int
    public let channels: Int
    /// [resolution, resolution, channels]
    public let values: BufferView

    public init(resolution: Int, channels: Int, values: BufferView) {
        precondition(
            values.count == resolution * resolution * channels && values.count > 0,
            "FeatureMap: \(values.count) numbers of \(resolution)×\(resolution)×\(channels)")
        self.resolution = resolution
        self.channels = channels
        self.values = values
    }
}
