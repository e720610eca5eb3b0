import Autodiff
import Kernels

/// Convolutions of all kinds, borders, and what doubles a size, as nodes.
extension ONNXTranslation {
    mutating func modulated(
        _ operands: [Int], _ shape: ConvolutionShape, _ activation: Activation
    ) throws -> String {
        let style = try byChannel(operands[2], rank: 4)
        let x = graph.node("Mul", [try operand(operands[0]), style])
        var y = try convolution(x, try constant(operands[1]), shape, groups: 1)
        y = graph.node("Mul", [y, try byChannel(operands[3], rank: 4)])
        if operands.count > 5 {
            let (plane, strength) = (try constant(operands[5]), try constant(operands[6]).scalar)
            guard plane.rank == 2 else { throw Unknown(kind: "noise of each sample") }
            y = graph.node("Add", [y, graph.constant(plane.array.map { $0 * strength }, [1, 1] + plane.shape)])
        }
        return activated(y, try byChannel(operands[4], rank: 4), activation)
    }

    /// - Parameter weights: [k, k, C, K]
    mutating func convolution(
        _ x: String, _ weights: Tensor, _ shape: ConvolutionShape, groups: Int
    ) throws -> String {
        let (k, reach) = (shape.kernel, shape.kernel / 2)
        let size = (shape.height, shape.width)
        // A transposed convolution turns its weights by half a circle.
        let isTurned = shape.resampling == .up
        func convolved(_ name: String, pads: Int) -> String {
            let ordered = Self.outputsFirst(weights, isTurned: isTurned)
            return graph.node(
                "Conv", [name, graph.constant(ordered, [weights.shape[3], weights.shape[2], k, k])],
                [
                    ("kernel_shape", .ints([k, k])), ("strides", .ints([shape.stride, shape.stride])),
                    ("pads", .ints([pads, pads, pads, pads])), ("group", .int(groups)),
                ])
        }
        switch shape.resampling {
        case .none:
            guard shape.padding != .zero, reach > 0 else { return convolved(x, pads: reach) }
            return convolved(try padded(x, by: reach, size: size, shape.padding), pads: 0)
        case .nearestUp:
            let large = repeated(x)
            guard shape.padding != .zero else { return convolved(large, pads: reach) }
            let largeSize = (2 * shape.height, 2 * shape.width)
            return convolved(try padded(large, by: reach, size: largeSize, shape.padding), pads: 0)
        case .up:
            // The filter reaches beyond what is left in the end: there the convolution still reads it.
            guard shape.padding != .zero else {
                return convolved(filteredUp(x, channels: shape.inputChannels, gain: 1, cropped: 0), pads: 0)
            }
            let wide = try padded(x, by: 2, size: size, shape.padding)
            let large = convolved(filteredUp(wide, channels: shape.inputChannels, gain: 1, cropped: 0), pads: 0)
            return cropped(large, by: 4, size: (2 * shape.height, 2 * shape.width))
        case .down, .boxDown: throw Unknown(kind: "a convolution that halves the resolution")
        }
    }

    /// - Parameter weights: [rows, columns, C, K]
    mutating func slid(_ x: String, _ weights: Tensor, _ window: WindowShape) throws -> String {
        let order = Self.outputsFirst(weights)
        let (rows, columns) = (window.kernelHeight, window.kernelWidth)
        return graph.node(
            "Conv", [x, graph.constant(order, [weights.shape[3], weights.shape[2], rows, columns])],
            Self.attributes(window))
    }

    /// - Parameters:
    ///   - weights: [rows, columns, C, K]
    ///   - from: shape of x, [N, H', W', K].
    mutating func slidBack(
        _ x: String, _ weights: Tensor, _ window: WindowShape, from: [Int]
    ) throws -> String {
        let order = Self.outputsFirst(weights)
        let (rows, columns) = (window.kernelHeight, window.kernelWidth)
        // What a stride leaves over at the end.
        let rest = [
            window.height - ((from[1] - 1) * window.stride + rows - 2 * window.paddingRows),
            window.width - ((from[2] - 1) * window.stride + columns - 2 * window.paddingColumns),
        ]
        return graph.node(
            "ConvTranspose", [x, graph.constant(order, [weights.shape[3], weights.shape[2], rows, columns])],
            Self.attributes(window) + [("output_padding", .ints(rest))])
    }

