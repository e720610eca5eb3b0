/// Values by resolution, written `4:128 8:128 16:64`; empty where nothing is said.
public struct ResolutionTable<Value: Equatable & Sendable>: Equatable, Sendable {
    private var values: [Int: Value]

    public init(_ values: [Int: Value] = [:]) {
        self.values = values
    }

    public subscript(resolution: Int) -> Value? {
        get { values[resolution] }
        set { values[resolution] = newValue }
    }

    public var isEmpty: Bool { values.isEmpty }

    /// From the smallest on.
    public var resolutions: [Int] { values.keys.sorted() }

    /// Only what is said of these resolutions.
    public func limited(to resolutions: [Int]) -> ResolutionTable {
        ResolutionTable(values.filter { resolutions.contains($0.key) })
    }
}
