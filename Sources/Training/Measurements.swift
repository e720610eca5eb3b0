/// What one phase measured on one microbatch: means over its samples.
///
/// They travel behind the gradients through the same summation tree, so that they too have the same bits on any
/// number of ranks.
public struct Measurements: Sendable {
    public enum Name: Int, CaseIterable, Sendable {
        case generatorLoss, fakeScore, pathLengthPenalty, pathLength
        case discriminatorFakeLoss, discriminatorRealLoss, ggdrLoss, realScore, realSign, r1Penalty
        case gradientPenalty, gradientNorm, classLoss
    }

    /// Mean of w over the samples, of the phases that map z; nil elsewhere.
    public var wMean: [Float]?
    private var values = [Float](repeating: 0, count: Name.allCases.count)

    package init(wMean: [Float]?) { self.wMean = wMean }

    public subscript(name: Name) -> Float {
        get { values[name.rawValue] }
        set { values[name.rawValue] = newValue }
    }

    /// Whether all values, and the mean of w, are finite.
    var areFinite: Bool { values.allSatisfy(\.isFinite) && wMean?.allSatisfy(\.isFinite) != false }

    package static func count(wDim: Int) -> Int { Name.allCases.count + wDim }

    /// In a fixed layout: the named values, then the mean of w.
    package func flattened(wDim: Int) -> [Float] { values + (wMean ?? [Float](repeating: 0, count: wDim)) }

    /// From the sum over `microbatches` of what `flattened` gave.
    package init(sum: [Float], microbatches: Int, hasWMean: Bool) {
        let means = sum.map { $0 / Float(microbatches) }
        values = Array(means[..<Name.allCases.count])
        wMean = hasWMean ? Array(means[Name.allCases.count...]) : nil
    }
}
