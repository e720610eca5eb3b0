import CKernels

/// The generation of processors that the kernels run as.
///
/// Results depend on it: from AVX2 on products are fused with sums, below they are not. What changes replicas does not
/// depend on it: optimiser, moving averages and sums over ranks have the same bits on all levels.
public enum KernelLevel: Int, CaseIterable, Comparable, Sendable {
    case sse2, avx2, avx512

    /// As in the configuration.
    public var name: String {
        switch self {
        case .sse2: "sse2"
        case .avx2: "avx2"
        case .avx512: "avx512"
        }
    }

    public init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    public static func < (a: KernelLevel, b: KernelLevel) -> Bool { a.rawValue < b.rawValue }

    /// The highest that this processor has, or says it has: the environment variable GANGLION_KERNELS (sse2, avx2)
    /// lowers it, for trials of what a node with an older processor would do.
    public static var available: KernelLevel { KernelLevel(rawValue: Int(ck_level_available())) ?? .sse2 }

    /// The one in use; at first the processor's highest.
    public static var current: KernelLevel { KernelLevel(rawValue: Int(ck_level())) ?? .sse2 }

    /// From now on kernels run as this generation. To be called before they run, not while.
    public static func use(_ level: KernelLevel) {
        precondition(level <= available, "KernelLevel: \(level.name), but there is \(available.name)")
        ck_set_level(Int32(level.rawValue))
    }
}
