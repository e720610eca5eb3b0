import Kernels
import Synchronization

/// Counts the arithmetic of convolutions, as if each were computed directly.
public enum OperationCount {
    private static let total = Atomic<Int>(0)

    /// Multiplications and additions of all convolutions and their gradients so far.
    public static var convolutions: Int { total.load(ordering: .relaxed) }

    /// - Parameter arithmetic: of a convolution, or of a gradient of one.
    static func add(_ arithmetic: Int) { total.add(arithmetic, ordering: .relaxed) }
}
