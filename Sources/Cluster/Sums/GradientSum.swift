import Synchronization

/// How a sum of gradients travels.
public struct GradientSum: Sendable {
    /// What floats become between ranks.
    public enum Compression: String, Sendable, CaseIterable {
        /// Themselves: the same bits on any number of ranks, a power of two.
        case none
        /// Their upper sixteen bits, rounded to nearest even (bfloat16): half the bytes. Every rank still ends with the
        /// same bits, but not those of another number of ranks. Short vectors travel uncompressed.
        case bf16
    }

    /// Whether someone waits for the sum. If nobody does, the waiting thread leaves the core to those who compute.
    public final class Urgency: Sendable {
        private let flag: Atomic<Bool>

        public init(_ isUrgent: Bool) { flag = Atomic(isUrgent) }

        public var isUrgent: Bool {
            get { flag.load(ordering: .relaxed) }
            set { flag.store(newValue, ordering: .relaxed) }
        }
    }

    public let compression: Compression
    public let urgency: Urgency

    public init(compression: Compression = .none, urgency: Urgency = Urgency(true)) {
        self.compression = compression
        self.urgency = urgency
    }
}
