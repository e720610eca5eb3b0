import Reporting

/// A graph in the format of ONNX (IR version 8, operators of version 17), node by node.
struct ONNXGraph {
    enum Attribute {
        case int(Int)
        case ints([Int])
        case float(Float)
        case string(String)
    }

    /// A size of a value: a number, or a name for any.
    enum Dimension {
        case size(Int)
        case any(String)
    }

    private var nodes: [ProtobufMessage] = []
    private var initializers: [ProtobufMessage] = []
    private var inputs: [ProtobufMessage] = []
    private var outputs: [ProtobufMessage] = []
    /// Small ones that were there before.
    private var known: [String: String] = [:]
    private var count = 0

    private static let irVersion = 8
    private static let operatorVersion = 17
    /// Of TensorProto.
    private static let (float, int64) = (1, 7)

    private mutating func name(_ kind: String) -> String {
        count += 1
        return "\(kind)_\(count)"
    }

    /// Numbers, row-major.
    mutating func constant(_ values: [Float], _ shape: [Int]) -> String {
        let key = values.count <= 4 ? "\(shape) \(values.map(\.bitPattern))" : nil
        if let key, let there = known[key] { return there }
        let name = initializer(shape, Self.float) { raw in
            for value in values {
                let bits = value.bitPattern
                raw += [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
                raw += [UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 24)]
            }
        }
        if let key { known[key] = name }
        return name
    }

    /// Whole numbers, such as a shape.
    mutating func indices(_ values: [Int]) -> String {
        let key = "indices \(values)"
        if let there = known[key] { return there }
        let name = initializer([values.count], Self.int64) { raw in
            for value in values {
                for shift in stride(from: 0, to: 64, by: 8) { raw.append(UInt8(truncatingIfNeeded: value >> shift)) }
            }
        }
        known[key] = name
        return name
    }

    private mutating func initializer(_ shape: [Int], _ type: Int, _ write: (inout [UInt8]) -> Void) -> String {
        let name = name("constant")
        var tensor = ProtobufMessage()
        for size in shape { tensor.add(1, size) }
        tensor.add(2, type)
        tensor.add(8, name)
        var raw: [UInt8] = []
        write(&raw)
        tensor.add(9, raw)
        initializers.append(tensor)
        return name
    }

    /// - Returns: the result's name.
    mutating func node(_ type: String, _ operands: [String], _ attributes: [(String, Attribute)] = []) -> String {
        let result = name(type)
        add(type, operands, result, attributes)
        return result
    }

    private mutating func add(
        _ type: String, _ operands: [String], _ result: String, _ attributes: [(String, Attribute)]
    ) {
        var node = ProtobufMessage()
        for operand in operands { node.add(1, operand) }
        node.add(2, result)
        node.add(3, result)
        node.add(4, type)
        for (name, value) in attributes {
            var attribute = ProtobufMessage()
            attribute.add(1, name)
            switch value {
            case .float(let number):
                attribute.add(2, number)
                attribute.add(20, 1)
            case .int(let number):
                attribute.add(3, number)
                attribute.add(20, 2)
            case .string(let text):
                attribute.add(4, text)
                attribute.add(20, 3)
            case .ints(let numbers):
                for number in numbers { attribute.add(8, number) }
                attribute.add(20, 7)
            }
            node.add(5, attribute)
        }
        nodes.append(node)
    }

    mutating func input(_ name: String, _ shape: [Dimension]) { inputs.append(Self.value(name, shape)) }

    /// Gives a result a name of its own.
    mutating func output(_ result: String, _ name: String, _ shape: [Dimension]) {
        add("Identity", [result], name, [])
        outputs.append(Self.value(name, shape))
    }

    private static func value(_ name: String, _ shape: [Dimension]) -> ProtobufMessage {
        var sizes = ProtobufMessage()
        for dimension in shape {
            var size = ProtobufMessage()
            switch dimension {
            case .size(let number): size.add(1, number)
            case .any(let name): size.add(2, name)
            }
            sizes.add(1, size)
        }
        var tensor = ProtobufMessage()
        tensor.add(1, float)
        tensor.add(2, sizes)
        var type = ProtobufMessage()
        type.add(1, tensor)
        var value = ProtobufMessage()
        value.add(1, name)
        value.add(2, type)
        return value
    }

    /// The file's bytes.
    func model(metadata: [(key: String, value: String)]) -> [UInt8] {
        var graph = ProtobufMessage()
        for node in nodes { graph.add(1, node) }
        graph.add(2, "generator")
        for initializer in initializers { graph.add(5, initializer) }
        for input in inputs { graph.add(11, input) }
        for output in outputs { graph.add(12, output) }
        var operators = ProtobufMessage()
        operators.add(1, "")
        operators.add(2, Self.operatorVersion)
        var model = ProtobufMessage()
        model.add(1, Self.irVersion)
        model.add(2, "ganglion")
        model.add(7, graph)
        model.add(8, operators)
        for (key, value) in metadata {
            var entry = ProtobufMessage()
            entry.add(1, key)
            entry.add(2, value)
            model.add(14, entry)
        }
        return model.bytes
    }
}
