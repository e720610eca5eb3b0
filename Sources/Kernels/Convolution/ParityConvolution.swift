import CKernels

/// A convolution that changes the resolution, without Winograd's transforms: four plain 3×3 convolutions, one for each
/// parity of the finer grid's rows and columns, with weights that have taken the filter in.
///
/// For tests of the mathematics: an error of 5e-6 in the activations, which the fast transforms have, takes some of
/// them to the other side of leaky ReLU's kink.
struct ParityConvolution {
    private let shape: ConvolutionShape
    /// On the coarser grid; where the finer one has an odd size, one pixel larger than the coarser images.
    private let plain: ConvolutionShape
    /// Pixels that the coarser images have beyond the border on every side, where something is to stand there.
    private let margin: Int
    private let parities: [Parity]

    /// Of a row and a column of the finer grid.
    private struct Parity {
        let row: Int
        let column: Int
        /// weights'[a, b] = Σ factors[a·3 + b][t·3 + u] · weights[t, u]
        let factors: [[Float]]
    }

    init(_ shape: ConvolutionShape) {
        self.shape = shape
        let isUp = shape.resampling.isUp
        margin = shape.beyond == .zero ? 0 : 1
        plain = ConvolutionShape(
            batch: shape.batch, height: (isUp ? shape.height : (shape.height + 1) / 2) + 2 * margin,
            width: (isUp ? shape.width : (shape.width + 1) / 2) + 2 * margin, inputChannels: shape.inputChannels,
            outputChannels: shape.outputChannels, kernel: 3)
        let axis: [[[Float]]] = (0..<2).map { Self.taps(shape.resampling, parity: $0) }
        parities = (0..<4).map { (number: Int) -> Parity in
            let (rows, columns) = (axis[number / 2], axis[number % 2])
            var factors = [[Float]](repeating: [Float](repeating: 0, count: 9), count: 9)
            for target in 0..<9 {
                for source in 0..<9 {
                    factors[target][source] = rows[target / 3][source / 3] * columns[target % 3][source % 3]
                }
            }
            return Parity(row: number / 2, column: number % 2, factors: factors)
        }
    }

