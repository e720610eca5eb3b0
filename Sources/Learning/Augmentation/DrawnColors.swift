import Autodiff
import Glibc

/// What is done to the colours of one image: an affine transform of colours (arXiv 2006.06676, appendix B).
struct DrawnColors {
    /// Rows of red, green, blue.
    private var matrix = [1.0, 0, 0, 0, 1, 0, 0, 0, 1]
    private var offset = [0.0, 0, 0]

    private static let brightnessDeviation: Float = 0.2
    /// Of log₂ of the contrast.
    private static let contrastDeviation: Float = 0.5
    /// Of log₂ of the saturation.
    private static let saturationDeviation: Float = 1

    /// Of each sample; nil where its colours stay.
    ///
    /// - Parameters:
    ///   - p: times the pipeline's factors the probability of each transform.
    ///   - channels: 3; or 1, whose only channel is the mean that the three would have. Grey has neither hue nor
    ///     saturation.
    static func drawn(
        _ pipeline: AugmentationPipeline, p: Float, channels: Int, _ draws: AugmentationDraws
    ) -> [ColorAffine?] {
        precondition(channels == 1 || channels == 3, "augmentation: colours of \(channels) channels")
        var all = [DrawnColors?](repeating: nil, count: draws.count)
        func draw(
            _ slot: AugmentationSlot, _ factor: Float, _ take: (inout DrawnColors, ArraySlice<Float>) -> Void
        ) {
            guard factor * p > 0 else { return }
            for (i, draw) in draws.gated(slot, factor * p, count: 1).enumerated() where draw.isOn {
                var colors = all[i] ?? DrawnColors()
                take(&colors, draw.values)
                all[i] = colors
            }
        }
        func drawNormals(
            _ slot: AugmentationSlot, _ factor: Float, _ take: (inout DrawnColors, Float) -> Void
        ) {
            guard factor * p > 0 else { return }
            let values = draws.normals(slot)
            for (i, draw) in draws.gated(slot, factor * p).enumerated() where draw.isOn {
                var colors = all[i] ?? DrawnColors()
                take(&colors, values[i])
                all[i] = colors
            }
        }
        drawNormals(.brightness, pipeline.brightness) { $0.brighten(Double($1 * brightnessDeviation)) }
        drawNormals(.contrast, pipeline.contrast) { $0.scale(exp2(Double($1 * contrastDeviation))) }
        draw(.lumaFlip, pipeline.lumaFlip) { if $1.whole(2) == 1 { $0.flipLuma() } }
        if channels == 3 {
            draw(.hue, pipeline.hue) { $0.rotateHue(Double($1.symmetric(0) * .pi)) }
            drawNormals(.saturation, pipeline.saturation) { $0.saturate(exp2(Double($1 * saturationDeviation))) }
        }
        return all.map { $0?.transform(channels: channels) }
    }

    private mutating func brighten(_ amount: Double) { offset = offset.map { $0 + amount } }

    private mutating func scale(_ factor: Double) {
        (matrix, offset) = (matrix.map { $0 * factor }, offset.map { $0 * factor })
    }

    /// The mirror image along the axis of greys.
    private mutating func flipLuma() { apply { row, column in (row == column ? 1 : 0) - 2.0 / 3 } }

    /// Around the axis of greys (1, 1, 1)/√3.
    private mutating func rotateHue(_ angle: Double) {
        let (cosine, sine) = (cos(angle), sin(angle) / 3.0.squareRoot())
        apply { row, column in
            let along = (1 - cosine) / 3
            if row == column { return along + cosine }
            return along + ((row + 1) % 3 == column ? -sine : sine)
        }
    }

    /// Away from the axis of greys.
    private mutating func saturate(_ factor: Double) {
        apply { row, column in (1 - factor) / 3 + (row == column ? factor : 0) }
    }

    /// Another transform after those that there are.
    private mutating func apply(_ next: (_ row: Int, _ column: Int) -> Double) {
        let (m, t) = (matrix, offset)
        for row in 0..<3 {
            offset[row] = (0..<3).reduce(0) { $0 + next(row, $1) * t[$1] }
            for column in 0..<3 {
                matrix[3 * row + column] = (0..<3).reduce(0) { $0 + next(row, $1) * m[3 * $1 + column] }
            }
        }
    }

    private func transform(channels: Int) -> ColorAffine {
        guard channels == 1 else {
            return ColorAffine(matrix: matrix.map { Float($0) }, offset: offset.map { Float($0) })
        }
        return ColorAffine(
            matrix: [Float(matrix.reduce(0, +) / 3)], offset: [Float(offset.reduce(0, +) / 3)])
    }
}
