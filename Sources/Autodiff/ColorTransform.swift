import Kernels

/// What is done to the colours of one sample: matrix · x + offset (arXiv 2006.06676, appendix B).
public struct ColorAffine: Sendable, Equatable {
    /// Row-major, [C·C].
    public var matrix: [Float]
    /// [C]
    public var offset: [Float]

    public init(matrix: [Float], offset: [Float]) {
        (self.matrix, self.offset) = (matrix, offset)
    }
}

extension Tensor {
    /// Images [N, H, W, C] with the colours of each transformed, C = 1 or 3.
    ///
    /// - Parameter transforms: one for each sample. A sample whose transform is nil stays as it is, bit for bit.
    public func recolored(by transforms: [ColorAffine?]) -> Tensor {
        precondition(
            rank == 4 && transforms.count == shape[0], "recolouring: shape \(shape), \(transforms.count) transforms")
        guard transforms.contains(where: { $0 != nil }) else { return self }
        let channels = shape[3]
        let out = BufferView(count: count)
        Recoloring.apply(
            view, into: out,
            transforms: transforms.map { $0.map { Recoloring.Colors(matrix: $0.matrix, offset: $0.offset) } },
            pixels: shape[1] * shape[2], channels: channels)
        return Tape.record([self], shape: shape, out) { g in
            // Of the matrix alone: what is constant has no part in a gradient.
            let transposed = transforms.map { transform in
                transform.map { affine in
                    ColorAffine(
                        matrix: (0..<channels * channels).map {
                            affine.matrix[$0 % channels * channels + $0 / channels]
                        },
                        offset: [Float](repeating: 0, count: channels))
                }
            }
            return [g.of.recolored(by: transposed)]
        }
    }
}
