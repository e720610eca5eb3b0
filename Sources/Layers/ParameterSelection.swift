import Autodiff
import Kernels

/// Some of a network's trained parameters, and where their gradients lie when only they are laid out, one after another.
///
/// A network that grows computes, sums and updates only what takes part.
public struct ParameterSelection: Sendable {
    /// A stretch of the network's values whose parameters are all selected.
    public struct Run: Sendable {
        /// Among the network's values.
        public let values: Range<Int>
        /// First element among the selected ones.
        public let offset: Int
    }

    /// In the order of declaration.
    public let entries: [Parameters.Entry]
    /// First element of each entry among the selected ones.
    public let offsets: [Int]
    /// Elements of all entries.
    public let count: Int
    /// As few as there can be.
    public let runs: [Run]

    init(_ entries: [Parameters.Entry]) {
        self.entries = entries
        var offsets: [Int] = []
        var runs: [Run] = []
        var count = 0
        for entry in entries {
            offsets.append(count)
            let range = entry.offset..<entry.offset + entry.count
            if let last = runs.last, last.values.upperBound == range.lowerBound {
                runs[runs.count - 1] = Run(values: last.values.lowerBound..<range.upperBound, offset: last.offset)
            } else {
                runs.append(Run(values: range, offset: count))
            }
            count += entry.count
        }
        self.offsets = offsets
        self.count = count
        self.runs = runs
    }

    /// The tensors of the selected parameters, in order.
    public func variables(_ weights: Weights) -> [Tensor] { entries.map { weights[$0.handle] } }

    /// Copies the gradient of entry `place` into flat memory, times the parameter's run-time scale.
    ///
    /// - Parameter gradient: nil is zero.
    public func flatten(_ gradient: Tensor?, of place: Int, into flat: UnsafeMutableBufferPointer<Float>) {
        let (entry, offset) = (entries[place], offsets[place])
        let target = UnsafeMutableBufferPointer(rebasing: flat[offset..<offset + entry.count])
        if let gradient {
            Elementwise.scale(gradient.view, by: entry.declaration.scale, into: target)
        } else {
            target.update(repeating: 0)
        }
    }

    /// Copies the gradients of all entries, in order.
    public func flatten(_ gradients: [Tensor?], into flat: UnsafeMutableBufferPointer<Float>) {
        for (place, gradient) in gradients.enumerated() { flatten(gradient, of: place, into: flat) }
    }
}

extension Parameters {
    /// The trained parameters of these names.
    public func selection(_ names: Set<String>) -> ParameterSelection {
        ParameterSelection(trained.filter { names.contains($0.name) })
    }
}
