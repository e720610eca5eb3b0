import Kernels

private let count = 5003

/// A pass over fixed numbers.
private func pass(_ name: String, _ x: BufferView, _ body: @escaping (BufferView, BufferView) -> Void) -> Kernel {
    Kernel(name) {
        let y = BufferView(count: x.count)
        body(x, y)
        return y.array
    }
}

/// Passes that keep every element to itself.
var elements: [Kernel] {
    let (x, wide, above) = (
        numbers(count, 20), BufferView(numbers(count, 21).array.map { 20 * $0 }), positives(count, 22)
    )
    let exponents: [Float] = [-2.5, -2, -1.5, -1, -0.5, 0.5, 2, 0.3]
    let passes = [
        pass("affine", x) { Elementwise.affine($0, scale: 1.7, offset: 0.3, into: $1) },
        pass("softplus", wide) { Elementwise.softplus($0, into: $1) },
        pass("sigmoid", wide) { Elementwise.sigmoid($0, into: $1) },
        pass("exponential", wide) { Elementwise.exponential($0, into: $1) },
        pass("logarithm", above) { Elementwise.logarithm($0, into: $1) },
        pass("at least", x) { Elementwise.atLeast($0, 0.1, into: $1) },
        pass("mask", x) { Elementwise.mask(above, whereAbove: 0.1, $0, into: $1) },
    ]
    let powers = exponents.map { exponent in
        pass("power \(exponent)", above) { Elementwise.power($0, exponent, into: $1) }
    }
    let operations: [(String, Broadcast.Operation)] = [
        ("add", .add), ("subtract", .subtract), ("multiply", .multiply),
    ]
    let broadcasts = operations.map { name, operation in
        Kernel("broadcast " + name) {
            let (full, row, column) = ([7, 11, 13], [7, 1, 13], [7, 11, 1])
            let (first, second) = (BufferView(count: 1001), BufferView(count: 1001))
            Broadcast.binary(operation, numbers(1001, 23), full, numbers(91, 24), row, into: first, shape: full)
            Broadcast.binary(operation, numbers(1001, 23), full, numbers(77, 25), column, into: second, shape: full)
            return first.array + second.array
        }
    }
    return passes + powers + broadcasts
}

/// Sums along each axis, with operands of each kind.
var reductions: [Kernel] {
    let full = [6, 50, 37]
    let sizes = [[6, 50, 37], [6, 50, 1], [6, 1, 37], [1, 50, 37], [6, 1, 1], [1, 1, 37], [1, 1, 1]]
    let contractions = sizes.dropFirst().map { out in
        Kernel("contract to \(out)") {
            var result: [Float] = []
            let x = numbers(full.reduce(1, *), 30)
            let target = BufferView(count: out.reduce(1, *))
            for size in sizes {
                Broadcast.contract(x, full, numbers(size.reduce(1, *), 31), size, into: target, out)
                result += target.array
            }
            Broadcast.contract(x, full, nil, nil, into: target, out)
            return result + target.array
        }
    }
    return contractions + [
        Kernel("norm") { [1, 7, 40, 100_003].flatMap { halves(OptimizerKernels.norm(numbers($0, 32))) } },
        Kernel("distance of samples") {
            let (a, b) = (numbers(3 * 1001, 33), numbers(3 * 1001, 34))
            return SampleDistance.wasserstein(a, b, rowCount: 1001).flatMap(halves) + a.array
        },
    ]
}

var resamplings: [Kernel] { [3, 20, 48].flatMap(resamplings(of:)) }

private func resamplings(of channels: Int) -> [Kernel] {
    let (low, high) = (2 * 6 * 5 * channels, 2 * 12 * 10 * channels)
    func up(_ name: String, _ body: @escaping (BufferView, BufferView) -> Void) -> Kernel {
        Kernel("\(name) \(channels)") {
            let y = BufferView(count: high)
            body(numbers(low, 40), y)
            return y.array
        }
    }
    func down(_ name: String, _ body: @escaping (BufferView, BufferView) -> Void) -> Kernel {
        Kernel("\(name) \(channels)") {
            let y = BufferView(count: low)
            body(numbers(high, 41), y)
            return y.array
        }
    }
    return [
        up("upsample") {
            ResamplingKernels.up($0, into: $1, batch: 2, height: 6, width: 5, channels: channels, gain: 1.3)
        },
        down("downsample") {
            ResamplingKernels.down($0, into: $1, batch: 2, height: 12, width: 10, channels: channels, gain: 1.3)
        },
        up("nearest upsample") {
            BoxResampling.up($0, into: $1, batch: 2, height: 6, width: 5, channels: channels, gain: 1.3)
        },
        up("nearest upsample add") { x, y in
            let sum = BufferView(count: y.count)
            Elementwise.fill(y, with: 0.7)
            BoxResampling.upAdded(x, to: y, into: sum, batch: 2, height: 6, width: 5, channels: channels)
            Elementwise.copy(sum, into: y)
        },
        down("box downsample") {
            BoxResampling.down($0, into: $1, batch: 2, height: 12, width: 10, channels: channels, gain: 1.3)
        },
        down("max pooling") { x, y in
            let choice = BufferView(count: y.count)
            MaxPooling.forward(x, into: y, choice: choice, batch: 2, height: 12, width: 10, channels: channels)
            let scattered = BufferView(count: x.count)
            MaxPooling.scatter(
                choice, choice: choice, into: scattered, batch: 2, height: 12, width: 10, channels: channels)
            let gathered = BufferView(count: y.count)
            MaxPooling.gather(
                scattered, choice: choice, into: gathered, batch: 2, height: 12, width: 10, channels: channels)
            Elementwise.accumulate(gathered, into: y)
        },
    ]
}

/// Random numbers, and what changes parameters.
var state: [Kernel] {
    [
        Kernel("uniforms") { numbers(count, 50).array },
        Kernel("normals") {
            let view = BufferView(count: 7 * 1001)
            Draws.normals(key: 5, firstRow: 3, c2: 1, c3: 2, into: view, rowCount: 1001)
            return view.array
        },
        Kernel("powers") {
            [(0.5, 0.37), (0.99, 16.0 / 17), (0.999, 123_456), (0.9, 3), (0, 7), (1e-8, 0.3), (2, -1.5)].flatMap {
                halves(Powers.of($0.0, $0.1))
            }
        },
        Kernel("adam") {
            let (p, m, v) = (numbers(count, 51), numbers(count, 52), positives(count, 53))
            let step = OptimizerKernels.AdamStep(
                gradientScale: 0.5, stepSize: 0.001, beta1: 0.1, beta2: 0.99, correction: 1.01, epsilon: 1e-8)
            OptimizerKernels.adam(parameters: p, gradients: numbers(count, 54), firstMoments: m, secondMoments: v, step)
            return p.array + m.array + v.array
        },
        Kernel("moving average") {
            let average = numbers(count, 55)
            OptimizerKernels.movingAverage(average, of: numbers(count, 56), decay: 0.999)
            return average.array
        },
    ]
}
