/// What the values of a channel are like, exactly: the same from any order, and from any split into parts.
public struct ChannelStatistics: Sendable {
    public private(set) var count = 0
    public private(set) var minimum = Float.infinity
    public private(set) var maximum = -Float.infinity
    /// Values that are 0.
    public private(set) var zeros = 0
    /// Values that were missing, and were given one.
    public var filled = 0
    private var sums: Moments
    /// Of the curve's values, where those are not the values themselves.
    private var curved: Moments?
    private let curve: ChannelTransform.Curve

    /// - Parameter curve: what ``transform(_:)`` is of.
    public init(curve: ChannelTransform.Curve, scaling: FieldOptions.Scaling) {
        self.curve = curve
        sums = Moments()
        curved = curve != .linear && scaling == .deviation ? Moments() : nil
    }

    /// - Precondition: the curve is defined there, and so is the square of its value.
    public mutating func add(_ value: Float) {
        count += 1
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        if value == 0 { zeros += 1 }
        sums.add(Double(value))
        curved?.add(curve(Double(value)))
    }

    public mutating func merge(_ other: ChannelStatistics) {
        count += other.count
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        zeros += other.zeros
        filled += other.filled
        sums.merge(other.sums)
        if let moments = other.curved { curved?.merge(moments) }
    }

    public var mean: Double { sums.mean(count) }
    public var deviation: Double { sums.deviation(count) }

    /// The curve with the affine map that brings these values to −1 … 1, or to mean 0 and deviation 1; nil where all
    /// values are the same.
    public func transform(_ scaling: FieldOptions.Scaling) -> ChannelTransform? {
        guard count > 0, minimum < maximum else { return nil }
        let (center, scale): (Double, Double)
        switch scaling {
        case .range:
            let (low, high) = (curve(Double(minimum)), curve(Double(maximum)))
            (center, scale) = (low / 2 + high / 2, high / 2 - low / 2)
        case .deviation:
            let moments = curved ?? sums
            (center, scale) = (moments.mean(count), moments.deviation(count))
        }
        guard center.isFinite, scale.isFinite, scale > 0 else { return nil }
        return ChannelTransform(curve: curve, center: center, scale: scale)
    }

    private struct Moments: Sendable {
        var sum = ExactSum()
        var squares = ExactSum()

        mutating func add(_ value: Double) {
            sum.add(value)
            squares.add(squareOf: value)
        }

        mutating func merge(_ other: Moments) {
            sum.merge(other.sum)
            squares.merge(other.squares)
        }

        func mean(_ count: Int) -> Double { count > 0 ? sum.value / Double(count) : 0 }

        /// In twice double precision, so that a mean far from zero takes nothing from it.
        func deviation(_ count: Int) -> Double {
            guard count > 0 else { return 0 }
            let n = Double(count)
            let (total, totalLow) = sum.parts
            let (square, squareLow) = squares.parts
            let product = total * total
            let productLow = (-product).addingProduct(total, total) + 2 * total * totalLow
            let quotient = product / n
            let quotientLow = (product.addingProduct(-quotient, n) + productLow) / n
            return max(0, ((square - quotient) + (squareLow - quotientLow)) / n).squareRoot()
        }
    }
}
