import Autodiff
import Testing

@Suite struct StructureGradientTests {
    static let cases: [GradientCase] = [
        GradientCase("reshaped", .any(3, 4)) { $0[0].reshaped([2, 6]) },
        GradientCase("reshaped between products", .any(3, 4), .any(2, 6)) {
            ($0[0].squared().reshaped([2, 6]) * $0[1]).reshaped([12])
        },
        GradientCase("slice of the first axis", .any(5, 3)) { $0[0].slice(axis: 0, start: 1, length: 3) },
        GradientCase("slice of a middle axis", .any(2, 5, 3)) { $0[0].slice(axis: 1, start: 2, length: 2) },
        GradientCase("slice of the last axis", .any(2, 5)) { $0[0].slice(axis: 1, start: 4, length: 1) },
        GradientCase("slices that overlap", .any(6, 2)) {
            $0[0].slice(axis: 0, start: 0, length: 4) * $0[0].slice(axis: 0, start: 2, length: 4)
        },
        GradientCase("padded first axis", .any(2, 3)) { $0[0].padded(axis: 0, before: 2, after: 1) },
        GradientCase("padded last axis", .any(2, 3)) { $0[0].padded(axis: 1, before: 0, after: 3) },
        GradientCase("concatenated, first axis", .any(2, 3), .any(1, 3)) { .concatenated($0, axis: 0) },
        GradientCase("concatenated, middle axis", .any(2, 1, 3), .any(2, 4, 3), .any(2, 2, 3)) {
            .concatenated($0, axis: 1)
        },
        GradientCase("concatenated, last axis", .any(2, 1), .any(2, 4)) { .concatenated($0, axis: 1) },
        GradientCase("concatenated with itself and a constant", .any(2, 3)) {
            .concatenated([$0[0], Tensor(repeating: 2, shape: [2, 1]), $0[0]], axis: 1)
        },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    @Test("Elements lie where they should")
    func values() {
        let x = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        #expect(x.reshaped([4, 6]).array == x.array)
        #expect(
            x.slice(axis: 1, start: 1, length: 2).array == [4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23])
        #expect(x.slice(axis: 2, start: 3, length: 1).array == [3, 7, 11, 15, 19, 23])
        #expect(x.slice(axis: 0, start: 1, length: 1).array == (12..<24).map(Float.init))
        let row = Tensor([1, 2], shape: [1, 2])
        #expect(row.padded(axis: 1, before: 1, after: 2).array == [0, 1, 2, 0, 0])
        #expect(row.padded(axis: 0, before: 1, after: 1).array == [0, 0, 1, 2, 0, 0])
        let joined = Tensor.concatenated(
            [Tensor([1, 2, 3, 4], shape: [2, 2]), Tensor([5, 6], shape: [2, 1])], axis: 1)
        #expect(joined.shape == [2, 3])
        #expect(joined.array == [1, 2, 5, 3, 4, 6])
    }
}
