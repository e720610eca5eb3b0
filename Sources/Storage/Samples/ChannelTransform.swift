import Foundation

/// How a channel's physical values become the numbers that networks see, and back.
///
/// A curve tames the range of the values, then an affine map brings what the data set holds to about -1 … 1:
/// y = (curve(x) − center) / scale. Both are stored with the data and in checkpoints, so that what a generator makes is
/// in physical units. Computed in double precision.
public struct ChannelTransform: Codable, Equatable, Hashable, Sendable {
    /// A strictly increasing function of a physical value.
    public enum Curve: Codable, Equatable, Hashable, Sendable {
        /// x
        case linear
        /// log(1 + x), of x > −1.
        case log1p
        /// asinh(x / scale)
        case asinh(scale: Double)
        /// x / (x + a), of x ≥ 0 and a > 0; in 0 ..< 1.
        case ratio(a: Double)
        /// xᵖ, of x ≥ 0 and p > 0.
        case power(exponent: Double)
    }

    public var curve: Curve
    /// Of the curve's values: what becomes 0.
    public var center: Double
    /// Of the curve's values: what becomes 1 above the centre; above 0.
    public var scale: Double

    public init(curve: Curve = .linear, center: Double = 0, scale: Double = 1) {
        self.curve = curve
        self.center = center
        self.scale = scale
    }

    /// What bytes of pictures go by: x / 127.5 − 1.
    public static let picture = ChannelTransform(curve: .linear, center: 127.5, scale: 127.5)

    /// What networks see of a physical value.
    ///
    /// - Precondition: the curve is defined there, see ``Curve/isDefined(at:)``.
    public func normalized(_ physical: Float) -> Float { Float((curve(Double(physical)) - center) / scale) }

    /// The physical value of what a network says.
    ///
    /// - Returns: the value, and whether it had to be moved into the range of the curve (a power of a number below zero, a
    ///   ratio of one or more), or of finite floats.
    public func physical(_ normalized: Float) -> (value: Float, isClipped: Bool) {
        let (value, isClipped) = curve.inverse(Double(normalized) * scale + center)
        let float = Float(value)
        if float.isFinite { return (float, isClipped) }
        return (float > 0 ? .greatestFiniteMagnitude : float < 0 ? -.greatestFiniteMagnitude : float, true)
    }
}

extension ChannelTransform.Curve {
    /// Its value.
    public func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .linear: x
        case .log1p: Foundation.log1p(x)
        case .asinh(let scale): Foundation.asinh(x / scale)
        case .ratio(let a): x / (x + a)
        case .power(let exponent): Foundation.pow(x, exponent)
        }
    }

    /// Whether it has a value there.
    public func isDefined(at x: Double) -> Bool {
        guard x.isFinite else { return false }
        return switch self {
        case .linear, .asinh: true
        case .log1p: x > -1
        case .ratio, .power: x >= 0
        }
    }

    /// What it is defined for, in words; nil where for all finite numbers.
    public var domain: String? {
        switch self {
        case .linear, .asinh: nil
        case .log1p: "values above -1"
        case .ratio, .power: "values from 0 on"
        }
    }

    /// The x of a value, and whether the value had to be moved into the range first.
    func inverse(_ y: Double) -> (x: Double, isClipped: Bool) {
        switch self {
        case .linear: (y, false)
        case .log1p: (Foundation.expm1(y), false)
        case .asinh(let scale): (Foundation.sinh(y) * scale, false)
        case .ratio(let a):
            // The largest below one whose x a float holds.
            y < 0 ? (0, true) : y > 1 - 0x1p-24 ? (a * 0x1p24, true) : (a * y / (1 - y), false)
        case .power(let exponent): y < 0 ? (0, true) : (Foundation.pow(y, 1 / exponent), false)
        }
    }
}
