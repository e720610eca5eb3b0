import Autodiff
import Glibc
import Kernels
import NumericalTesting
import TestSupport
import Testing

@Suite struct GlobalSumTests {
    /// One rank with all microbatches: sums from the left, and counts them.
    private final class Whole: GlobalSummation {
        let microbatches: Int
        private(set) var sums = 0

        init(_ microbatches: Int) { self.microbatches = microbatches }

        func sum(_ leaves: [BufferView], into total: BufferView) {
            sums += 1
            Elementwise.fill(total, with: 0)
            for leaf in leaves { Elementwise.accumulate(leaf, into: total) }
        }
    }

    @Test("Each microbatch gets the sum of all")
    func copies() {
        let parts = (0..<3).map { Tensor([Float($0), 2, Float(-$0)], shape: [1, 3]) }
        let sums = Tensor.globalSums(parts, over: Whole(3))
        #expect(sums.count == 3 && sums.allSatisfy { $0.shape == [1, 3] && $0.array == [3, 6, -3] })
        #expect(sums.allSatisfy { !$0.isDifferentiable })
    }

    /// Each microbatch is divided by the root of what all of them together are: nothing in it is its own affair.
    private static func normalized(_ parts: [Tensor], _ whole: Whole) -> [Tensor] {
        let squares = parts.map { $0.squared().sum(to: [1, 3]) }
        return zip(parts, Tensor.globalSums(squares, over: whole)).map { $0 * ($1 + 0.5).power(-0.5) }
    }

    @Test("Gradients of what hangs on two sums against differences")
    func gradientsAreThoseOfTheSum() {
        var samples = Samples(seed: 1)
        let inputs = (0..<3).map { _ in (samples.signed(2 * 3, 0.5...1), [2, 3]) }
        let check = GradientCheck(inputs) { parts in
            let whole = Whole(3)
            return .concatenated(Self.normalized(Self.normalized(parts, whole).map { $0.squared() }, whole), axis: 0)
        }
        #expect(check.firstOrder() < 1e-4)
    }

    @Test("One pass over all microbatches hands over what one root's pass gives, each once")
    func together() throws {
        var samples = Samples(seed: 2)
        let values = (0..<3).map { _ in samples.signed(6, 0.5...1) }
        // The second microbatch has a variable that nothing reads.
        func microbatches() -> (variables: [[Tensor]], losses: [Tensor], whole: Whole) {
            let whole = Whole(3)
            let variables = values.enumerated().map { k, values in
                [Tensor(values, shape: [2, 3]).variable(), Tensor(Float(k + 1)).variable()]
            }
            let y = Self.normalized(variables.map { $0[0] * $0[0] }, whole)
            let losses = y.enumerated().map { k, y in
                k == 1 ? y.squared().sum() : (y * variables[k][1].reshaped([1, 1])).sum()
            }
            return (variables, losses, whole)
        }
        let one = microbatches()
        let expected = gradients(
            of: one.losses[0] + one.losses[1] + one.losses[2], with: one.variables.flatMap { $0 })
        let several = microbatches()
        var found = [[Tensor?]](repeating: [nil, nil], count: 3)
        var taken: [[Int]] = [[0, 0], [0, 0], [0, 0]]
        gradients(of: several.losses, with: several.variables) { microbatch, place, gradient in
            found[microbatch][place] = gradient
            taken[microbatch][place] += 1
        }
        #expect(taken == [[1, 1], [1, 1], [1, 1]])
        // Once on the way there, and once back, for all microbatches together.
        #expect(several.whole.sums == 2)
        for (place, gradient) in found.flatMap({ $0 }).enumerated() {
            #expect(gradient?.array == expected[place]?.array, "\(place)")
            #expect((gradient == nil) == (place == 3))
        }
    }

    @Test("What depends on the copy of one microbatch reaches the others, and copies that nothing reads add nothing")
    func oneCopy() throws {
        let parts = [Tensor([1, 2], shape: [2]).variable(), Tensor([3, 4], shape: [2]).variable()]
        let sums = Tensor.globalSums(parts, over: Whole(2))
        let found = gradients(of: (sums[1] * Tensor([10, 100], shape: [2])).sum(), with: parts)
        for gradient in found { #expect(try #require(gradient).array == [10, 100]) }
    }

    @Test("Without recording there is the sum, and no graph")
    func paused() {
        let whole = Whole(1)
        let x = Tensor([1, 2], shape: [2]).variable()
        let sum = Tape.paused { Tensor.globalSums([x], over: whole)[0] }
        #expect(sum.array == [1, 2] && !sum.isDifferentiable && whole.sums == 1)
    }

    @Test("Gradients of gradients are refused")
    func secondOrder() throws {
        let probe = try ChildProcess.product("ExitProbe")
        #expect(try ChildProcess.run([probe, "sum", "0"]).status == 0)
        #expect(try [SIGILL, SIGTRAP].contains(ChildProcess.run([probe, "sum", "1"]).status - 128))
    }
}
