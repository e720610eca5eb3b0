import Kernels

/// A convolution y = x * w of given sizes, and its two adjoints. All three are linear in both operands, and each is the
/// gradient of the other two, up to order.
protocol ConvolutionPasses {
    var inputShape: [Int] { get }
    var weightShape: [Int] { get }
    var outputShape: [Int] { get }
    /// Multiplications and additions of each of the three, computed directly.
    var arithmetic: Int { get }
    /// What a ``Trace`` notes of a convolution and what follows it; nil for what it cannot.
    func operation(_ activation: Activation) -> TracedOperation?
    /// The same of its adjoint in x.
    var adjointOperation: TracedOperation? { get }

    /// - Parameter cache: where what is made of the weights may be kept.
    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?)
    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView, cache: TransformCache?)
    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView)
}

/// One that does what follows it without a pass over memory of its own.
protocol FinishedConvolutionPasses: ConvolutionPasses {
    func forward(
        _ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?, terms: Epilogue.Terms?)
}

extension FinishedConvolutionPasses {
    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?) {
        forward(x, w, into: y, cache: cache, terms: nil)
    }
}

extension Tensor {
    static func convolution(_ x: Tensor, _ w: Tensor, _ passes: some ConvolutionPasses) -> Tensor {
        let out = passes.result(passes.outputShape)
        passes.forward(x.view, w.view, into: out, cache: w.cache)
        return Tape.record([x, w], shape: passes.outputShape, out, as: passes.operation(.linear)) { g in
            [
                g.wants[0] ? inputGradient(g.of, w, passes) : nil,
                g.wants[1] ? weightGradient(x, g.of, passes) : nil,
            ]
        }
    }

    static func inputGradient(_ g: Tensor, _ w: Tensor, _ passes: some ConvolutionPasses) -> Tensor {
        let out = passes.result(passes.inputShape)
        passes.inputGradient(g.view, w.view, into: out, cache: w.cache)
        return Tape.record([g, w], shape: passes.inputShape, out, as: passes.adjointOperation) { u in
            [
                u.wants[0] ? convolution(u.of, w, passes) : nil,
                u.wants[1] ? weightGradient(u.of, g, passes) : nil,
            ]
        }
    }

    static func weightGradient(_ x: Tensor, _ g: Tensor, _ passes: some ConvolutionPasses) -> Tensor {
        let out = passes.result(passes.weightShape)
        passes.weightGradient(x.view, g.view, into: out)
        return Tape.record([x, g], shape: passes.weightShape, out) { u in
            [
                u.wants[0] ? inputGradient(g, u.of, passes) : nil,
                u.wants[1] ? convolution(x, u.of, passes) : nil,
            ]
        }
    }

    /// act(x * w + bias) as one operation.
    ///
    /// - Parameter bias: one number for each channel of the result, or nil.
    static func convolution(
        _ x: Tensor, _ w: Tensor, bias: Tensor?, _ activation: Activation, _ passes: some FinishedConvolutionPasses
    ) -> Tensor {
        guard bias != nil || activation != .linear else { return convolution(x, w, passes) }
        let out = passes.result(passes.outputShape)
        passes.forward(
            x.view, w.view, into: out, cache: w.cache, terms: Epilogue.Terms(bias: bias?.view, activation: activation))
        let inputs = [x, w] + (bias.map { [$0] } ?? [])
        let keepsOutput = activation != .linear
        return Tape.record(
            inputs, shape: passes.outputShape, out, keepsOutput: keepsOutput, as: passes.operation(activation)
        ) { g in
            let (gy, gBias) = g.of.activationGradients(
                output: g.output?.detached(), activation, wantsBias: g.wants.count == 3 && g.wants[2])
            return [
                g.wants[0] ? inputGradient(gy, w, passes) : nil,
                g.wants[1] ? weightGradient(x, gy, passes) : nil,
                gBias,
            ]
        }
    }
}

extension ConvolutionPasses {
    func operation(_ activation: Activation) -> TracedOperation? { nil }
    var adjointOperation: TracedOperation? { nil }

    /// Room for what one of the three makes, which is counted.
    fileprivate func result(_ shape: [Int]) -> BufferView {
        OperationCount.add(arithmetic)
        return BufferView(count: shape.reduce(1, *))
    }
}
