import CKernels

/// Operations on operands of equal rank in which a size of 1 stands for every index (broadcasting).
public enum Broadcast {
    public enum Operation: Sendable { case add, subtract, multiply }

    /// out = a ∘ b; each operand's sizes are the output's or 1.
    public static func binary(
        _ operation: Operation, _ a: BufferView, _ aShape: [Int], _ b: BufferView, _ bShape: [Int],
        into out: BufferView, shape: [Int]
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .binary(operation, a, aShape, b, bShape, shape)) }
        guard out.count > 0 else { return }
        let loop = LoopNest(shape: shape, operands: [aShape, bShape], minimumRank: 3)
        let code =
            switch operation {
            case .add: Int32(bitPattern: CK_ADD.rawValue)
            case .subtract: Int32(bitPattern: CK_SUBTRACT.rawValue)
            case .multiply: Int32(bitPattern: CK_MULTIPLY.rawValue)
            }
        let sizes = loop.sizes
        let last = sizes.count - 1
        let (n, rows) = (sizes[last], sizes[last - 1])
        let (sa, sb) = (loop.strides[0], loop.strides[1])
        let (ap, bp, op) = (a.pointer, b.pointer, out.pointer)
        // Rows of the innermost matrix are dealt in blocks; the outer loops are flattened.
        let rowGrain = max(1, Elementwise.grain / n)
        let rowBlocks = (rows + rowGrain - 1) / rowGrain
        let outer = sizes[..<(last - 1)].reduce(1, *)
        // Small blocks are gathered, so that a fork is never paid for a few hundred elements.
        let gather = max(1, Elementwise.grain / (min(rowGrain, rows) * n))
        Workers.forEachRange(outer * rowBlocks, grain: gather) { range in
            for item in range {
                var (index, firstRow) = (item / rowBlocks, item % rowBlocks * rowGrain)
                let count = min(rowGrain, rows - firstRow)
                let outIndex = index * rows + firstRow
                var (ao, bo) = (firstRow * sa[last - 1], firstRow * sb[last - 1])
                var d = last - 2
                while d >= 0 {
                    let i = index % sizes[d]
                    index /= sizes[d]
                    ao += i * sa[d]
                    bo += i * sb[d]
                    d -= 1
                }
                firstRow = 0
                ck_binary(
                    code, ap + ao, bp + bo, op + outIndex * n, Int64(count), Int64(n), Int64(sa[last - 1]),
                    Int64(sb[last - 1]), Int64(n), Int32(sa[last]), Int32(sb[last]))
            }
        }
    }

    /// out = Σ x·y over every axis in which `outShape` is 1; sizes of x and y are the common ones or 1.
    ///
    /// With `y` nil the sum of x alone. Sums are taken in an order that depends on the shapes only.
    public static func contract(
        _ x: BufferView, _ xShape: [Int], _ y: BufferView?, _ yShape: [Int]?, into out: BufferView, _ outShape: [Int]
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .contraction(x, xShape, y, yShape, out, outShape)) }
        var shape = outShape
        for axis in shape.indices {
            let sizes = [shape[axis], xShape[axis], yShape?[axis] ?? 1]
            shape[axis] = sizes.contains(0) ? 0 : sizes.reduce(1, max)
        }
        Elementwise.fill(out, with: 0)
        guard !shape.contains(0) else { return }
        let loop = LoopNest(shape: shape, operands: [xShape, yShape ?? xShape, outShape], minimumRank: 3)
        let operands = Operands(x: x.pointer, y: y?.pointer, loop: loop)
        let first = loop.sizes[0]
        let inner = loop.sizes[1...].reduce(1, *)
        if loop.strides[2][0] != 0 {
            // The first axis is kept: its indices are independent.
            let pointer = out.pointer
            Workers.forEachRange(first, grain: max(1, Elementwise.grain / inner)) { operands.sum($0, into: pointer) }
            return
        }
        // The first axis is summed: a fixed number of parts, each summed on its own, then added in order.
        let grain = max(1, Elementwise.grain / inner)
        let parts = (first + grain - 1) / grain
        if parts == 1 {
            operands.sum(0..<first, into: out.pointer)
            return
        }
        let partial = BufferView(count: parts * out.count)
        Elementwise.fill(partial, with: 0)
        let count = out.count
        let pointer = partial.pointer
        Workers.forEach(parts) { part in
            operands.sum(part * grain..<min(first, (part + 1) * grain), into: pointer + part * count)
        }
        for part in 0..<parts { ck_accumulate(out.pointer, pointer + part * count, count) }
    }

    private struct Operands {
        let x: UnsafeMutablePointer<Float>
        let y: UnsafeMutablePointer<Float>?
        let loop: LoopNest

        /// Adds the products of `range` along the first axis into `out`.
        func sum(_ range: Range<Int>, into out: UnsafeMutablePointer<Float>) {
            let sizes = loop.sizes
            let (sx, sy, so) = (loop.strides[0], loop.strides[1], loop.strides[2])
            let last = sizes.count - 1
            let middle = sizes[1..<(last - 1)].reduce(1, *)
            for first in range {
                for item in 0..<middle {
                    var index = item
                    var (xo, yo, oo) = (first * sx[0], first * sy[0], first * so[0])
                    var d = last - 2
                    while d >= 1 {
                        let i = index % sizes[d]
                        index /= sizes[d]
                        xo += i * sx[d]
                        yo += i * sy[d]
                        oo += i * so[d]
                        d -= 1
                    }
                    ck_contract(
                        x + xo, y.map { UnsafePointer($0 + yo) }, out + oo, Int64(sizes[last - 1]),
                        Int64(sizes[last]), Int64(sx[last - 1]), Int64(sy[last - 1]), Int64(so[last - 1]),
                        Int32(sx[last]), Int32(sy[last]), Int32(so[last]))
                }
            }
        }
    }
}

/// The sizes of a nest of loops and each operand's strides in it (0 where it is broadcast), with neighbouring axes
/// merged wherever every operand allows it.
struct LoopNest {
    private(set) var sizes: [Int] = []
    private(set) var strides: [[Int]]

    init(shape: [Int], operands: [[Int]], minimumRank: Int) {
        strides = operands.map { _ in [] }
        let own = operands.map { operand in
            precondition(operand.count == shape.count, "broadcast: \(operand) and \(shape) differ in rank")
            var stride = 1
            var result = [Int](repeating: 0, count: shape.count)
            for axis in shape.indices.reversed() {
                precondition(
                    operand[axis] == shape[axis] || operand[axis] == 1,
                    "broadcast: \(operand) does not fit \(shape)")
                result[axis] = operand[axis] == 1 ? 0 : stride
                stride *= operand[axis]
            }
            return result
        }
        for axis in shape.indices where shape[axis] != 1 {
            let mergeable =
                !sizes.isEmpty
                && own.indices.allSatisfy { k in
                    strides[k][sizes.count - 1] == own[k][axis] * shape[axis]
                }
            if mergeable {
                sizes[sizes.count - 1] *= shape[axis]
                for k in own.indices { strides[k][sizes.count - 1] = own[k][axis] }
            } else {
                sizes.append(shape[axis])
                for k in own.indices { strides[k].append(own[k][axis]) }
            }
        }
        if sizes.isEmpty {
            sizes = [1]
            for k in own.indices { strides[k] = [0] }
        }
        while sizes.count < minimumRank {
            sizes.insert(1, at: 0)
            for k in own.indices { strides[k].insert(0, at: 0) }
        }
    }
}
