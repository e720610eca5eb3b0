import Autodiff
import Kernels
import NumericalTesting
import TestSupport
import Testing

/// What a forward pass writes down of itself.
@Suite struct TraceTests {
    private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
        var samples = Samples(seed: seed)
        return Tensor(samples.floats(shape.reduce(1, *), -1...1), shape: shape)
    }

    @Test func operationsAndConstantsInTheirOrder() throws {
        let (x, w, bias) = (tensor([1, 3], seed: 1), tensor([3, 2], seed: 2), tensor([2], seed: 3))
        let trace = try Trace(of: [x]) {
            // Of weights alone: no operation.
            let scaled = w * 2 + 1
            let y = Tensor.product(x, scaled).activated(Activation(slope: 0.2, gain: 1), bias: bias)
            return (y + y).reshaped([1, 1, 2])
        }
        #expect(
            trace.operations.map(\.kind) == [
                .product(transposeA: false, transposeB: false), .activation(Activation(slope: 0.2, gain: 1)), .add,
                .reshape,
            ])
        #expect(trace.operations[2].operands == [trace.operations[1].result, trace.operations[1].result])
        #expect(trace.output == trace.operations[3].result && trace.shapes[trace.output] == [1, 1, 2])
        #expect(trace.constants.count == 2)
        let weights = try #require(trace.constants[trace.operations[0].operands[1]])
        #expect(weights.array == (w * 2 + 1).array)
        #expect(trace.operations[0].operands[0] == trace.inputs.first)
    }

    /// Values that are no more must not lend their memory to others while they are looked at.
    @Test func memoryIsNotUsedTwice() throws {
        let x = tensor([1, 64], seed: 4)
        let trace = try Trace(of: [x]) {
            var y = x * 2
            for _ in 0..<8 {
                var z = y * 3
                z += y
                y = z + 1
            }
            return y
        }
        #expect(trace.operations.count == 1 + 8 * 3 && trace.constants.isEmpty)
        // Each reads what it was given, and not what has come to its place since.
        var last = trace.operations[0].result
        #expect(trace.operations[0].operands == Array(trace.inputs))
        for round in 0..<8 {
            let three = Array(trace.operations[1 + 3 * round..<4 + 3 * round])
            #expect(three[0].operands == [last] && three[1].operands == [three[0].result, last])
            #expect(three[2].operands == [three[1].result])
            last = three[2].result
        }
        #expect(trace.output == last)
    }

    @Test func whatIsNotNotedIsTold() throws {
        let (x, w) = (tensor([1, 8, 8, 4], seed: 5), tensor([3, 3, 4, 4], seed: 6))
        func convolved(_ x: Tensor) -> Tensor { .convolution(x, w) }
        func place(_ body: () throws -> Trace) -> Int? {
            thrown(Trace.Unexplained.self) { _ = try body() }?.place
        }
        #expect(try Trace(of: [x]) { convolved(x) }.operations.count == 1)
        // Filters on the way down belong to discriminators.
        #expect(place { try Trace(of: [x]) { convolved(convolved(x).downsampled()) } } == 1)
        #expect(place { try Trace(of: [x]) { x.downsampled() } } == 0)
        // A result that the inputs do not reach.
        #expect(place { try Trace(of: [x]) { convolved(w.reshaped([1, 9, 4, 4])) } } == 0)
    }

    @Test func outsideNothingIsNoted() throws {
        let x = tensor([1, 3], seed: 7)
        let trace = try Trace(of: [x]) { x * 2 }
        let after = x * 3
        #expect(trace.operations.count == 1 && after.count == 3)
    }
}
