import Kernels

/// The shape that operands of equal rank broadcast to.
private func common(_ shapes: [[Int]], _ operation: String) -> [Int] {
    var result = shapes[0]
    for shape in shapes.dropFirst() {
        precondition(shape.count == result.count, "\(operation): shapes \(shapes) differ in rank")
        for axis in shape.indices {
            precondition(
                shape[axis] == result[axis] || shape[axis] == 1 || result[axis] == 1,
                "\(operation): shapes \(shapes) do not broadcast")
            result[axis] = shape[axis] == 1 ? result[axis] : shape[axis]
        }
    }
    return result
}

private func binary(_ operation: Broadcast.Operation, _ a: Tensor, _ b: Tensor, _ shape: [Int]) -> BufferView {
    let out = BufferView(count: shape.reduce(1, *))
    Broadcast.binary(operation, a.view, a.shape, b.view, b.shape, into: out, shape: shape)
    return out
}

extension Tensor {
    /// Sum with broadcasting of axes of size 1.
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        let shape = common([a.shape, b.shape], "+")
        let (sa, sb) = (a.shape, b.shape)
        return Tape.record([a, b], shape: shape, binary(.add, a, b, shape), as: .add) { g in
            [g.wants[0] ? g.of.sum(to: sa) : nil, g.wants[1] ? g.of.sum(to: sb) : nil]
        }
    }

    /// The same, in the memory of one of the two where nothing else has it: the bits are those of `a + b`.
    public static func += (a: inout Tensor, b: consuming Tensor) {
        let isConstant = !Tape.isRecording || a.node == nil && b.node == nil
        if isConstant && a.shape == b.shape && Trace.current == nil {
            if a.isUnshared() { return Elementwise.accumulate(b.view, into: a.view) }
            if b.isUnshared() {
                Elementwise.accumulate(a.view, into: b.view)
                a = b
                return
            }
        }
        a = a + b
    }

    /// Difference with broadcasting of axes of size 1.
    public static func - (a: Tensor, b: Tensor) -> Tensor {
        let shape = common([a.shape, b.shape], "-")
        let (sa, sb) = (a.shape, b.shape)
        return Tape.record([a, b], shape: shape, binary(.subtract, a, b, shape), as: .subtract) { g in
            [g.wants[0] ? g.of.sum(to: sa) : nil, g.wants[1] ? -g.of.sum(to: sb) : nil]
        }
    }

    /// Product with broadcasting of axes of size 1.
    public static func * (a: Tensor, b: Tensor) -> Tensor {
        contract(a, b, to: common([a.shape, b.shape], "*"))
    }

    /// Σ a·b over every axis in which `shape` is 1.
    ///
    /// Products, broadcasts, sums and inner products are all this one operation, whose gradients are two more of it.
    public static func contract(_ a: Tensor, _ b: Tensor, to shape: [Int]) -> Tensor {
        let full = common([a.shape, b.shape, shape], "contract")
        let out: BufferView
        if full == shape {
            out = binary(.multiply, a, b, shape)
        } else {
            out = BufferView(count: shape.reduce(1, *))
            Broadcast.contract(a.view, a.shape, b.view, b.shape, into: out, shape)
        }
        // Both halves of a square's gradient are the same: the smaller factor is doubled, which is exact.
        let isSquare = a.node != nil && a.node === b.node
        return Tape.record([a, b], shape: shape, out, as: .contract) { g in
            if isSquare { return [.contract(g.of * 2, b, to: a.shape), nil] }
            return [
                g.wants[0] ? .contract(g.of, b, to: a.shape) : nil,
                g.wants[1] ? .contract(g.of, a, to: b.shape) : nil,
            ]
        }
    }

    /// Sum over every axis in which `shape` is 1 and this tensor is not; broadcast where it is the other way round.
    public func sum(to shape: [Int]) -> Tensor {
        if shape == self.shape { return self }
        let full = common([self.shape, shape], "sum")
        let out = BufferView(count: shape.reduce(1, *))
        if full == shape {
            let one = BufferView([1])
            let ones = [Int](repeating: 1, count: shape.count)
            Broadcast.binary(.multiply, view, self.shape, one, ones, into: out, shape: shape)
        } else {
            Broadcast.contract(view, self.shape, nil, nil, into: out, shape)
        }
        let own = self.shape
        return Tape.record([self], shape: shape, out, as: .sum) { g in [g.of.sum(to: own)] }
    }

    /// The sum of all elements, shape [].
    public func sum() -> Tensor {
        sum(to: [Int](repeating: 1, count: rank)).reshaped([])
    }

    /// The mean of all elements, shape [].
    public func mean() -> Tensor { sum() * (1 / Float(count)) }

    /// Mean over `axes`, which keep a size of 1.
    public func mean(over axes: [Int]) -> Tensor {
        var target = shape
        for axis in axes { target[axis] = 1 }
        return sum(to: target) * (Float(target.reduce(1, *)) / Float(count))
    }

    public static func * (a: Tensor, scale: Float) -> Tensor { a.affine(scale, 0) }
    public static func + (a: Tensor, offset: Float) -> Tensor { a.affine(1, offset) }
    public static func - (a: Tensor, offset: Float) -> Tensor { a.affine(1, -offset) }
    public static prefix func - (a: Tensor) -> Tensor { a.affine(-1, 0) }

    /// scale · x + offset
    public func affine(_ scale: Float, _ offset: Float) -> Tensor {
        let out = BufferView(count: count)
        Elementwise.affine(view, scale: scale, offset: offset, into: out)
        return Tape.record([self], shape: shape, out, as: .affine(scale: scale, offset: offset)) { g in [g.of * scale] }
    }

    public func squared() -> Tensor { self * self }

    /// x^exponent, for positive x unless the exponent is whole.
    public func power(_ exponent: Float) -> Tensor {
        let out = BufferView(count: count)
        Elementwise.power(view, exponent, into: out)
        return Tape.record([self], shape: shape, out, as: .power(exponent)) { g in
            [g.of * (self.power(exponent - 1) * exponent)]
        }
    }

    /// log(1 + eˣ)
    public func softplus() -> Tensor {
        let out = BufferView(count: count)
        Elementwise.softplus(view, into: out)
        return Tape.record([self], shape: shape, out, as: .softplus) { g in [g.of * self.sigmoid()] }
    }

    /// 1 / (1 + e⁻ˣ)
    public func sigmoid() -> Tensor {
        let out = BufferView(count: count)
        Elementwise.sigmoid(view, into: out)
        return Tape.record([self], shape: shape, out, keepsOutput: true, as: .sigmoid) { g in
            guard let y = g.output else { return [nil] }
            return [g.of * (y - y.squared())]
        }
    }

    /// (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)
    public func hyperbolicTangent() -> Tensor { affine(2, 0).sigmoid().affine(2, -1) }

    /// max(x, bound)
    public func atLeast(_ bound: Float) -> Tensor {
        let out = BufferView(count: count)
        Elementwise.atLeast(view, bound, into: out)
        let x = detached()
        return Tape.record([self], shape: shape, out, as: .atLeast(bound)) { g in [g.of.masked(whereAbove: bound, x)] }
    }

    /// This tensor where x > bound, else 0. Linear in this tensor; `x` is a constant.
    private func masked(whereAbove bound: Float, _ x: Tensor) -> Tensor {
        let out = BufferView(count: count)
        Elementwise.mask(view, whereAbove: bound, x.view, into: out)
        return Tape.record([self], shape: shape, out) { g in [g.of.masked(whereAbove: bound, x)] }
    }
}
