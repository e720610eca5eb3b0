import Kernels

/// What sums over many positions, with channels that fill vectors and that do not.
var normalizations: [Kernel] { [3, 20, 48, 64].flatMap(batchNorm(of:)) + attentions + [spectralNorm] }

private func batchNorm(of channels: Int) -> [Kernel] {
    let (samples, positions) = (2, 35)
    let count = samples * positions * channels
    let (x, g) = (numbers(count, 60), numbers(count, 61))
    let mean = numbers(channels, 62)
    let terms = BatchNorm.Terms(
        mean: mean, scale: positives(samples * channels, 63), bias: numbers(samples * channels, 64),
        activation: Activation(clamp: 2))
    return [
        Kernel("batch norm \(channels)") {
            let (moments, y) = (BufferView(count: 2 * channels), BufferView(count: count))
            BatchNorm.moments(x, around: mean, into: moments)
            BatchNorm.forward(x, terms, samples: samples, into: y)
            return moments.array + y.array
        },
        Kernel("batch norm gradient \(channels)") {
            let (sums, gx) = (BufferView(count: samples * 2 * channels), BufferView(count: count))
            BatchNorm.gradientSums(g, x, terms, samples: samples, into: sums)
            BatchNorm.gradient(
                g, x, terms, slope: numbers(channels, 65), offset: numbers(channels, 66), samples: samples, into: gx)
            return sums.array + gx.array
        },
    ]
}

private var attentions: [Kernel] {
    [
        AttentionShape(samples: 2, queries: 7, keys: 5, depth: 3, values: 4),
        AttentionShape(samples: 1, queries: 600, keys: 70, depth: 16, values: 20),
    ].flatMap { shape in
        let (q, k) = (numbers(shape.queryCount, 70), numbers(shape.keyCount, 71))
        let (v, g) = (numbers(shape.valueCount, 72), numbers(shape.outputCount, 73))
        let size = "\(shape.queries)x\(shape.keys)"
        return [
            Kernel("attention \(size)") {
                let o = BufferView(count: shape.outputCount)
                Attention.forward(queries: q, keys: k, values: v, into: o, shape: shape)
                return o.array
            },
            Kernel("attention gradient \(size)") {
                let gradients = [q, k, v].map { BufferView(count: $0.count) }
                Attention.gradient(
                    g, queries: q, keys: k, values: v, queryGradient: gradients[0], keyGradient: gradients[1],
                    valueGradient: gradients[2], shape: shape)
                return gradients.flatMap(\.array)
            },
            Kernel("attention second gradient \(size)") {
                let result = Attention.SecondGradients(
                    queries: BufferView(count: q.count), keys: BufferView(count: k.count),
                    values: BufferView(count: v.count), gradient: BufferView(count: g.count))
                Attention.secondGradient(
                    g, queries: q, keys: k, values: v, ofQueries: numbers(q.count, 74), ofKeys: numbers(k.count, 75),
                    ofValues: numbers(v.count, 76), into: result, shape: shape)
                return result.queries.array + result.keys.array + result.values.array + result.gradient.array
            },
        ]
    }
}

private var spectralNorm: Kernel {
    Kernel("spectral norm") {
        let (rows, columns) = (70, 300)
        let (w, u, v) = (numbers(rows * columns, 80), numbers(rows, 81), numbers(columns, 82))
        let (gradient, y, x) = (
            BufferView(numbers(rows * columns, 83).array), BufferView(count: rows), BufferView(count: columns)
        )
        SpectralNorm.adjoint(gradient, used: w, u, v, sigma: 1.5)
        SpectralNorm.product(w, v, into: y)
        SpectralNorm.transposedProduct(w, u, into: x)
        return gradient.array + y.array + x.array
    }
}
