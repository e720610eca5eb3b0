import Autodiff
import Failure
import Kernels
import Recipes
import Reporting
import Storage

/// A checkpoint's averaged generator as a graph of ONNX: from z, and what conditions it, to images or fields.
struct ONNXGenerator {
    /// The file.
    let bytes: [UInt8]
    /// What there is in it.
    let text: String

    /// Of messages of Protocol Buffers; a little is for all that is no number.
    private static let mostBytes = 1 << 31 - 1 << 24

    /// - Throws: ``DatasetError`` (64) of generators that cannot be written down, or that are too large for a file.
    init(_ file: GeneratorFile, metadata: [(key: String, value: String)]) throws {
        try Workers.start(threads: Processors.allowed)
        let numbers = file.generator.declarations.reduce(0) { $0 + $1.layout.count }
        guard numbers <= Self.mostBytes / MemoryLayout<Float>.stride else {
            throw DatasetError.usage(
                "--format onnx: \(file.path) has \(NumberText.grouped(numbers)) numbers, and a file of ONNX holds 2 GB; give "
                    + "--format safetensors")
        }
        do {
            let traced = try file.traced()
            var graph = ONNXGraph()
            let inputs = traced.inputs.map { Self.input($0, file, in: &graph) }
            var translation = try ONNXTranslation(traced.trace, in: graph, inputs: inputs)
            let size = file.generator.imageSize
            let shape: [ONNXGraph.Dimension] = [
                .any("N"), .size(file.generator.imageChannels), .size(size.height), .size(size.width),
            ]
            let made = translation.output
            if let format = file.sampleFormat {
                translation.graph.output(ONNXFields.physical(made, format, in: &translation.graph), "fields", shape)
            } else {
                translation.graph.output(made, "image", shape)
            }
            bytes = translation.graph.model(metadata: metadata)
            let channels = file.generator.imageChannels
            let (kind, plural) = (file.sampleFormat == nil ? "images" : "fields", channels == 1 ? "" : "s")
            let names = traced.inputs.map { Self.name($0, file) }.joined(separator: ", ")
            text = "\(kind) of \(size) with \(channels) channel\(plural) from \(names)"
        } catch let error as UntraceableGenerator {
            throw DatasetError.usage(
                "--format onnx: \(file.path): its generator does what has no translation, behind \(error.place) operations; "
                    + "give --format safetensors")
        } catch let error as ONNXTranslation.Unknown {
            throw DatasetError.usage(
                "--format onnx: \(file.path): \(error.kind) has no translation; give --format safetensors")
        }
    }

    private static func name(_ input: GeneratorTrace.Input, _ file: GeneratorFile) -> String {
        switch input {
        case .z: "z"
        case .labels: file.vectorFormat == nil ? "labels" : "condition"
        case .truncation: "truncation"
        case .condition: "condition"
        case .dropout(let place, _, _, _): "dropout_\(place)"
        }
    }

    /// - Returns: the name of what the network is fed.
    private static func input(
        _ input: GeneratorTrace.Input, _ file: GeneratorFile, in graph: inout ONNXGraph
    ) -> String {
        let name = name(input, file)
        switch input {
        case .z: graph.input(name, [.any("N"), .size(file.generator.zDim)])
        case .truncation: graph.input(name, [.size(1), .size(1)])
        case .labels:
            guard let vector = file.vectorFormat else {
                graph.input(name, [.any("N"), .size(file.generator.labelDim)])
                return name
            }
            graph.input(name, [.any("N"), .size(vector.count)])
            return ONNXFields.normalized(name, vector, in: &graph)
        case .condition:
            let (size, channels) = (file.generator.imageSize, file.generator.conditionChannels)
            graph.input(name, [.any("N"), .size(channels), .size(size.height), .size(size.width)])
            // Pictures are as networks see them already, in [-1, 1].
            guard let format = file.conditionFormat, !format.isPicture else { return name }
            return ONNXFields.normalized(name, format.channels.map(\.transform), in: &graph)
        case .dropout(_, let height, let width, let channels):
            graph.input(name, [.any("N"), .size(channels), .size(height), .size(width)])
        }
        return name
    }
}

/// The transforms between physical values and what networks see, as nodes; see ``ChannelTransform``. In single precision.
enum ONNXFields {
    /// Numbers beside samples, [N, K], as networks see them, and a 1 behind them.
    static func normalized(_ name: String, _ vector: VectorFormat, in graph: inout ONNXGraph) -> String {
        // Of as many samples as there are.
        let one = add(multiply(column(name, 0, axis: 1, in: &graph), 0, in: &graph), 1, in: &graph)
        let columns = normalizedColumns(name, vector.components.map(\.transform), in: &graph)
        return graph.node("Concat", columns + [one], [("axis", .int(1))])
    }

