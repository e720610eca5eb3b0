import Kernels

/// Inception-v3 (arXiv 1512.00567) as FID knows it, ready to run: batch norms are part of the weights.
package final class InceptionNetwork {
    private typealias Part = InceptionParameters

    /// Images, NHWC.
    private struct Maps {
        let view: BufferView
        let batch, height, width, channels: Int

        init(_ view: BufferView, _ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
            (self.view, self.batch) = (view, batch)
            (self.height, self.width, self.channels) = (height, width, channels)
        }
    }

    /// A block with its convolutions, in the order of its steps.
    private struct Block {
        let name: String
        let branches: [[Step]]
        let height, width, channels: Int
    }

    private enum Step {
        /// Each with the first channel of its output among those of the step.
        case convolutions([WindowConvolution])
        case mean(WindowShape)
        case maximum(WindowShape)

        /// Its window; all convolutions of a step give maps of one size.
        var shape: WindowShape {
            switch self {
            case .convolutions(let units): units[0].shape
            case .mean(let shape), .maximum(let shape): shape
            }
        }

        var channels: Int {
            if case .convolutions(let units) = self { return units.reduce(0) { $0 + $1.outputChannels } }
            return shape.channels
        }
    }

    private let blocks: [Block]
    private let classWeights: WindowConvolution
    private let classBias: [Float]

    /// What the network says of images.
    package struct Output {
        /// [N, 2048]
        package let features: [Float]
        /// [N, 1008] without the bias.
        package let scores: [Float]
    }

    /// - Parameter parameters: gives the array of a name, in PyTorch's layout; asked once for each of
    ///   ``InceptionParameters``.
    package init(_ parameters: (_ name: String) throws -> [Float]) rethrows {
        var (height, width, channels) = (InceptionResize.side, InceptionResize.side, 3)
        var blocks: [Block] = []
        for block in InceptionBlock.all {
            var branches: [[Step]] = []
            for branch in block.branches {
                var size = (height, width, channels)
                var steps: [Step] = []
                for step in branch {
                    let made = try Self.make(step, of: block, on: size, parameters)
                    size = (made.shape.outputHeight, made.shape.outputWidth, made.channels)
                    steps.append(made)
                }
                branches.append(steps)
            }
            let last = branches.map { $0[$0.count - 1] }
            (height, width) = (last[0].shape.outputHeight, last[0].shape.outputWidth)
            channels = last.reduce(0) { $0 + $1.channels }
            blocks.append(Block(name: block.name, branches: branches, height: height, width: width, channels: channels))
        }
        self.blocks = blocks
        precondition(channels == Part.features, "InceptionNetwork: \(channels) features")
        classWeights = WindowConvolution(
            WindowShape(height: 1, width: 1, channels: Part.features, kernel: (1, 1)), outputChannels: Part.classes,
            weights: Self.inputsFirst(try parameters(Part.classWeights), [Part.classes, Part.features, 1, 1]),
            bias: nil,
            rectifies: false)
        classBias = try parameters(Part.classBias)
    }

    private static func make(
        _ step: InceptionStep, of block: InceptionBlock, on size: (Int, Int, Int),
        _ parameters: (String) throws -> [Float]
    ) rethrows -> Step {
        func window(_ kernel: (Int, Int), _ stride: Int, _ padding: (Int, Int)) -> WindowShape {
            WindowShape(
                height: size.0, width: size.1, channels: size.2, kernel: kernel, stride: stride, padding: padding)
        }
        switch step {
        case .mean: return .mean(window((3, 3), 1, (1, 1)))
        case .maximum(let stride): return .maximum(window((3, 3), stride, stride == 1 ? (1, 1) : (0, 0)))
        case .unit, .fork:
            return .convolutions(
                try step.units.map { unit in
                    func numbers(_ part: String) throws -> [Float] { try parameters(Part.name(block, unit, part)) }
                    let shape = window(unit.kernel, unit.stride, unit.padding)
                    let weights = inputsFirst(
                        try numbers("conv.weight"), [unit.channels, size.2, unit.kernel.0, unit.kernel.1])
                    let (scale, offset) = (try numbers("bn.weight"), try numbers("bn.bias"))
                    let (mean, variance) = (try numbers("bn.running_mean"), try numbers("bn.running_var"))
                    let gains = zip(scale, variance).map { Double($0) / (Double($1) + Part.epsilon).squareRoot() }
                    let count = unit.channels
                    return WindowConvolution(
                        shape, outputChannels: count,
                        weights: weights.indices.map { Float(Double(weights[$0]) * gains[$0 % count]) },
                        bias: (0..<count).map { Float(Double(offset[$0]) - Double(mean[$0]) * gains[$0]) })
                })
        }
    }

    /// [K, C, rows, columns] to [rows, columns, C, K].
    private static func inputsFirst(_ weights: [Float], _ shape: [Int]) -> [Float] {
        let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
        precondition(
            weights.count == outputs * inputs * taps, "InceptionNetwork: \(weights.count) weights for \(shape)")
        return [Float](unsafeUninitializedCapacity: weights.count) { target, count in
            for k in 0..<outputs {
                for c in 0..<inputs {
                    for tap in 0..<taps {
                        target[(tap * inputs + c) * outputs + k] = weights[(k * inputs + c) * taps + tap]
                    }
                }
            }
            count = weights.count
        }
    }

    /// - Parameters:
    ///   - inputs: [N, 299, 299, 3], about −1…1.
    ///   - observe: shown what each block makes: its name, and [N, H, W, C] with H, W and C.
    package func output(
        of inputs: BufferView, count: Int, observe: ((String, BufferView, [Int]) -> Void)? = nil
    ) -> Output {
        var maps = Maps(inputs, count, InceptionResize.side, InceptionResize.side, 3)
        for block in blocks {
            let result = BufferView(count: count * block.height * block.width * block.channels)
            var first = 0
            for branch in block.branches {
                var current = maps
                for (index, step) in branch.enumerated() {
                    let isLast = index == branch.count - 1
                    let shape = step.shape
                    let target =
                        isLast ? result : BufferView(count: count * shape.places * step.channels)
                    run(
                        step, on: current,
                        into: ChannelSpan(
                            target, first: isLast ? first : 0, of: isLast ? block.channels : step.channels))
                    if isLast { first += step.channels }
                    current = Maps(target, count, shape.outputHeight, shape.outputWidth, step.channels)
                }
            }
            observe?(block.name, result, [block.height, block.width, block.channels])
            maps = Maps(result, count, block.height, block.width, block.channels)
        }
        let features = BufferView(count: count * maps.channels)
        let whole = WindowShape(
            height: maps.height, width: maps.width, channels: maps.channels, kernel: (maps.height, maps.width))
        WindowPooling.mean(maps.view, batch: count, shape: whole, into: ChannelSpan(features, of: maps.channels))
        let scores = BufferView(count: count * Part.classes)
        classWeights.forward(features, batch: count, into: ChannelSpan(scores, of: Part.classes))
        return Output(features: features.array, scores: scores.array)
    }

    private func run(_ step: Step, on maps: Maps, into target: ChannelSpan) {
        switch step {
        case .mean(let shape): WindowPooling.mean(maps.view, batch: maps.batch, shape: shape, into: target)
        case .maximum(let shape): WindowPooling.maximum(maps.view, batch: maps.batch, shape: shape, into: target)
        case .convolutions(let units):
            var first = target.first
            for unit in units {
                unit.forward(
                    maps.view, batch: maps.batch, into: ChannelSpan(target.images, first: first, of: target.channels))
                first += unit.outputChannels
            }
        }
    }

    /// Scores with the bias.
    package func logits(_ output: Output) -> [Float] {
        output.scores.indices.map { output.scores[$0] + classBias[$0 % classBias.count] }
    }

    /// Softmax of each row of scores.
    package static func probabilities(_ scores: [Float]) -> [Float] {
        var shifted = scores
        let classes = InceptionParameters.classes
        for row in stride(from: 0, to: scores.count, by: classes) {
            let largest = scores[row..<row + classes].max() ?? 0
            for index in row..<row + classes { shifted[index] -= largest }
        }
        let view = BufferView(shifted)
        Elementwise.exponential(view, into: view)
        var values = view.array
        for row in stride(from: 0, to: scores.count, by: classes) {
            let sum = values[row..<row + classes].reduce(0.0) { $0 + Double($1) }
            for index in row..<row + classes { values[index] = Float(Double(values[index]) / sum) }
        }
        return values
    }
}
