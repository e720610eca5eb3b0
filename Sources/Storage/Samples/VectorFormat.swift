/// Numbers that samples are conditioned on, such as an energy: what they are called, and how they become what networks see.
public struct VectorFormat: Codable, Equatable, Sendable {
    /// One of the numbers: its transform brings the data set's values to mean 0 and deviation 1.
    public var components: [SampleFormat.Channel]

    public static let mostComponents = 64

    public init(components: [SampleFormat.Channel]) { self.components = components }

    public var count: Int { components.count }
}
