import Autodiff
import Kernels

/// A ``Trace`` as a graph of ONNX. Feature maps are [N, C, H, W] there, other tensors as they are; any number of samples goes
/// through at once.
struct ONNXTranslation {
    /// An operation that has no translation.
    struct Unknown: Error {
        let kind: String
    }

    private let trace: Trace
    /// May be continued.
    var graph: ONNXGraph
    private var names: [Int: String] = [:]

    /// - Parameters:
    ///   - graph: in which the inputs are.
    ///   - inputs: their names, in the order of the trace's.
    init(_ trace: Trace, in graph: ONNXGraph, inputs: [String]) throws {
        (self.trace, self.graph) = (trace, graph)
        for (number, name) in zip(trace.inputs, inputs) { names[number] = name }
        for operation in trace.operations { names[operation.result] = try translated(operation) }
    }

    /// The name of the trace's result.
    var output: String { names[trace.output] ?? "" }

    // MARK: Operands

    private func shape(_ number: Int) -> [Int] { trace.shapes[number] }

    /// Of a tensor, with the axes of feature maps in their order here.
    static func ordered(_ shape: [Int]) -> [Int] {
        shape.count == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
    }

    private func axis(_ axis: Int, rank: Int) -> Int { rank == 4 ? [0, 2, 3, 1][axis] : axis }

    mutating func operand(_ number: Int) throws -> String {
        if let name = names[number] { return name }
        let tensor = try constant(number)
        let name = graph.constant(
            tensor.rank == 4 ? Self.channelsFirst(tensor) : tensor.array, Self.ordered(tensor.shape))
        names[number] = name
        return name
    }

    func constant(_ number: Int) throws -> Tensor {
        guard let tensor = trace.constants[number] else { throw Unknown(kind: "weights that depend on the inputs") }
        return tensor
    }

    private static func channelsFirst(_ tensor: Tensor) -> [Float] {
        let (h, w, c) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
        let values = tensor.array
        var ordered = [Float](repeating: 0, count: values.count)
        for place in values.indices {
            let (sample, pixel, channel) = (place / (h * w * c), place / c % (h * w), place % c)
            ordered[(sample * c + channel) * h * w + pixel] = values[place]
        }
        return ordered
    }

    /// [1 or N, C] or [C] as what feature maps, or other tensors of a rank, are multiplied with or added to.
    mutating func byChannel(_ number: Int, rank: Int) throws -> String {
        let own = shape(number)
        let channels = own[own.count - 1]
        let target =
            rank == 4 ? [own.count == 1 ? 1 : -1, channels, 1, 1] : rank == 3 ? [-1, 1, channels] : [-1, channels]
        if let tensor = trace.constants[number] {
            let rows = tensor.count / channels
            return graph.constant(tensor.array, [rows] + target.dropFirst())
        }
        let name = try operand(number)
        return graph.node("Reshape", [name, graph.indices(target)])
    }

    private mutating func transposed(_ name: String, _ order: [Int]) -> String {
        graph.node("Transpose", [name], [("perm", .ints(order))])
    }

    // MARK: Operations