    /// Along one axis: how much of tap t of the weights meets the coarser pixel at the distance a − 1, as [a][t].
    private static func taps(_ resampling: ConvolutionShape.Resampling, parity: Int) -> [[Float]] {
        let binomial: [Float] = [0.125, 0.375, 0.375, 0.125]
        var taps = [[Float]](repeating: [0, 0, 0], count: 3)
        func add(_ distance: Int, _ tap: Int, _ factor: Float) { taps[distance + 1][tap] += factor }
        for tap in 0..<3 {
            switch resampling {
            case .none: preconditionFailure("a convolution that keeps the resolution has no parities")
            case .up:
                for (s, factor) in binomial.enumerated() where (parity - 1 + s - tap) % 2 == 0 {
                    add((parity - 1 + s - tap) / 2, tap, 2 * factor)
                }
            case .nearestUp: add((parity + tap + 1) / 2 - 1, tap, 1)
            case .down:
                for (s, factor) in binomial.enumerated() where (tap + s) % 2 == parity {
                    add((tap + s) / 2 - 1, tap, factor)
                }
            case .boxDown:
                for s in 0..<2 where (s + tap + 1) % 2 == parity { add((s + tap + 1) / 2 - 1, tap, 0.5) }
            }
        }
        return taps
    }

    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, terms: Epilogue.Terms?) {
        let direct = DirectConvolution(plain)
        Elementwise.fill(y, with: 0)
        for parity in parities {
            let part = BufferView(count: plain.outputCount)
            if shape.resampling.isUp {
                direct.forward(coarse(x), weights(w, parity), into: part, terms: nil)
                add(part, parity, to: y, shape.output)
            } else {
                direct.forward(pixels(x, shape.input, parity, shape.beyond), weights(w, parity), into: part, terms: nil)
                add(part, nil, to: y, shape.output)
            }
        }
        guard let terms else { return }
        Epilogue.forward(y, terms, samples: shape.batch, channels: shape.outputChannels, into: y)
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView) {
        let direct = DirectConvolution(plain)
        Elementwise.fill(dx, with: 0)
        for parity in parities {
            let part = BufferView(count: plain.inputCount)
            if shape.resampling.isUp {
                direct.inputGradient(pixels(g, shape.output, parity), weights(w, parity), into: part)
                add(part, nil, to: dx, shape.input, shape.beyond)
            } else {
                direct.inputGradient(pixels(g, shape.output, nil), weights(w, parity), into: part)
                add(part, parity, to: dx, shape.input, shape.beyond)
            }
        }
    }

    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        let direct = DirectConvolution(plain)
        let (matrix, isUp) = (shape.inputChannels * shape.outputChannels, shape.resampling.isUp)
        Elementwise.fill(dw, with: 0)
        for parity in parities {
            let part = BufferView(count: plain.weightCount)
            direct.weightGradient(
                isUp ? coarse(x) : pixels(x, shape.input, parity, shape.beyond),
                pixels(g, shape.output, isUp ? parity : nil), into: part)
            for (target, row) in parity.factors.enumerated() {
                for (source, factor) in row.enumerated() where factor != 0 {
                    let (sum, value) = (dw.pointer + source * matrix, part.pointer + target * matrix)
                    for i in 0..<matrix { sum[i] += factor * value[i] }
                }
            }
        }
    }

    private func weights(_ w: BufferView, _ parity: Parity) -> BufferView {
        let result = BufferView(count: plain.weightCount)
        let matrix = shape.inputChannels * shape.outputChannels
        Elementwise.fill(result, with: 0)
        for (target, row) in parity.factors.enumerated() {
            for (source, factor) in row.enumerated() where factor != 0 {
                let (sum, value) = (result.pointer + target * matrix, w.pointer + source * matrix)
                for i in 0..<matrix { sum[i] += factor * value[i] }
            }
        }
        return result
    }

    /// The input of a convolution that doubles the resolution, with its margin.
    private func coarse(_ x: BufferView) -> BufferView {
        margin == 0 ? x : pixels(x, shape.input, nil, shape.beyond)
    }

    /// Every second pixel of images, those of a parity; all without one. Zero where the images have no more.
    private func pixels(
        _ images: BufferView, _ grid: PixelGrid, _ parity: Parity?, _ beyond: Beyond = .zero
    ) -> BufferView {
        let result = BufferView(count: plain.batch * plain.height * plain.width * grid.channels)
        Elementwise.fill(result, with: 0)
        forEachPixel(grid, parity, beyond) { coarse, fine in
            (result.pointer + coarse).update(from: images.pointer + fine, count: grid.channels)
        }
        return result
    }

    /// The other way round.
    private func add(
        _ part: BufferView, _ parity: Parity?, to images: BufferView, _ grid: PixelGrid, _ beyond: Beyond = .zero
    ) {
        forEachPixel(grid, parity, beyond) { coarse, fine in
            ck_accumulate(images.pointer + fine, part.pointer + coarse, grid.channels)
        }
    }

    /// Calls `body` with where a pixel of the plain convolution's images is, and where it is in those of `grid`.
    private func forEachPixel(
        _ grid: PixelGrid, _ parity: Parity?, _ beyond: Beyond, _ body: (_ coarse: Int, _ fine: Int) -> Void
    ) {
        let step = parity == nil ? 1 : 2
        for pixel in 0..<plain.batch * plain.height * plain.width {
            let (image, position) = pixel.quotientAndRemainder(dividingBy: plain.height * plain.width)
            let (row, column) = position.quotientAndRemainder(dividingBy: plain.width)
            let place = grid.offset(
                (row - margin) * step + (parity?.row ?? 0), (column - margin) * step + (parity?.column ?? 0), beyond)
            if let place { body(pixel * grid.channels, image * grid.imageCount + place) }
        }
    }
}
