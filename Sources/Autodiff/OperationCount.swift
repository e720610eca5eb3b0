import Kernels
import Synchronization

/// Counts the arithmetic of convolutions, as if each were computed directly.
public enum OperationCount {
    private static let total = Atomic<Int>(0)

    /// Multiplications and additions of all convolutions and their gradients so far.
    public static var convolutions: Int { total.load(ordering: .relaxed) }

    static func add(_ shape: ConvolutionShape) {
        total.add(shape.arithmetic, ordering: .relaxed)
    }

    static func add(_ convolution: SlidingConvolution) {
        total.add(convolution.arithmetic, ordering: .relaxed)
    }

    static func add(_ convolution: GroupedConvolution) {
        total.add(convolution.arithmetic, ordering: .relaxed)
    }
}
