import Autodiff
import Cluster
import Kernels

/// Whole-batch layers sum over the ranks as gradients do.
extension BatchSums: GlobalSummation {
    public func sum(_ leaves: [BufferView], into total: BufferView) {
        total.withUnsafeElements { total in
            sum(into: total, leaves: leaves.count) { leaf, target in
                leaves[leaf].withUnsafeElements { _ = target.update(fromContentsOf: $0) }
            }
        }
    }
}
