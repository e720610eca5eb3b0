import Cluster
import Testing

/// Leaves of very different magnitude, so that another order of additions gives other bits.
private func leaves(_ number: Int, count: Int) -> [[Float]] {
    (0..<number).map { leaf in
        var generator = SplitMix(state: UInt64(leaf) &* 7919 &+ UInt64(count))
        return (0..<count).map { _ in
            let scale = Float(sign: .plus, exponent: Int(generator.next() % 24) - 12, significand: 1)
            return Float.random(in: -1...1, using: &generator) * scale
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The definition: halves are summed, then added.
private func treeSum(_ leaves: ArraySlice<[Float]>) -> [Float] {
    guard leaves.count > 1 else { return leaves.first ?? [] }
    let middle = leaves.startIndex + leaves.count / 2
    return zip(treeSum(leaves[..<middle]), treeSum(leaves[middle...])).map { $0 + $1 }
}

private func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }

/// The sum of all leaves, dealt to ranks in contiguous runs; every rank's result.
private func sum(_ leaves: [[Float]], ranks: Int) throws -> [[Float]] {
    let own = leaves.count / ranks
    return try LoopbackGroup(size: ranks).run { communicator in
        let tree = SummationTree(count: leaves[0].count)
        for leaf in leaves[communicator.rank * own..<(communicator.rank + 1) * own] { tree.add(leaf) }
        let total = tree.total()
        try communicator.sumAlongTree(total)
        return Array(total)
    }
}

@Suite struct SummationTreeTests {
    /// Short vectors are swapped whole, long ones halved in segments; odd lengths split unevenly.
    @Test(arguments: [1, 7, 2048, 2049, 5003, 300_001])
    func sameBitsHoweverLeavesAreShared(count: Int) throws {
        let leaves = leaves(8, count: count)
        let expected = bits(treeSum(leaves[...]))
        for ranks in [1, 2, 4, 8] {
            for (rank, result) in try sum(leaves, ranks: ranks).enumerated() {
                #expect(bits(result) == expected, "rank \(rank) of \(ranks), \(count) elements")
            }
        }
    }

    /// Guards the property test itself: a sum from left to right must give other bits.
    @Test func orderMatters() {
        let leaves = leaves(8, count: 1000)
        let inOrder = leaves.dropFirst().reduce(leaves[0]) { zip($0, $1).map { $0 + $1 } }
        #expect(bits(inOrder) != bits(treeSum(leaves[...])))
    }

    @Test(arguments: [3, 5, 6, 7])
    func otherNumbersOfRanksAgreeToRounding(ranks: Int) throws {
        let leaves = leaves(ranks * 2, count: 5003)
        let expected = treeSum(leaves[...])
        let results = try sum(leaves, ranks: ranks)
        for result in results {
            #expect(bits(result) == bits(results[0]))
            let error = zip(result, expected).map { abs($0 - $1) }.max() ?? 0
            #expect(error < 0.05)
        }
    }

    @Test func otherNumbersOfLeavesAreJoinedFromTheRight() {
        let leaves = leaves(7, count: 100)
        let tree = SummationTree(count: 100)
        leaves.forEach { tree.add($0) }
        let right = zip(treeSum(leaves[4..<6]), leaves[6]).map { $0 + $1 }
        let expected = zip(treeSum(leaves[..<4]), right).map { $0 + $1 }
        #expect(bits(tree.total()) == bits(expected))
        #expect(tree.leaves == 7)
    }

    @Test(arguments: [1, 2, 3, 4, 7, 8])
    func lastLeafInRangesGivesTheSameBits(number: Int) {
        let leaves = leaves(number, count: 1000)
        let whole = SummationTree(count: 1000)
        leaves.forEach { whole.add($0) }
        let expected = bits(whole.total())

        let tree = SummationTree(count: 1000)
        for _ in 0..<2 {
            leaves.dropLast().forEach { tree.add($0) }
            _ = tree.nextLeaf().update(fromContentsOf: leaves[number - 1])
            for range in [600..<1000, 0..<100, 100..<600] {
                #expect(bits(tree.commitLastLeaf(range)) == Array(expected[range]))
            }
            #expect(bits(tree.total()) == expected)
            #expect(tree.leaves == number)
            tree.reset()
        }
    }

    /// log2(leaves) + 1 buffers, used again in the next step.
    @Test func memoryIsBoundedAndKept() {
        let tree = SummationTree(count: 10)
        for _ in 0..<3 {
            leaves(16, count: 10).forEach { tree.add($0) }
            _ = tree.total()
            #expect(tree.buffers == 5)
            tree.reset()
            #expect(tree.buffers == 5)
            #expect(tree.leaves == 0)
        }
    }

    @Test func aLeafMayBeWrittenInPlace() {
        let tree = SummationTree(count: 2)
        let leaf = tree.nextLeaf()
        leaf[0] = 1
        #expect(tree.nextLeaf().baseAddress == leaf.baseAddress)
        leaf[1] = 2
        tree.commitLeaf()
        #expect(Array(tree.total()) == [1, 2])
    }
}
