import Kernels
import NumericalTesting
import Testing

@Suite struct MaxPoolingTests {
    /// The last are split in blocks of rows, and several samples make a block.
    static let sizes = [[1, 2, 2, 1], [2, 4, 6, 3], [9, 4, 4, 8], [1, 6, 2, 17], [2, 64, 40, 16]]

    /// Equal numbers are frequent.
    private func images(_ size: [Int]) -> [Float] {
        var samples = Samples(seed: 1)
        return samples.floats(size.reduce(1, *), -3...3).map { $0.rounded() }
    }

    private func pooled(_ x: [Float], _ size: [Int]) -> (y: [Float], choice: [Float]) {
        let y = BufferView([Float](repeating: .nan, count: x.count / 4))
        let choice = BufferView([Float](repeating: .nan, count: x.count / 4))
        MaxPooling.forward(
            BufferView(x), into: y, choice: choice, batch: size[0], height: size[1], width: size[2], channels: size[3])
        return (y.array, choice.array)
    }

    /// The places of the four pixels behind each result.
    private func places(_ size: [Int]) -> [[Int]] {
        var result: [[Int]] = []
        for n in 0..<size[0] {
            for i in 0..<size[1] / 2 {
                for j in 0..<size[2] / 2 {
                    for c in 0..<size[3] {
                        result.append(
                            (0..<4).map { k in
                                ((n * size[1] + 2 * i + k / 2) * size[2] + 2 * j + k % 2) * size[3] + c
                            })
                    }
                }
            }
        }
        return result
    }

    @Test("The largest of four, the first of equal ones", arguments: sizes)
    func forward(_ size: [Int]) {
        let x = images(size)
        let (y, choice) = pooled(x, size)
        for (index, four) in places(size).enumerated() {
            let largest = four.map { x[$0] }.max() ?? .nan
            let first = four.firstIndex { x[$0] == largest } ?? -1
            if y[index] != largest || choice[index] != Float(first) {
                Issue.record("\(index): \(y[index]) at \(choice[index]), expected \(largest) at \(first)")
            }
        }
    }

    @Test("What is no number is the largest", arguments: 0..<4)
    func notANumber(_ place: Int) {
        var x: [Float] = [1, 2, 3, 4]
        x[place] = .nan
        let (y, choice) = pooled(x, [1, 2, 2, 1])
        #expect(y[0].isNaN && choice == [Float(place)])
    }

    @Test("Scattering is the adjoint of gathering, which finds the largest", arguments: sizes)
    func adjoint(_ size: [Int]) {
        let x = images(size)
        let (y, choice) = pooled(x, size)
        var samples = Samples(seed: 2)
        let small = samples.floats(y.count)
        let (scattered, gathered) = (BufferView(count: x.count), BufferView(count: y.count))
        MaxPooling.scatter(
            BufferView(small), choice: BufferView(choice), into: scattered, batch: size[0], height: size[1],
            width: size[2], channels: size[3])
        let found = scattered.array
        for (index, four) in places(size).enumerated() {
            let expected = (0..<4).map { Float($0) == choice[index] ? small[index] : 0 }
            if four.map({ found[$0] }) != expected { Issue.record("\(index)") }
        }
        MaxPooling.gather(
            BufferView(x), choice: BufferView(choice), into: gathered, batch: size[0], height: size[1], width: size[2],
            channels: size[3])
        #expect(gathered.array == y)
    }
}
