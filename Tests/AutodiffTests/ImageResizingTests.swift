import Autodiff
import NumericalTesting
import Testing

@Suite struct ImageResizingTests {
    /// As PyTorch has it: a row of 0, 4 becomes 0, 1, 3, 4.
    @Test func bilinearByHand() {
        let row = Tensor([0, 4], shape: [1, 1, 2, 1]).bilinearUpsampled()
        #expect(row.shape == [1, 2, 4, 1])
        #expect(row.array == [0, 1, 3, 4, 0, 1, 3, 4])
        let column = Tensor([0, 8, 16], shape: [1, 3, 1, 1]).bilinearUpsampled()
        #expect(column.array == [0, 0, 2, 2, 6, 6, 10, 10, 14, 14, 16, 16])
        #expect(Tensor([3, 5], shape: [1, 1, 1, 2]).bilinearUpsampled().array == [3, 5, 3, 5, 3, 5, 3, 5])
    }

    /// A plane stays one away from the border.
    @Test func bilinearKeepsPlanes() {
        let (h, w) = (5, 7)
        let values = (0..<h * w * 2).map { at in Float(at / 2 / w * 3 - at / 2 % w * 2 + at % 2) }
        let found = Tensor(values, shape: [1, h, w, 2]).bilinearUpsampled().array
        for i in 1..<2 * h - 1 {
            for j in 1..<2 * w - 1 {
                let (row, column) = ((Float(i) - 0.5) / 2, (Float(j) - 0.5) / 2)
                for c in 0..<2 { #expect(found[(i * 2 * w + j) * 2 + c] == row * 3 - column * 2 + Float(c)) }
            }
        }
    }

    @Test func nearestTakesTheFirst() {
        let image = Tensor((0..<2 * 4 * 6 * 2).map(Float.init), shape: [2, 4, 6, 2])
        let found = image.nearestDownsampled(by: 2)
        #expect(found.shape == [2, 2, 3, 2])
        var first: [Float] = []
        for i in [0, 2] {
            for j in [0, 2, 4] { first += [Float((i * 6 + j) * 2), Float((i * 6 + j) * 2 + 1)] }
        }
        #expect(found.array == first + first.map { $0 + 48 })
        #expect(image.nearestDownsampled(by: 1).array == image.array)
    }

    static let cases: [GradientCase] = [
        GradientCase("bilinear upsampling", .any(2, 3, 4, 2)) { $0[0].bilinearUpsampled() },
        GradientCase("bilinear upsampling of a pixel", .any(1, 1, 1, 3)) { $0[0].bilinearUpsampled() },
        GradientCase("nearest downsampling by two", .any(2, 4, 6, 2)) { $0[0].nearestDownsampled(by: 2) },
        GradientCase("nearest downsampling by four", .any(1, 4, 8, 3)) { $0[0].nearestDownsampled(by: 4) },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }
}
