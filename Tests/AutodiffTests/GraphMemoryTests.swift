import Autodiff
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
}