    private static func attributes(_ window: WindowShape) -> [(String, ONNXGraph.Attribute)] {
        [
            ("kernel_shape", .ints([window.kernelHeight, window.kernelWidth])),
            ("strides", .ints([window.stride, window.stride])),
            (
                "pads",
                .ints([window.paddingRows, window.paddingColumns, window.paddingRows, window.paddingColumns])
            ),
        ]
    }

    /// Weights [rows, columns, C, K] as [K, C, rows, columns].
    ///
    /// - Parameter isTurned: by half a circle.
    private static func outputsFirst(_ weights: Tensor, isTurned: Bool = false) -> [Float] {
        let (shape, values) = (weights.shape, weights.array)
        let (inner, outer, taps) = (shape[2], shape[3], shape[0] * shape[1])
        var ordered = [Float](repeating: 0, count: values.count)
        for place in values.indices {
            let (tap, input, output) = (place / (inner * outer), place / outer % inner, place % outer)
            ordered[(output * inner + input) * taps + (isTurned ? taps - 1 - tap : tap)] = values[place]
        }
        return ordered
    }

    /// The sum over nine neighbours of the map moved that way, times the weights for it.
    ///
    /// - Parameter size: of the map, [N, H, W, C].
    mutating func convolvedByPrediction(_ x: String, _ kernels: String, size: [Int]) throws -> String {
        let (height, width, channels) = (size[1], size[2], size[3])
        let wide = graph.node("Pad", [x, graph.indices([0, 0, 1, 1, 0, 0, 1, 1])], [("mode", .string("constant"))])
        var sum: String?
        for tap in 0..<9 {
            let (row, column) = (tap / 3, tap % 3)
            let moved = sliced(sliced(wide, axis: 2, row, row + height), axis: 3, column, column + width)
            let weights = graph.node(
                "Slice",
                [
                    kernels, graph.indices([tap]), graph.indices([9 * channels]), graph.indices([1]),
                    graph.indices([9]),
                ])
            let product = graph.node("Mul", [moved, weights])
            sum = sum.map { graph.node("Add", [$0, product]) } ?? product
        }
        guard let sum else { throw Unknown(kind: "a convolution without weights") }
        return sum
    }

    /// Each pixel 2×2.
    mutating func repeated(_ name: String) -> String {
        graph.node(
            "Resize", [name, "", graph.constant([1, 1, 2, 2], [4])],
            [
                ("mode", .string("nearest")), ("nearest_mode", .string("floor")),
                ("coordinate_transformation_mode", .string("asymmetric")),
            ])
    }

    /// Zeros between the pixels and the filter [1, 3, 3, 1], with a gain of 4: 2H + 2 rows without cropping, one too many on
    /// each side.
    mutating func filteredUp(_ name: String, channels: Int, gain: Float, cropped: Int) -> String {
        let taps: [Float] = [0.25, 0.75, 0.75, 0.25]
        let filter = taps.flatMap { row in taps.map { row * $0 * gain } }
        return graph.node(
            "ConvTranspose",
            [name, graph.constant((0..<channels).flatMap { _ in filter }, [channels, 1, 4, 4])],
            [
                ("kernel_shape", .ints([4, 4])), ("strides", .ints([2, 2])), ("group", .int(channels)),
                ("pads", .ints([cropped, cropped, cropped, cropped])),
            ])
    }

    /// - Parameter size: of the map.
    mutating func padded(
        _ name: String, by pixels: Int, size: (height: Int, width: Int), _ padding: Padding
    ) throws -> String {
        guard min(size.height, size.width) > pixels else {
            throw Unknown(kind: "a border of \(pixels) pixels around \(size.height)×\(size.width)")
        }
        switch padding {
        case .zero, .reflect:
            let mode = padding == .zero ? "constant" : "reflect"
            return graph.node(
                "Pad", [name, graph.indices([0, 0, pixels, pixels, 0, 0, pixels, pixels])], [("mode", .string(mode))])
        case .periodic:
            var name = name
            for (axis, length) in [(2, size.height), (3, size.width)] {
                let last = sliced(name, axis: axis, length - pixels, length)
                let first = sliced(name, axis: axis, 0, pixels)
                name = graph.node("Concat", [last, name, first], [("axis", .int(axis))])
            }
            return name
        }
    }

    mutating func cropped(_ name: String, by pixels: Int, size: (height: Int, width: Int)) -> String {
        sliced(
            sliced(name, axis: 2, pixels, pixels + size.height), axis: 3, pixels, pixels + size.width)
    }
}
