import Cluster
import Kernels

/// Numbers of samples, joined along one binary tree over the samples' numbers: the same bits however samples are dealt to
/// ranks, as long as each has a run of them.
struct SampleTree {
    /// Joins what was found of some samples with what was found of those that follow.
    typealias Join = (inout [Double], [Double]) -> Void

    /// A complete subtree: the samples from `index << level` on, `1 << level` of them.
    private struct Node {
        var level: Int
        var index: Int
        var values: [Double]
    }

    /// In order; those that could be joined are: a logarithm of the samples' number.
    private var nodes: [Node] = []
    private let join: Join

    init(join: @escaping Join = { SampleTree.add(&$0, $1) }) { self.join = join }

    static func add(_ sums: inout [Double], _ values: [Double]) {
        for index in sums.indices { sums[index] += values[index] }
    }

    /// - Parameter sample: the one after that before.
    mutating func append(_ values: [Double], sample: Int) { push(Node(level: 0, index: sample, values: values)) }

    private mutating func push(_ new: Node) {
        var node = new
        while let last = nodes.last, last.level == node.level, last.index & 1 == 0, last.index + 1 == node.index {
            var values = last.values
            join(&values, node.values)
            node = Node(level: node.level + 1, index: node.index >> 1, values: values)
            nodes.removeLast()
        }
        nodes.append(node)
    }

    /// Collective. What was found of all samples on all ranks; each rank's follow those of the rank before.
    ///
    /// - Parameter size: numbers of a sample.
    func total(size: Int, _ communicator: any Communicator) throws -> [Double]? {
        let own = nodes.flatMap { [Double($0.level), Double($0.index)] + $0.values }
        var whole = SampleTree(join: join)
        for part in try communicator.allGather(own) {
            for start in stride(from: 0, to: part.count, by: size + 2) {
                whole.push(
                    Node(
                        level: Int(part[start]), index: Int(part[start + 1]),
                        values: Array(part[start + 2..<start + 2 + size])))
            }
        }
        guard var sum = whole.nodes.first?.values else { return nil }
        for node in whole.nodes.dropFirst() { join(&sum, node.values) }
        return sum
    }
}

extension FieldSource {
    /// Collective. Numbers of each sample, joined in a fixed order; see ``SampleTree``. The ranks share the samples, a
    /// rank's threads its own.
    ///
    /// - Parameters:
    ///   - numbers: of a sample.
    ///   - find: those of a sample, [H, W, C], as many of each; called by any thread.
    /// - Throws: on all ranks what the set throws on one, see ``ImageDeal/forEachPart(of:_:_:)``.
    func joined(
        numbers: Int, _ communicator: any Communicator, join: @escaping SampleTree.Join = { SampleTree.add(&$0, $1) },
        _ find: (_ sample: UnsafeBufferPointer<Float>) -> [Double]
    ) throws -> [Double] {
        var tree = SampleTree(join: join)
        try forEachPart(communicator) { places, values in
            var found = [[Double]](repeating: [], count: places.count)
            values.withUnsafeBufferPointer { values in
                found.withUnsafeMutableBufferPointer { found in
                    let (found, size) = (found, size)
                    Workers.forEach(places.count) { place in
                        found[place] = find(UnsafeBufferPointer(rebasing: values[place * size..<(place + 1) * size]))
                    }
                }
            }
            for (place, numbers) in zip(places, found) { tree.append(numbers, sample: place) }
        }
        return try tree.total(size: numbers, communicator) ?? [Double](repeating: 0, count: numbers)
    }

    /// Collective. Calls `body` with this rank's share of the samples, some at a time, in order.
    func forEachPart(
        _ communicator: any Communicator, _ body: (_ places: Range<Int>, _ values: [Float]) throws -> Void
    ) throws {
        let together = ImageDeal.together(size: size)
        try ImageDeal(count: count, seed: 0).forEachPart(of: together, communicator) { places in
            try body(places, try fields(Array(places)))
        }
    }
}
