import CKernels

extension FourTapWinograd {
    /// Groups of channels of an item: its sums lie in the second-level cache.
    private static let chunk = (inputs: 2, outputs: 4)

    func weightGradient(_ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>) {
        // A rule of the shape alone, so that sums have one order.
        let parts = min(tiles.count / 64, 8)
        if input.groups * output.groups <= 16, parts > 1 { return byParts(parts, x, g, into: dw) }
        let groups = transform.parities * input.groups + output.groups
        // Transforms of so many lie in the third-level cache. Every block ends with sums' way back to the weights.
        let block = min(tiles.count, max(128, (1 << 22) / (transform.frequencies * groups * 16) / 64 * 64))
        let (vs, ps) = (largeStrides(rows: block), ck_strides(rows: block, groups: output.groups))
        let (v, p) = (Buffer(count: floats(vs)), Buffer(count: floats(ps)))
        let inputParts = (input.groups + Self.chunk.inputs - 1) / Self.chunk.inputs
        let outputParts = (output.groups + Self.chunk.outputs - 1) / Self.chunk.outputs
        for start in stride(from: 0, to: tiles.count, by: block) {
            let count = min(block, tiles.count - start)
            Workers.forEachRange(count, grain: 4) { range in
                for row in range {
                    transformLarge(x, start + row, into: v.pointer, row: row, vs)
                    transformSmall(g, start + row, into: p.pointer, row: row, ps)
                }
            }
            Workers.forEach(inputParts * outputParts) { item in
                let (k, c) = item.quotientAndRemainder(dividingBy: inputParts)
                let first = c * Self.chunk.inputs
                let inputs = first..<min(input.groups, first + Self.chunk.inputs)
                let column = k * Self.chunk.outputs
                let outputs = column..<min(output.groups, column + Self.chunk.outputs)
                let us = ck_strides(rows: transform.parities * inputs.count * 16, groups: outputs.count)
                let u = Workers.scratch(floats(us))
                sum(v.pointer, vs, inputs, p.pointer, ps, outputs, rows: count, into: u, us, accumulates: false)
                finish(u, us, inputs, outputs, into: dw, accumulates: start > 0)
            }
        }
    }

    /// Few channels: a part of the tiles has sums of its own, so that what a thread transforms the same thread multiplies,
    /// from its own cache.
    private func byParts(
        _ parts: Int, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>
    ) {
        let block = 48
        let (inputs, outputs) = (0..<input.groups, 0..<output.groups)
        let (vs, ps) = (largeStrides(rows: block), ck_strides(rows: block, groups: output.groups))
        let us = ck_strides(rows: transform.parities * input.groups * 16, groups: output.groups)
        let weights = 16 * input.channels * output.channels
        // Of all parts but the first.
        let gradients = Buffer(count: (parts - 1) * weights)
        Workers.forEach(parts) { part in
            let v = Workers.scratch(floats(vs) + floats(ps) + floats(us))
            let p = v + floats(vs)
            let u = p + floats(ps)
            let (first, end) = (part * tiles.count / parts, (part + 1) * tiles.count / parts)
            for start in stride(from: first, to: end, by: block) {
                let count = min(block, end - start)
                for row in 0..<count {
                    transformLarge(x, start + row, into: v, row: row, vs)
                    transformSmall(g, start + row, into: p, row: row, ps)
                }
                sum(v, vs, inputs, p, ps, outputs, rows: count, into: u, us, accumulates: start > first)
            }
            finish(
                u, us, inputs, outputs, into: part == 0 ? dw : gradients.pointer + (part - 1) * weights,
                accumulates: false)
        }
        PartialSums.add(gradients.pointer, parts: parts, to: dw, count: weights)
    }

    /// The products for the weights between some groups.
    private func sum(
        _ v: UnsafePointer<Float>, _ vs: ck_strides, _ inputs: Range<Int>, _ p: UnsafePointer<Float>,
        _ ps: ck_strides, _ outputs: Range<Int>, rows: Int, into u: UnsafeMutablePointer<Float>, _ us: ck_strides,
        accumulates: Bool
    ) {
        for f in 0..<transform.frequencies {
            for q in 0..<transform.parities {
                let group = q * input.groups + inputs.lowerBound
                // Operands of 256 rows lie in the first-level cache.
                for row in stride(from: 0, to: rows, by: 256) {
                    ck_winograd_gradient_product(
                        v + f * vs.frequency + group * vs.group + row * 16, vs.group, Int32(inputs.count),
                        p + f * ps.frequency + outputs.lowerBound * ps.group + row * 16, ps.group,
                        u + f * us.frequency + q * inputs.count * 256, us.group, Int32(min(256, rows - row)),
                        Int32(outputs.count), row == 0 && !accumulates ? 1 : 0)
                }
            }
        }
    }

    /// Their way to the weights.
    private func finish(
        _ u: UnsafePointer<Float>, _ us: ck_strides, _ inputs: Range<Int>, _ outputs: Range<Int>,
        into dw: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        let (channels, kernels) = (input.channels, output.channels)
        for (column, output) in outputs.enumerated() {
            for (row, input) in inputs.enumerated() {
                let (c, k) = (input * 16, output * 16)
                transform.weightGradient(
                    u + column * us.group + row * 256, frequency: us.frequency, parity: inputs.count * 256,
                    into: dw + c * kernels + k, plane: channels * kernels, line: kernels, rows: min(16, channels - c),
                    columns: min(16, kernels - k), accumulates: accumulates)
            }
        }
    }
}
