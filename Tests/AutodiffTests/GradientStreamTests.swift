import Autodiff
import NumericalTesting
import Testing

/// Gradients handed over one by one against all together, bit for bit.
@Suite struct GradientStreamTests {
    typealias Network = RecomputationTests.Network

    private func streamed(_ f: Tensor, _ variables: [Tensor]) -> (bits: [[UInt32]?], order: [Int]) {
        var bits = [[UInt32]?](repeating: nil, count: variables.count)
        var order: [Int] = []
        gradients(of: f, with: variables) { place, gradient in
            bits[place] = gradient?.array.map(\.bitPattern)
            order.append(place)
        }
        return (bits, order)
    }

    @Test("First order, and second through a recorded pass", arguments: RecomputationTests.networks, [false, true])
    func bits(_ network: Network, _ isRecomputed: Bool) {
        let blocks = isRecomputed ? RecomputationTests.recomputed : RecomputationTests.plain
        for order in 1...2 {
            func loss() -> (Tensor, [Tensor]) {
                let variables = RecomputationTests.variables()
                var f = network(variables, outer: blocks, inner: RecomputationTests.plain)
                if order == 2 {
                    for case let slope? in gradients(of: f, with: variables, recording: true) {
                        f = f + slope.squared().sum() * 0.125
                    }
                }
                return (f, variables)
            }
            let (f, variables) = loss()
            let expected = gradients(of: f, with: variables).map { $0?.array.map(\.bitPattern) }
            let (g, others) = loss()
            let found = streamed(g, others)
            #expect(found.bits == expected, "order \(order)")
            #expect(found.order.sorted() == Array(variables.indices), "each once")
        }
    }

    @Test("What is read last is final first, and what nothing reads has no gradient")
    func order() {
        let weights = (1...4).map { Tensor([Float($0), 1], shape: [2]).variable() }
        let unused = Tensor([1, 1], shape: [2]).variable()
        let constant = Tensor([1, 1], shape: [2])
        var x = Tensor([0.5, -0.25], shape: [2])
        for w in weights { x = (x * w).sigmoid() }
        let found = streamed(x.sum(), weights + [unused, constant])
        #expect(found.order.filter { $0 < 4 } == [3, 2, 1, 0])
        #expect(found.bits[4] == nil && found.bits[5] == nil && found.order.count == 6)
    }

    @Test("A variable that is read early and late is final only at the end")
    func sharedVariable() throws {
        let (shared, other) = (Tensor([2, 3], shape: [2]).variable(), Tensor([5, 7], shape: [2]).variable())
        let found = streamed(((shared * other).sigmoid() * shared).sum(), [shared, other])
        #expect(found.order.count == 2)
        let all = gradients(of: ((shared * other).sigmoid() * shared).sum(), with: [shared, other])
        #expect(found.bits == all.map { $0?.array.map(\.bitPattern) })
    }

    @Test("A loss that is a variable, or hangs on none")
    func degenerate() {
        let x = Tensor([2], shape: [1]).variable()
        #expect(streamed(x, [x]).bits == [[Float(1).bitPattern]])
        #expect(streamed(Tensor([2], shape: [1]), [x]).bits == [nil])
    }
}
