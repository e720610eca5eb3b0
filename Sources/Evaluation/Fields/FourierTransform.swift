import Foundation

/// The discrete Fourier transform of complex numbers, of any length: X(k) = Σ x(j)·exp(−2πi·jk/n), in double precision.
///
/// Lengths whose prime factors are small go by mixed radix in Stockham's order (Cooley and Tukey 1965); others by
/// Bluestein's convolution with a power of two (Bluestein 1970).
struct FourierTransform {
    let count: Int
    /// exp(−2πi·j/n)
    private let cosines: [Double]
    private let sines: [Double]
    /// Their product is the length; none where it goes by Bluestein's convolution.
    private let factors: [Int]
    private let convolution: Convolution?

    private static let largestFactor = 31

    init(_ count: Int) {
        precondition(count > 0, "FourierTransform: a length of \(count)")
        self.count = count
        var factors: [Int] = []
        var rest = count
        for factor in [4, 2, 3, 5] {
            while rest % factor == 0 {
                factors.append(factor)
                rest /= factor
            }
        }
        var factor = 7
        while factor * factor <= rest {
            while rest % factor == 0 {
                factors.append(factor)
                rest /= factor
            }
            factor += 2
        }
        if rest > 1 { factors.append(rest) }
        let isSmooth = factors.allSatisfy { $0 <= Self.largestFactor }
        self.factors = isSmooth ? factors : []
        convolution = isSmooth ? nil : Convolution(count)
        let angles = (0..<(isSmooth ? count : 0)).map { -2 * Double.pi * Double($0) / Double(count) }
        cosines = angles.map { cos($0) }
        sines = angles.map { sin($0) }
    }

    /// In place.
    func callAsFunction(_ real: inout [Double], _ imaginary: inout [Double]) {
        precondition(
            real.count == count && imaginary.count == count, "FourierTransform: \(real.count) numbers of \(count)")
        if let convolution { return convolution.transform(&real, &imaginary) }
        var other = (real: real, imaginary: imaginary)
        var (length, stride) = (count, 1)
        for factor in factors {
            pass(factor, length: length, stride: stride, (real, imaginary), &other)
            swap(&real, &other.real)
            swap(&imaginary, &other.imaginary)
            length /= factor
            stride *= factor
        }
    }

    private func pass(
        _ radix: Int, length: Int, stride: Int, _ source: (real: [Double], imaginary: [Double]),
        _ target: inout (real: [Double], imaginary: [Double])
    ) {
        let rows = length / radix
        source.real.withUnsafeBufferPointer { sr in
            source.imaginary.withUnsafeBufferPointer { si in
                target.real.withUnsafeMutableBufferPointer { tr in
                    target.imaginary.withUnsafeMutableBufferPointer { ti in
                        for row in 0..<rows {
                            for output in 0..<radix {
                                // By the length's roots: of the butterfly, and the twiddle.
                                let twiddle = row * output * stride
                                let to = stride * (radix * row + output)
                                for input in 0..<radix {
                                    let from = stride * (row + rows * input)
                                    let root = (input * output % radix * (count / radix) + twiddle) % count
                                    let (c, s) = (cosines[root], sines[root])
                                    let isFirst = input == 0
                                    for column in 0..<stride {
                                        let (x, y) = (sr[from + column], si[from + column])
                                        tr[to + column] = (isFirst ? 0 : tr[to + column]) + (x * c - y * s)
                                        ti[to + column] = (isFirst ? 0 : ti[to + column]) + (x * s + y * c)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension FourierTransform {
    /// jk = (j² + k² − (k − j)²)/2 makes a convolution of the transform (Bluestein 1970).
    private final class Convolution {
        private let count: Int
        private let transform: FourierTransform
        /// exp(−πi·j²/n)
        private let chirp: (real: [Double], imaginary: [Double])
        /// Of the conjugate chirp, wrapped around.
        private let kernel: (real: [Double], imaginary: [Double])

        init(_ count: Int) {
            self.count = count
            var size = 1
            while size < 2 * count - 1 { size *= 2 }
            transform = FourierTransform(size)
            // j² modulo 2n, since a large angle loses digits.
            let angles = (0..<count).map { -Double.pi * Double($0 * $0 % (2 * count)) / Double(count) }
            chirp = (angles.map { cos($0) }, angles.map { sin($0) })
            var (real, imaginary) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
            for index in 0..<count {
                for place in [index, (size - index) % size] {
                    real[place] = chirp.real[index]
                    imaginary[place] = -chirp.imaginary[index]
                }
            }
            transform(&real, &imaginary)
            kernel = (real, imaginary)
        }

        func transform(_ real: inout [Double], _ imaginary: inout [Double]) {
            let size = transform.count
            var re = [Double](repeating: 0, count: size)
            var im = re
            for j in 0..<count {
                re[j] = real[j] * chirp.real[j] - imaginary[j] * chirp.imaginary[j]
                im[j] = real[j] * chirp.imaginary[j] + imaginary[j] * chirp.real[j]
            }
            transform(&re, &im)
            // The inverse transform is the transform with real and imaginary parts exchanged.
            for k in 0..<size {
                (re[k], im[k]) = (
                    re[k] * kernel.imaginary[k] + im[k] * kernel.real[k],
                    re[k] * kernel.real[k] - im[k] * kernel.imaginary[k]
                )
            }
            transform(&re, &im)
            for k in 0..<count {
                let (a, b) = (im[k] / Double(size), re[k] / Double(size))
                real[k] = a * chirp.real[k] - b * chirp.imaginary[k]
                imaginary[k] = a * chirp.imaginary[k] + b * chirp.real[k]
            }
        }
    }
}
