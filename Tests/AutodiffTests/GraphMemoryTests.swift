import Autodiff
import Kernels
import Testing

/// A graph lives as long as it can still be of use.
@Suite struct GraphMemoryTests {
    private final class Witness {
        weak var buffer: Buffer?
        init(_ tensor: Tensor) { buffer = tensor.view.buffer }
    }

    /// σ(x²)·x with a witness on the square, which only the graph keeps.
    private func build(_ x: Tensor) -> (output: Tensor, witness: Witness) {
        let square = x.squared()
        let witness = Witness(square)
        return ((square.softplus() * x).sigmoid().sum(), witness)
    }

    @Test("Released after gradients, though the output is still held")
    func afterGradients() throws {
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        let (output, witness) = build(x)
        #expect(witness.buffer != nil)
        #expect(gradients(of: output, with: [x])[0] != nil)
        #expect(witness.buffer == nil)
        withExtendedLifetime(output) {}
    }

    @Test("Kept by recorded gradients, released with the last of them")
    func afterRecordedGradients() throws {
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        var built: (output: Tensor, witness: Witness)? = build(x)
        let witness = try #require(built?.witness)
        var gradient = try gradients(of: #require(built?.output), with: [x], recording: true)[0]
        built = nil
        #expect(gradients(of: try #require(gradient), with: [x], recording: true)[0] != nil)
        #expect(witness.buffer != nil)
        gradient = nil
        #expect(witness.buffer == nil)
    }

    @Test("Released with the output when no gradient is ever asked for")
    func withoutGradients() {
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        let witness = build(x).witness
        #expect(witness.buffer == nil)
    }

    @Test("Two hundred second-order passes use the buffers of the first few")
    func noGrowth() throws {
        // A size class that no other test asks for: addresses of a leaking graph would all be new.
        let count = 77_777
        let x = Tensor(repeating: 0.5, shape: [count]).variable()
        var addresses: Set<UnsafeMutablePointer<Float>> = []
        for _ in 0..<200 {
            let square = x.squared()
            let y = (square.sigmoid().activated(Activation(), bias: nil) * x).sum()
            let first = try #require(gradients(of: y, with: [x], recording: true)[0])
            let second = try #require(gradients(of: first.squared().sum(), with: [x])[0])
            for tensor in [square, first, second] { addresses.insert(tensor.view.buffer.pointer) }
        }
        // One pass holds about twenty buffers at a time.
        #expect(addresses.count < 40)
    }

    @Test("A chain of ten thousand operations is released within the stack")
    func longChain() throws {
        let x = Tensor([1], shape: [1]).variable()
        func chain() -> Tensor {
            var y = x
            for _ in 0..<10_000 { y = y + 1e-6 }
            return y
        }
        // Once by gradients, once by going out of scope.
        #expect(try #require(gradients(of: chain(), with: [x])[0]).array == [1])
        _ = chain()
    }

    /// Sees every tensor that the insides of some calls compute, and how many of them exist at a time.
    private final class Watch {
        private var seen: [Witness] = []
        private(set) var most = 0
        var alive: Int { seen.count { $0.buffer != nil } }

        func callAsFunction(_ tensor: Tensor) -> Tensor {
            seen.append(Witness(tensor))
            most = max(most, alive)
            return tensor
        }
    }

    /// Six calls, each with two tensors inside that its gradient needs.
    private func calls(_ x: Tensor, _ watch: Watch, _ run: (@escaping () -> [Tensor]) -> [Tensor]) -> Tensor {
        var y = x
        for _ in 0..<6 {
            y = run { [y] in [watch((watch(y.squared()).softplus() * y).sigmoid()) * x] }[0]
        }
        return y.sum()
    }

    @Test("Of recomputed calls there is one at a time, at either order; of calls on the plain tape, all")
    func recomputedCalls() throws {
        func counts(_ run: (@escaping () -> [Tensor]) -> [Tensor], second: Bool) throws -> [Int] {
            let x = Tensor([1, 2, 3], shape: [3]).variable()
            let watch = Watch()
            let y = calls(x, watch, run)
            var counts = [watch.alive]
            if second {
                let slope = try #require(gradients(of: y, with: [x], recording: true)[0])
                counts.append(watch.alive)
                #expect(gradients(of: slope.squared().sum() + y, with: [x])[0] != nil)
            } else {
                #expect(gradients(of: y, with: [x])[0] != nil)
            }
            withExtendedLifetime(y) {}
            return counts + [watch.alive, watch.most]
        }
        #expect(try counts({ $0() }, second: false) == [12, 0, 12])
        #expect(try counts({ $0() }, second: true) == [12, 12, 0, 12])
        #expect(try counts({ Tape.recomputed($0) }, second: false) == [0, 0, 2])
        #expect(try counts({ Tape.recomputed($0) }, second: true) == [0, 0, 0, 2])
    }

    @Test("A recomputed call that no gradient is asked of is released with its result")
    func unusedCall() {
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        func witness() -> Witness {
            let input = x.squared()
            _ = Tape.recomputed { input.sigmoid() }
            return Witness(input)
        }
        #expect(witness().buffer == nil)
    }

    @Test("A used-up call holds nothing, though its result is still held")
    func usedUpCall() throws {
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        func build() -> (output: Tensor, witness: Witness) {
            let input = x.squared()
            return (Tape.recomputed { input.sigmoid() }, Witness(input))
        }
        let (output, witness) = build()
        #expect(witness.buffer != nil)
        #expect(gradients(of: output, with: [x])[0] != nil)
        #expect(witness.buffer == nil)
        withExtendedLifetime(output) {}
    }
}
