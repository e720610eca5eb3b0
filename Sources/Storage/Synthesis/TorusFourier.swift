import Foundation

/// The Fourier transform of fields of complex numbers on a torus, [height, width], both powers of two:
/// X(k) = Σ x(r) exp(∓2πi k·r), without a factor. Cooley and Tukey's, radix 2, in double precision.
struct TorusFourier: Sendable {
    let height: Int
    let width: Int
    private let rowRoots: [SIMD2<Double>]
    private let columnRoots: [SIMD2<Double>]

    /// - Precondition: both are powers of two.
    init(height: Int, width: Int) {
        precondition(
            DatasetFormat.isPowerOfTwo(height) && DatasetFormat.isPowerOfTwo(width),
            "TorusFourier: \(height)×\(width)")
        self.height = height
        self.width = width
        rowRoots = Self.roots(width)
        columnRoots = Self.roots(height)
    }

    /// exp(−2πi j / count) for the first half.
    private static func roots(_ count: Int) -> [SIMD2<Double>] {
        (0..<count / 2).map { index in
            let angle = -2 * Double.pi * Double(index) / Double(count)
            return SIMD2(cos(angle), sin(angle))
        }
    }

    /// In place. Real and imaginary part of each number.
    func callAsFunction(_ field: inout [SIMD2<Double>], inverse: Bool = false) {
        precondition(field.count == height * width, "TorusFourier: \(field.count) numbers")
        if inverse { for index in field.indices { field[index].y = -field[index].y } }
        for row in 0..<height {
            Self.transform(&field, first: row * width, step: 1, count: width, rowRoots)
        }
        for column in 0..<width {
            Self.transform(&field, first: column, step: width, count: height, columnRoots)
        }
        if inverse { for index in field.indices { field[index].y = -field[index].y } }
    }

    private static func transform(
        _ field: inout [SIMD2<Double>], first: Int, step: Int, count: Int, _ roots: [SIMD2<Double>]
    ) {
        var target = 0
        for index in 0..<count {
            if index < target { field.swapAt(first + index * step, first + target * step) }
            var bit = count >> 1
            while bit > 0, target & bit != 0 {
                target ^= bit
                bit >>= 1
            }
            target |= bit
        }
        var half = 1
        while half < count {
            let stride = count / (2 * half)
            for start in Swift.stride(from: 0, to: count, by: 2 * half) {
                for index in 0..<half {
                    let root = roots[index * stride]
                    let (upper, lower) = (first + (start + index) * step, first + (start + index + half) * step)
                    let value = field[lower]
                    let turned = SIMD2(value.x * root.x - value.y * root.y, value.x * root.y + value.y * root.x)
                    field[lower] = field[upper] - turned
                    field[upper] += turned
                }
            }
            half *= 2
        }
    }
}
