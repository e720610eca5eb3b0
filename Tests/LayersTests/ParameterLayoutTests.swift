import Layers
import Testing

@Suite struct ParameterLayoutTests {
    /// A layout, and where the element at an index here lies there.
    struct Case: Sendable {
        let layout: ParameterLayout
        let shape: [Int]
        let referenceShape: [Int]
        let there: @Sendable ([Int]) -> [Int]
    }

    static let cases: [Case] = [
        Case(layout: .plain([2, 3]), shape: [2, 3], referenceShape: [2, 3]) { $0 },
        Case(layout: .plain([]), shape: [], referenceShape: []) { $0 },
        Case(layout: .convolution(kernel: 3, input: 4, output: 5), shape: [3, 3, 4, 5], referenceShape: [5, 4, 3, 3]) {
            [$0[3], $0[2], $0[0], $0[1]]
        },
        Case(layout: .convolution(kernel: 1, input: 4, output: 5), shape: [1, 1, 4, 5], referenceShape: [5, 4, 1, 1]) {
            [$0[3], $0[2], $0[0], $0[1]]
        },
        Case(layout: .dense(input: 4, output: 5), shape: [4, 5], referenceShape: [5, 4]) { [$0[1], $0[0]] },
        Case(layout: .image(channels: 3, height: 4, width: 5), shape: [1, 4, 5, 3], referenceShape: [3, 4, 5]) {
            [$0[3], $0[1], $0[2]]
        },
        Case(
            layout: .depthwise(channels: 3, height: 4, width: 5), shape: [1, 4, 5, 3], referenceShape: [3, 1, 4, 5]
        ) { [$0[3], 0, $0[1], $0[2]] },
        // The input index here is (row, column, channel), there (channel, row, column).
        Case(
            layout: .flattened(channels: 3, height: 4, width: 5, output: 6), shape: [60, 6], referenceShape: [6, 60]
        ) { index in
            let (row, column, channel) = (index[0] / 15, index[0] / 3 % 5, index[0] % 3)
            return [index[1], (channel * 4 + row) * 5 + column]
        },
        // The output index here is (row, column, channel), there (channel, row, column).
        Case(
            layout: .unflattened(input: 6, channels: 3, height: 4, width: 5), shape: [6, 60], referenceShape: [60, 6]
        ) { index in
            let (row, column, channel) = (index[1] / 15, index[1] / 3 % 5, index[1] % 3)
            return [(channel * 4 + row) * 5 + column, index[0]]
        },
    ]

    private func flat(_ index: [Int], _ shape: [Int]) -> Int { zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 } }

    private func index(_ flat: Int, _ shape: [Int]) -> [Int] {
        var rest = flat
        var result: [Int] = []
        for size in shape.reversed() {
            result.insert(rest % size, at: 0)
            rest /= size
        }
        return result
    }

    @Test("Elements go where the permutation of indices says, and come back", arguments: cases)
    func permutation(_ test: Case) {
        let layout = test.layout
        #expect(layout.shape == test.shape)
        #expect(layout.referenceShape == test.referenceShape)
        #expect(layout.count == test.shape.reduce(1, *))
        let values = (0..<layout.count).map(Float.init)
        let reference = layout.toReference(values)
        for here in values.indices {
            #expect(reference[flat(test.there(index(here, test.shape)), test.referenceShape)] == values[here])
        }
        #expect(layout.fromReference(reference) == values)
    }
}
