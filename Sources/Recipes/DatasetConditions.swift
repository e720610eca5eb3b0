import Autodiff

/// What the rows of a data set are conditioned on, from which the conditions of fakes are drawn.
public enum DatasetConditions: Sendable {
    /// A class a row.
    case classes([Int32])
    /// [rows, components], normalised.
    case vectors([Float], components: Int)

    /// Rows.
    public var count: Int {
        switch self {
        case .classes(let labels): labels.count
        case .vectors(let values, let components): values.count / components
        }
    }

    /// Those of some rows.
    public func rows(_ rows: [Int]) -> DatasetConditions {
        switch self {
        case .classes(let labels): .classes(rows.map { labels[$0] })
        case .vectors(let values, let components):
            .vectors(rows.flatMap { values[$0 * components..<($0 + 1) * components] }, components: components)
        }
    }

    /// Of some rows, as networks are fed it: [rows, dimension].
    ///
    /// - Parameters:
    ///   - dimension: the networks': classes, or one more than the numbers.
    ///   - isGiven: of each of them; nil where none is left out.
    public func tensor(rows: [Int], dimension: Int, isGiven: [Bool]? = nil) -> Tensor {
        switch self.rows(rows) {
        case .classes(let labels): return .oneHot(labels, classes: dimension, isGiven: isGiven)
        case .vectors(let values, let components):
            precondition(dimension == components + 1, "conditions: \(components) numbers for \(dimension)")
            return .conditions(values, components: components, isGiven: isGiven)
        }
    }
}

/// Which samples' conditions the networks are not told: a share of them, drawn by their numbers in the global batch.
public struct ConditionDropout: Sendable {
    let randomizer: Randomizer
    /// From 0 to 1.
    let share: Float

    /// - Returns: nil where the share is 0.
    public init?(randomizer: Randomizer, share: Double) {
        guard share > 0 else { return nil }
        self.randomizer = randomizer
        self.share = Float(share)
    }

    /// Of fakes of a phase's stream, whether the condition is given.
    func ofFakes(stream: Int, step: Int, samples: Range<Int>) -> [Bool] {
        isGiven(stream: stream, step: step, samples: samples)
    }

    /// Of the reals of one of a step's batches, whether the condition is given.
    public func ofReals(batch: Int, step: Int, samples: Range<Int>) -> [Bool] {
        isGiven(stream: Self.firstOfReals + batch, step: step, samples: samples)
    }

    /// Beyond the streams of all phases.
    private static let firstOfReals = 1 << 16

    private func isGiven(stream: Int, step: Int, samples: Range<Int>) -> [Bool] {
        randomizer.uniforms(.conditionDropout, stream: stream, step: step, samples: samples, count: 1)
            .map { $0 >= share }
    }
}
