/// Weights as they are multiplied, transformed or in another order, kept as long as the weights they were made from; its
/// owner is the tensor of a parameter.
///
/// Whoever changes the weights drops the cache or calls `removeAll`. Not for use by several threads at once.
public final class TransformCache {
    /// What they were made for; everything else about it follows from the weights themselves.
    enum Key: Hashable {
        case winograd(WinogradTransform, isGradient: Bool)
        case grouped(isAdjoint: Bool)
    }
    private var buffers: [Key: Buffer] = [:]

    public init() {}

    /// Forgets all transforms.
    public func removeAll() { buffers.removeAll(keepingCapacity: true) }

    func buffer(_ key: Key, orMake make: () -> Buffer) -> Buffer {
        if let kept = buffers[key] { return kept }
        let made = make()
        buffers[key] = made
        return made
    }
}
