import Kernels

extension Tensor {
    /// The same elements in another shape.
    public func reshaped(_ shape: [Int]) -> Tensor {
        let own = self.shape
        if own == shape { return self }
        precondition(shape.reduce(1, *) == count, "reshape: \(own) does not become \(shape)")
        return Tape.record([self], shape: shape, view, as: .reshape) { g in [g.of.reshaped(own)] }
    }

    /// Indices `start ..< start + length` along `axis`.
    public func slice(axis: Int, start: Int, length: Int) -> Tensor {
        precondition(
            axis < rank && start >= 0 && start + length <= shape[axis],
            "slice: \(start) ..< \(start + length) of axis \(axis) of \(shape)")
        var target = shape
        target[axis] = length
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        let out: BufferView
        if outer == 1 {
            out = view.slice(start * inner, length * inner)
        } else {
            out = BufferView(count: target.reduce(1, *))
            let row = shape[axis] * inner
            Elementwise.copyRows(
                view.slice(start * inner, count - start * inner), rowStride: row, into: out,
                rowStride: length * inner, rows: outer, count: length * inner)
        }
        let size = shape[axis]
        return Tape.record([self], shape: target, out, as: .slice(axis: axis, start: start)) { g in
            [g.of.padded(axis: axis, before: start, after: size - start - length)]
        }
    }

    /// Zeros before and after along `axis`.
    public func padded(axis: Int, before: Int, after: Int) -> Tensor {
        var target = shape
        target[axis] += before + after
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        let out = BufferView(count: target.reduce(1, *))
        Elementwise.fill(out, with: 0)
        Elementwise.copyRows(
            view, rowStride: shape[axis] * inner, into: out.slice(before * inner, out.count - before * inner),
            rowStride: target[axis] * inner, rows: outer, count: shape[axis] * inner)
        let length = shape[axis]
        return Tape.record([self], shape: target, out) { g in
            [g.of.slice(axis: axis, start: before, length: length)]
        }
    }

    /// Parts side by side along `axis`; their other sizes agree.
    public static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
        var shape = parts[0].shape
        shape[axis] = parts.map { $0.shape[axis] }.reduce(0, +)
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        let out = BufferView(count: shape.reduce(1, *))
        var start = 0
        var starts: [Int] = []
        for part in parts {
            var expected = shape
            expected[axis] = part.shape[axis]
            precondition(part.shape == expected, "concatenate: \(part.shape) beside \(parts[0].shape) on axis \(axis)")
            let length = part.shape[axis] * inner
            Elementwise.copyRows(
                part.view, rowStride: length, into: out.slice(start * inner, out.count - start * inner),
                rowStride: shape[axis] * inner, rows: outer, count: length)
            starts.append(start)
            start += part.shape[axis]
        }
        let lengths = parts.map { $0.shape[axis] }
        return Tape.record(parts, shape: shape, out, as: .concatenate(axis: axis)) { g in
            parts.indices.map { i in
                g.wants[i] ? g.of.slice(axis: axis, start: starts[i], length: lengths[i]) : nil
            }
        }
    }
}
