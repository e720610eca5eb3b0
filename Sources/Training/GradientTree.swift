import Autodiff
import Cluster
import Kernels
import Layers
import Recipes

/// Sums a network's gradients, and the measurements behind them, over all microbatches of all ranks along the fixed
/// tree.
///
/// The gradients of a rank's last microbatch leave in buckets, each as soon as its gradients are final, while the
/// backward pass goes on. Every bucket is summed along the same tree, so neither their number nor the moment when they
/// leave changes a bit.
final class GradientTree {
    /// The sum, laid out like the selection; valid after `wait`.
    let gradient: BufferView
    /// The sum of what stood behind the gradients; valid after `wait`.
    private(set) var tail: [Float] = []

    let selection: ParameterSelection
    private let flat: BufferView
    private let tree: SummationTree
    private let queue: SumQueue
    /// Ranges of `flat`, in the order in which they leave; the first is the tail.
    private let buckets: [Range<Int>]
    /// By parameter.
    private let bucketOfEntry: [Int]
    /// By bucket: gradients that are not final yet.
    private var missing: [Int] = []
    private var nextBucket = 0
    private let entriesOfBucket: [Int]

    /// - Parameters:
    ///   - tail: values behind the gradients.
    ///   - bucketBytes: a bucket is full when it holds so many.
    ///   - last: names of the parameters whose gradients a backward pass finds last; the others it finds from the last
    ///     declared to the first.
    init(_ selection: ParameterSelection, tail: Int, bucketBytes: Int, last: Set<String> = [], _ queue: SumQueue) {
        self.selection = selection
        self.queue = queue
        let count = selection.count
        flat = BufferView(count: count + tail)
        gradient = flat.slice(0, count)
        tree = SummationTree(count: flat.count)

        let isLast = { (place: Int) in last.contains(selection.entries[place].name) }
        var buckets = [count..<count + tail]
        var entries = [0]
        var owner = [Int](repeating: 0, count: selection.entries.count)
        let places = selection.entries.indices
        for group in [places.filter { !isLast($0) }, places.filter(isLast)] {
            var isOpen = false
            for place in group.reversed() {
                let offset = selection.offsets[place]
                let range = offset..<offset + selection.entries[place].count
                if isOpen, let current = buckets.last, current.lowerBound == range.upperBound {
                    buckets[buckets.count - 1] = range.lowerBound..<current.upperBound
                    entries[entries.count - 1] += 1
                } else {
                    buckets.append(range)
                    entries.append(1)
                }
                owner[place] = buckets.count - 1
                isOpen = buckets[buckets.count - 1].count * MemoryLayout<Float>.stride < bucketBytes
            }
        }
        self.buckets = buckets
        entriesOfBucket = entries
        bucketOfEntry = owner
    }

    func reset() { tree.reset() }

    /// Adds a microbatch.
    ///
    /// - Parameter isLast: whether it is this rank's last one of the phase.
    func add(_ loss: PhaseLoss, tail: [Float], isLast: Bool) {
        let leaf = open(tail: tail)
        if isLast { sendTail() }
        loss.backward { place, gradient in
            selection.flatten(gradient, of: place, into: leaf)
            if isLast { becameFinal(place) }
        }
        close(isLast: isLast)
    }

    /// A leaf of zeros for a microbatch that has no part in a phase: the tree keeps its leaves on any number of ranks.
    func addNothing(isLast: Bool) {
        tree.nextLeaf().update(repeating: 0)
        if isLast {
            sendTail()
            for place in bucketOfEntry.indices { becameFinal(place) }
        }
        close(isLast: isLast)
    }

    /// Adds all of this rank's microbatches of a phase, which went forward together and go back together.
    ///
    /// - Parameters:
    ///   - tails: of each, what stands behind its gradients.
    ///   - check: throws where something went wrong on the way back; nothing is sent then.
    func add(together losses: [PhaseLoss], tails: [[Float]], check: () throws -> Void) rethrows {
        let gradients = PhaseLoss.backward(together: losses)
        try check()
        for (k, gradients) in gradients.enumerated() {
            let isLast = k == losses.count - 1
            let leaf = open(tail: tails[k])
            if isLast { sendTail() }
            for (place, gradient) in gradients.enumerated() {
                selection.flatten(gradient, of: place, into: leaf)
                if isLast { becameFinal(place) }
            }
            close(isLast: isLast)
        }
    }

    /// Returns when the sums are there.
    func wait() throws -> SumQueue.Cost {
        let cost = try queue.wait()
        tail = flat.slice(gradient.count, flat.count - gradient.count).array
        return cost
    }

    private func open(tail: [Float]) -> UnsafeMutableBufferPointer<Float> {
        let room = flat.count - gradient.count
        precondition(tail.count <= room, "gradient tree: \(tail.count) values behind the gradients")
        let leaf = tree.nextLeaf()
        for i in 0..<room { leaf[gradient.count + i] = i < tail.count ? tail[i] : 0 }
        return leaf
    }

    private func sendTail() {
        missing = entriesOfBucket
        nextBucket = 0
        sendWhatIsComplete()
    }

    private func becameFinal(_ place: Int) {
        missing[bucketOfEntry[place]] -= 1
        sendWhatIsComplete()
    }

    /// In the fixed order, which all ranks share.
    private func sendWhatIsComplete() {
        while nextBucket < buckets.count, missing[nextBucket] == 0 {
            let range = buckets[nextBucket]
            let sum = Finished(values: tree.commitLastLeaf(range), target: flat.slice(range.lowerBound, range.count))
            queue.submit(sum.values) { sum.copy() }
            nextBucket += 1
        }
    }

    private func close(isLast: Bool) {
        guard isLast else { return tree.commitLeaf() }
        precondition(nextBucket == buckets.count, "gradient tree: a phase without all gradients")
    }

    /// A bucket's sum, and where it goes. One thread at a time has it.
    private struct Finished: @unchecked Sendable {
        let values: UnsafeMutableBufferPointer<Float>
        let target: BufferView

        func copy() { target.withUnsafeElements { _ = $0.update(fromContentsOf: values) } }
    }
}
