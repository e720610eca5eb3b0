import Autodiff
import Kernels

/// All microbatches of a batch on one rank, summed one after another.
package final class WholeBatch: GlobalSummation {
    package let microbatches: Int

    package init(microbatches: Int) { self.microbatches = microbatches }

    package func sum(_ leaves: [BufferView], into total: BufferView) {
        Elementwise.fill(total, with: 0)
        for leaf in leaves { Elementwise.accumulate(leaf, into: total) }
    }
}
