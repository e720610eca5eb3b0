import Kernels

/// How state of a layer follows what forward passes note of it (``Weights/note(_:_:)``).
///
/// A forward pass reads state and never writes it. What it notes on each microbatch is summed along the tree with the
/// gradients, and at the end of a phase the state follows the mean over the microbatches: the same on any number of
/// ranks (``Parameters/follow(_:)``).
public struct TrackedMean: Hashable, Sendable {
    /// state ← mean + decay · (state − mean)
    public var decay: Float
    /// Whether the averaged network has an average of the state, as of the weights that it describes; else it has the
    /// state of the network that learns.
    public var isAveraged: Bool

    public init(decay: Float, isAveraged: Bool = false) {
        self.decay = decay
        self.isAveraged = isAveraged
    }
}

/// What one forward pass notes.
final class StatisticsRecord {
    private let ranges: [Int: Range<Int>]
    private let count: Int
    private var values: [Float] = []
    private var missing: Set<Int> = []

    /// - Parameter ranges: by the place of a declaration, where its numbers stand.
    init(_ ranges: [Int: Range<Int>], count: Int) {
        self.ranges = ranges
        self.count = count
    }

    /// - Parameter noted: of the size of the state.
    func note(_ handle: ParameterHandle, _ noted: [Float]) {
        guard let range = ranges[handle.place], range.count == noted.count else {
            preconditionFailure("\(handle.name) does not follow a mean of \(noted.count) numbers")
        }
        if values.isEmpty {
            values = Array(repeating: 0, count: count)
            missing = Set(ranges.keys)
        }
        values.replaceSubrange(range, with: noted)
        missing.remove(handle.place)
    }

    /// All numbers in the order of declaration; none where nothing was noted.
    var noted: [Float] {
        precondition(missing.isEmpty, "a forward pass has noted some of its network's statistics, not all")
        return values
    }
}

extension Parameters {
    /// State that follows means, in the order of what is noted.
    public var tracked: [Entry] { untrained.filter { $0.declaration.tracking != nil } }

    /// Lets state follow: once a phase, with the means over all microbatches of what forward passes noted.
    ///
    /// - Parameter means: `trackedCount` numbers.
    /// - Returns: the name of the first state that is not finite afterwards; nil where all is.
    @discardableResult
    public func follow(_ means: [Float]) -> String? {
        precondition(means.count == trackedCount, "tracked means: \(means.count), expected \(trackedCount)")
        var notFinite: String?
        var place = 0
        for entry in tracked {
            guard let tracking = entry.declaration.tracking else { continue }
            let mean = BufferView(Array(means[place..<place + entry.count]))
            if !OptimizerKernels.movingAverage(view(entry), of: mean, decay: tracking.decay) {
                notFinite = notFinite ?? entry.name
            }
            place += entry.count
        }
        return notFinite
    }
}
