import Autodiff
import Cluster
import Kernels
import Recipes
import Testing
import Training

/// Classes are counted over the whole batch, on all ranks.
@Suite struct ClassBalanceTests {
    private static func map(_ labels: [UInt8]) -> Tensor { .oneHotPixels(labels[...], shape: [1, 1, labels.count, 4]) }

    private static let labels: [[UInt8]] = [[0, 0, 0, 2], [0, 2, 2, 2], [0, 0, 0, 0], [3, 0, 0, 0]]

    @Test(arguments: [1, 2, 4]) func ranksDoNotMatter(ranks: Int) throws {
        let found = try LoopbackGroup(size: ranks).run { member in
            let sums = BatchSums(member, microbatches: 4)
            let share = 4 / ranks
            let own = Self.labels[member.rank * share..<(member.rank + 1) * share].map(Self.map)
            let balance = ClassBalance(Array(own), BalancedClasses(count: 4, ignored: nil), over: sums)
            try sums.check()
            return (balance.pixels, balance.weights)
        }
        for (pixels, weights) in found {
            #expect(pixels == [11, 0, 4, 1])
            #expect(weights == [Float(16.0 / 33), 0, Float(16.0 / 12), Float(16.0 / 3)])
        }
    }

    /// More pixels than a float32 counts one by one, and an odd number of them.
    @Test func manyPixels() throws {
        let sums = BatchSums(LoopbackCommunicator(), microbatches: 4)
        let (size, few) = (3001, Tensor(repeating: 1, shape: [1, 1, 2, 1]))
        let many = Tensor(repeating: 1, shape: [1, size, size, 1])
        let balance = ClassBalance([many, many, many, few], BalancedClasses(count: 1, ignored: 0), over: sums)
        #expect(balance.pixels == [3 * size * size + 2])
        #expect(balance.weights == [0])
    }
}
