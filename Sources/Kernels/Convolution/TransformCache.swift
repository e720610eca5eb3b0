/// Transformed weights, kept as long as the weights they were made from; its owner is the tensor of a parameter.
///
/// Whoever changes the weights drops the cache or calls `removeAll`. Not for use by several threads at once.
public final class TransformCache {
    /// What a transform was made for; everything else about it follows from the weights themselves.
    struct Key: Hashable {
        let transform: WinogradTransform
        let isGradient: Bool
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
