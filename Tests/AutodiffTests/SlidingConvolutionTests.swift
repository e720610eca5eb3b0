import Autodiff
import Kernels
import NumericalTesting
import Testing

@Suite struct SlidingConvolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let images: [Int]
        let kernel: Int
        let outputs: Int
        let stride: Int
        let padding: Int

        var testDescription: String { "\(kernel)×\(kernel) stride \(stride) padding \(padding) on \(images)" }
        var weights: [Int] { [kernel, kernel, images[3], outputs] }
        func size(_ n: Int) -> Int { (n + 2 * padding - kernel) / stride + 1 }
    }

    /// Pix2Pix's two, sides that leave a rest, rectangles, wide channels.
    static let cases = [
        Case(images: [2, 8, 8, 3], kernel: 4, outputs: 5, stride: 2, padding: 1),
        Case(images: [2, 5, 6, 3], kernel: 4, outputs: 2, stride: 1, padding: 1),
        Case(images: [1, 7, 9, 2], kernel: 4, outputs: 3, stride: 2, padding: 1),
        Case(images: [3, 6, 10, 1], kernel: 5, outputs: 4, stride: 3, padding: 2),
        Case(images: [1, 2, 2, 33], kernel: 4, outputs: 17, stride: 2, padding: 1),
    ]

    @Test(arguments: cases) func forward(_ shape: Case) {
        let (x, w) = operands(shape)
        let found = Tensor.slidingConvolution(x, w, stride: shape.stride, padding: shape.padding)
        #expect(
            found.shape == [shape.images[0], shape.size(shape.images[1]), shape.size(shape.images[2]), shape.outputs])
        #expect(relativeError(found.array, convolved(x, w, shape)) < 1e-6)
    }

    /// ⟨conv x, y⟩ = ⟨x, convᵀ y⟩
    @Test(arguments: cases) func transposedIsAdjoint(_ shape: Case) {
        let (x, w) = operands(shape)
        let found = Tensor.slidingConvolution(x, w, stride: shape.stride, padding: shape.padding)
        var samples = Samples(seed: 3)
        let y = Tensor(samples.floats(found.count), shape: found.shape)
        let back = Tensor.transposedConvolution(y, w, stride: shape.stride, padding: shape.padding)
        // What the window never reached is not among the result.
        #expect(back.shape[1] <= shape.images[1] && back.shape[2] <= shape.images[2])
        let cut = x.slice(axis: 1, start: 0, length: back.shape[1]).slice(axis: 2, start: 0, length: back.shape[2])
        let inner = innerProduct(found.array, y.array)
        guard cut.shape == x.shape else { return }
        #expect(abs(inner - innerProduct(cut.array, back.array)) < 1e-5 * abs(inner) + 1e-4)
    }

    @Test func transposedDoubles() {
        var samples = Samples(seed: 4)
        let x = Tensor(samples.floats(2 * 3 * 5 * 4), shape: [2, 3, 5, 4])
        let w = Tensor(samples.floats(4 * 4 * 6 * 4), shape: [4, 4, 6, 4])
        let found = Tensor.transposedConvolution(x, w, stride: 2, padding: 1)
        #expect(found.shape == [2, 6, 10, 6])
        // By hand, each pixel spread over its window.
        var expected = [Double](repeating: 0, count: found.count)
        let (xs, ws) = (x.array, w.array)
        for n in 0..<2 {
            for i in 0..<3 {
                for j in 0..<5 {
                    for r in 0..<4 {
                        for s in 0..<4 {
                            let (row, column) = (2 * i - 1 + r, 2 * j - 1 + s)
                            guard (0..<6).contains(row), (0..<10).contains(column) else { continue }
                            for c in 0..<6 {
                                for k in 0..<4 {
                                    expected[((n * 6 + row) * 10 + column) * 6 + c] +=
                                        Double(xs[((n * 3 + i) * 5 + j) * 4 + k])
                                        * Double(ws[((r * 4 + s) * 6 + c) * 4 + k])
                                }
                            }
                        }
                    }
                }
            }
        }
        #expect(relativeError(found.array, expected) < 1e-6)
    }

    /// So large that images go in several parts.
    @Test func manyParts() {
        let shape = Case(images: [3, 64, 128, 64], kernel: 4, outputs: 2, stride: 1, padding: 1)
        let (x, w) = operands(shape)
        let gradientsOf = { (x: Tensor) in
            let (x, w) = (x.variable(), w.variable())
            let y = Tensor.slidingConvolution(x, w, stride: 1, padding: 1)
            return gradients(of: (y * y).sum() * 0.5, with: [x, w])
        }
        let all = gradientsOf(x)
        let each = (0..<3).map { gradientsOf(x.slice(axis: 0, start: $0, length: 1)) }
        #expect(relativeError(all[0]?.array ?? [], each.flatMap { $0[0]?.array ?? [] }) < 1e-6)
        let sum = each.dropFirst().reduce(each[0][1]?.array ?? []) { zip($0, $1[1]?.array ?? []).map { $0 + $1 } }
        #expect(relativeError(all[1]?.array ?? [], sum) < 1e-5)
    }

    static let gradientCases: [GradientCase] = [
        GradientCase("4×4, stride 2", .any(2, 6, 8, 2), .any(4, 4, 2, 3)) {
            Tensor.slidingConvolution($0[0], $0[1], stride: 2, padding: 1)
        },
        GradientCase("4×4", .any(1, 5, 4, 2), .any(4, 4, 2, 3)) {
            Tensor.slidingConvolution($0[0], $0[1], stride: 1, padding: 1)
        },
        GradientCase("transposed 4×4, stride 2", .any(2, 3, 2, 3), .any(4, 4, 2, 3)) {
            Tensor.transposedConvolution($0[0], $0[1], stride: 2, padding: 1)
        },
    ]

    @Test("First and second order against differences", arguments: gradientCases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    private func operands(_ shape: Case) -> (Tensor, Tensor) {
        var samples = Samples(seed: 1)
        return (
            Tensor(samples.floats(shape.images.reduce(1, *)), shape: shape.images),
            Tensor(samples.floats(shape.weights.reduce(1, *)), shape: shape.weights)
        )
    }

    private func convolved(_ x: Tensor, _ w: Tensor, _ shape: Case) -> [Double] {
        let (xs, ws, images) = (x.array, w.array, shape.images)
        var out: [Double] = []
        for n in 0..<images[0] {
            for i in 0..<shape.size(images[1]) {
                for j in 0..<shape.size(images[2]) {
                    for k in 0..<shape.outputs {
                        var sum = 0.0
                        for r in 0..<shape.kernel {
                            for s in 0..<shape.kernel {
                                let (row, column) = (
                                    i * shape.stride - shape.padding + r, j * shape.stride - shape.padding + s
                                )
                                guard (0..<images[1]).contains(row), (0..<images[2]).contains(column) else { continue }
                                for c in 0..<images[3] {
                                    let pixel = ((n * images[1] + row) * images[2] + column) * images[3] + c
                                    let weight = ((r * shape.kernel + s) * images[3] + c) * shape.outputs + k
                                    sum += Double(xs[pixel]) * Double(ws[weight])
                                }
                            }
                        }
                        out.append(sum)
                    }
                }
            }
        }
        return out
    }
}
