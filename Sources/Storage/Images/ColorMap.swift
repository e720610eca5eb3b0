/// A perceptually uniform colour map: dark blue through green to yellow, of even steps in lightness, told apart by
/// colour-blind eyes and in print.
///
/// The polynomial of degree six that Matt Zucker has fitted to viridis of van der Walt and Smith (matplotlib, 2015), both
/// in the public domain (CC0).
public enum ColorMap {
    /// Red, green and blue, from the constant term on.
    private static let coefficients: [[Double]] = [
        [
            0.2777273272234177, 0.1050930431085774, -0.3308618287255563, -4.634230498983486, 6.228269936347081,
            4.776384997670288, -5.435455855934631,
        ],
        [
            0.005407344544966578, 1.404613529898575, 0.214847559468213, -5.799100973351585, 14.17993336680509,
            -13.74514537774601, 4.645852612178535,
        ],
        [
            0.3340998053353061, 1.384590162594685, 0.09509516302823659, -19.33244095627987, 56.69055260068105,
            -65.35303263337234, 26.3124352495832,
        ],
    ]

    /// 256 colours, red, green, blue.
    private static let table: [UInt8] = (0..<256).flatMap { index in
        coefficients.map { terms in
            let value = terms.reversed().reduce(0) { $0 * Double(index) / 255 + $1 }
            return UInt8(max(0, min(255, (255 * value).rounded())))
        }
    }

    /// The colour of a value in 0…1; what is outside has that of the nearer end, what is no number is grey.
    public static func color(_ value: Float) -> (red: UInt8, green: UInt8, blue: UInt8) {
        guard !value.isNaN else { return (128, 128, 128) }
        let first = 3 * Int(max(0, min(255, (255 * max(0, min(1, value))).rounded())))
        return (table[first], table[first + 1], table[first + 2])
    }
}