    /// Images, [N, C, H, W], as networks see them.
    static func normalized(_ name: String, _ transforms: [ChannelTransform], in graph: inout ONNXGraph) -> String {
        let channels = normalizedColumns(name, transforms, in: &graph)
        return channels.count == 1 ? channels[0] : graph.node("Concat", channels, [("axis", .int(1))])
    }

    /// Each by itself along the second axis.
    private static func normalizedColumns(
        _ name: String, _ transforms: [ChannelTransform], in graph: inout ONNXGraph
    ) -> [String] {
        transforms.enumerated().map { place, transform in
            let x = column(name, place, axis: 1, in: &graph)
            let y: String
            switch transform.curve {
            case .linear: y = x
            case .log1p: y = logarithm(x, in: &graph)
            case .asinh(let scale): y = graph.node("Asinh", [multiply(x, 1 / scale, in: &graph)])
            case .ratio(let a): y = graph.node("Div", [x, add(x, a, in: &graph)])
            case .power(let exponent): y = graph.node("Pow", [x, graph.constant([Float(exponent)], [])])
            }
            return multiply(add(y, -transform.center, in: &graph), 1 / transform.scale, in: &graph)
        }
    }

    /// What a network has made, [N, C, H, W], in physical units.
    static func physical(_ name: String, _ format: SampleFormat, in graph: inout ONNXGraph) -> String {
        let channels = format.channels.enumerated().map { place, channel -> String in
            let transform = channel.transform
            let x = column(name, place, axis: 1, in: &graph)
            let y = add(multiply(x, transform.scale, in: &graph), transform.center, in: &graph)
            switch transform.curve {
            case .linear: return y
            case .log1p: return exponential(y, in: &graph)
            case .asinh(let scale): return multiply(graph.node("Sinh", [y]), scale, in: &graph)
            case .ratio(let a):
                // The largest below one.
                let bounded = graph.node(
                    "Clip", [y, graph.constant([0], []), graph.constant([1 - 0x1p-24], [])])
                let rest = graph.node("Sub", [graph.constant([1], []), bounded])
                return graph.node("Div", [multiply(bounded, a, in: &graph), rest])
            case .power(let exponent):
                let bounded = graph.node("Max", [y, graph.constant([0], [])])
                return graph.node("Pow", [bounded, graph.constant([Float(1 / exponent)], [])])
            }
        }
        let all = channels.count == 1 ? channels[0] : graph.node("Concat", channels, [("axis", .int(1))])
        let largest: Float
        switch format.element {
        case .float32: return all
        case .uint8: largest = 255
        case .uint16: largest = 65535
        }
        // Halves go up, as natively.
        let bounded = graph.node("Clip", [all, graph.constant([0], []), graph.constant([largest], [])])
        return graph.node("Floor", [add(bounded, 0.5, in: &graph)])
    }

    /// log(1 + x), of which 1 + x would leave nothing near 0: 2·artanh(x/(x + 2)).
    private static func logarithm(_ x: String, in graph: inout ONNXGraph) -> String {
        let share = graph.node("Div", [x, add(x, 2, in: &graph)])
        return multiply(graph.node("Atanh", [share]), 2, in: &graph)
    }

    /// eʸ − 1, likewise: 2·sinh(y/2)·e^(y/2).
    private static func exponential(_ y: String, in graph: inout ONNXGraph) -> String {
        let half = multiply(y, 0.5, in: &graph)
        let product = graph.node("Mul", [graph.node("Sinh", [half]), graph.node("Exp", [half])])
        return multiply(product, 2, in: &graph)
    }

    private static func column(_ name: String, _ place: Int, axis: Int, in graph: inout ONNXGraph) -> String {
        graph.node("Slice", [name, graph.indices([place]), graph.indices([place + 1]), graph.indices([axis])])
    }

    private static func add(_ name: String, _ number: Double, in graph: inout ONNXGraph) -> String {
        number == 0 ? name : graph.node("Add", [name, graph.constant([Float(number)], [])])
    }

    private static func multiply(_ name: String, _ number: Double, in graph: inout ONNXGraph) -> String {
        number == 1 ? name : graph.node("Mul", [name, graph.constant([Float(number)], [])])
    }
}