    private mutating func translated(_ operation: Trace.Operation) throws -> String {
        let (operands, result) = (operation.operands, shape(operation.result))
        switch operation.kind {
        case .add: return graph.node("Add", [try operand(operands[0]), try operand(operands[1])])
        case .subtract: return graph.node("Sub", [try operand(operands[0]), try operand(operands[1])])
        case .contract:
            let product = graph.node("Mul", [try operand(operands[0]), try operand(operands[1])])
            let full = zip(shape(operands[0]), shape(operands[1])).map { max($0, $1) }
            return reduced(product, from: full, to: result)
        case .sum: return reduced(try operand(operands[0]), from: shape(operands[0]), to: result)
        case .affine(let scale, let offset):
            var name = try operand(operands[0])
            if scale != 1 { name = graph.node("Mul", [name, graph.constant([scale], [])]) }
            if offset != 0 { name = graph.node("Add", [name, graph.constant([offset], [])]) }
            return name
        case .power(let exponent): return power(try operand(operands[0]), exponent)
        case .sigmoid: return graph.node("Sigmoid", [try operand(operands[0])])
        case .softplus: return graph.node("Softplus", [try operand(operands[0])])
        case .exponential: return graph.node("Exp", [try operand(operands[0])])
        case .logarithm: return graph.node("Log", [try operand(operands[0])])
        case .atLeast(let bound): return graph.node("Max", [try operand(operands[0]), graph.constant([bound], [])])
        case .reshape: return reshaped(try operand(operands[0]), from: shape(operands[0]), to: result)
        case .slice(let axis, let start):
            let name = try operand(operands[0])
            guard shape(operands[0]) != result else { return name }
            guard axis > 0 else { throw Unknown(kind: "some samples of several") }
            return sliced(name, axis: self.axis(axis, rank: result.count), start, start + result[axis])
        case .concatenate(let axis):
            guard axis > 0, operands.allSatisfy({ trace.constants[$0] == nil }) else {
                throw Unknown(kind: "samples, or constants, side by side")
            }
            let names = try operands.map { try operand($0) }
            return graph.node("Concat", names, [("axis", .int(self.axis(axis, rank: result.count)))])
        case .product(let transposeA, let transposeB):
            let order = result.count == 3 ? [0, 2, 1] : [1, 0]
            var (a, b) = (try operand(operands[0]), try operand(operands[1]))
            if transposeA { a = transposed(a, order) }
            if transposeB { b = transposed(b, order) }
            return graph.node("MatMul", [a, b])
        case .activation(let activation):
            return activated(
                try operand(operands[0]), try operands.dropFirst().first.map { try byChannel($0, rank: result.count) },
                activation)
        case .convolution(let shape, let groups, let activation):
            let y = try convolution(
                try operand(operands[0]), try constant(operands[1]), shape, groups: groups)
            return activated(y, try operands.dropFirst(2).first.map { try byChannel($0, rank: 4) }, activation)
        case .modulatedConvolution(let shape, let activation):
            return try modulated(operands, shape, activation)
        case .pixelNorm(let epsilon):
            let x = try operand(operands[0])
            let mean = graph.node(
                "ReduceMean", [graph.node("Mul", [x, x])],
                [("axes", .ints([axis(result.count - 1, rank: result.count)])), ("keepdims", .int(1))])
            let root = graph.node("Sqrt", [graph.node("Add", [mean, graph.constant([epsilon], [])])])
            return graph.node("Div", [x, root])
        case .nearestUp(let gain):
            let large = repeated(try operand(operands[0]))
            return gain == 1 ? large : graph.node("Mul", [large, graph.constant([gain], [])])
        case .addNearestUp:
            return graph.node("Add", [try operand(operands[0]), repeated(try operand(operands[1]))])
        case .binomialUp(let gain, let padding):
            let small = try operand(operands[0])
            let size = shape(operands[0])
            guard padding != .zero else { return filteredUp(small, channels: size[3], gain: gain, cropped: 1) }
            let large = filteredUp(
                try padded(small, by: 1, size: (size[1], size[2]), padding), channels: size[3], gain: gain, cropped: 0)
            return cropped(large, by: 3, size: (2 * size[1], 2 * size[2]))
        case .maxPool:
            return graph.node(
                "MaxPool", [try operand(operands[0])], [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2]))])
        case .attention:
            let keys = transposed(try operand(operands[1]), [0, 2, 1])
            let products = graph.node("MatMul", [try operand(operands[0]), keys])
            let shares = graph.node("Softmax", [products], [("axis", .int(-1))])
            return graph.node("MatMul", [shares, try operand(operands[2])])
        case .normalize(let activation):
            let terms = try operands.dropFirst().map { try byChannel($0, rank: result.count) }
            let centered = graph.node("Sub", [try operand(operands[0]), terms[0]])
            return activated(graph.node("Mul", [centered, terms[1]]), terms[2], activation)
        case .window(let window):
            return try slid(try operand(operands[0]), try constant(operands[1]), window)
        case .transposedWindow(let window):
            return try slidBack(try operand(operands[0]), try constant(operands[1]), window, from: shape(operands[0]))
        case .instanceNormalize(let epsilon, let activation):
            let channels = result[3]
            let normalized = graph.node(
                "InstanceNormalization",
                [
                    try operand(operands[0]), graph.constant([Float](repeating: 1, count: channels), [channels]),
                    graph.constant([Float](repeating: 0, count: channels), [channels]),
                ], [("epsilon", .float(epsilon))])
            return activated(normalized, nil, activation)
        case .modulate(let activation):
            let gain = graph.node("Add", [try operand(operands[1]), graph.constant([1], [])])
            return activated(
                graph.node("Mul", [try operand(operands[0]), gain]), try operand(operands[2]), activation)
        case .predictedConvolution:
            return try convolvedByPrediction(try operand(operands[0]), try operand(operands[1]), size: result)
        case .nearestDown(let factor):
            let size = shape(operands[0])
            return graph.node(
                "Slice",
                [
                    try operand(operands[0]), graph.indices([0, 0]), graph.indices([size[1], size[2]]),
                    graph.indices([2, 3]), graph.indices([factor, factor]),
                ])
        }
    }

    /// Sums over the axes in which only the result has size 1, and repeats along those in which only the operand has.
    private mutating func reduced(_ name: String, from: [Int], to: [Int]) -> String {
        var name = name
        let rank = from.count
        let summed = from.indices.filter { from[$0] != 1 && to[$0] == 1 }.map { axis($0, rank: rank) }
        if !summed.isEmpty {
            name = graph.node("ReduceSum", [name, graph.indices(summed)], [("keepdims", .int(1))])
        }
        let isSpread = from.indices.contains { from[$0] == 1 && to[$0] != 1 }
        // Sizes of 1 leave what is there, the samples above all.
        return isSpread ? graph.node("Expand", [name, graph.indices(Self.ordered(to))]) : name
    }

    private mutating func power(_ name: String, _ exponent: Float) -> String {
        switch exponent {
        case 0.5: graph.node("Sqrt", [name])
        case -0.5: graph.node("Reciprocal", [graph.node("Sqrt", [name])])
        case -1: graph.node("Reciprocal", [name])
        case 2: graph.node("Mul", [name, name])
        default: graph.node("Pow", [name, graph.constant([exponent], [])])
        }
    }

    /// Elements keep their order with channels last.
    private mutating func reshaped(_ name: String, from: [Int], to: [Int]) -> String {
        var name = name
        if from.count == 4, from[1] * from[2] > 1, from[3] > 1 { name = transposed(name, [0, 2, 3, 1]) }
        let isMap = to.count == 4
        guard isMap, to[1] * to[2] > 1, to[3] > 1 else {
            return graph.node("Reshape", [name, graph.indices([-1] + Self.ordered(to).dropFirst())])
        }
        return transposed(graph.node("Reshape", [name, graph.indices([-1] + to.dropFirst())]), [0, 3, 1, 2])
    }

    mutating func sliced(_ name: String, axis: Int, _ start: Int, _ end: Int) -> String {
        graph.node("Slice", [name, graph.indices([start]), graph.indices([end]), graph.indices([axis])])
    }

    mutating func activated(_ name: String, _ bias: String?, _ activation: Activation) -> String {
        var name = name
        if let bias { name = graph.node("Add", [name, bias]) }
        if activation.slope == 0 {
            name = graph.node("Relu", [name])
        } else if activation.slope != 1 {
            name = graph.node("LeakyRelu", [name], [("alpha", .float(activation.slope))])
        }
        if activation.gain != 1 { name = graph.node("Mul", [name, graph.constant([activation.gain], [])]) }
        if let clamp = activation.clamp {
            name = graph.node("Clip", [name, graph.constant([-clamp], []), graph.constant([clamp], [])])
        }
        return name
    }
}
