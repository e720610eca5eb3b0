/// Where a parameter stands among the declarations of its network: found once, when the network is built.
public struct ParameterHandle: Hashable, Sendable {
    /// Among all declarations of the network.
    let place: Int
    /// As declared: a handle of another network is told by it.
    public let name: String
}
