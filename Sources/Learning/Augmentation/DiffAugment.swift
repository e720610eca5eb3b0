import Autodiff

/// Differentiable augmentation (arXiv 2006.10738, section 3.2): every image that the discriminator sees goes through all
/// of the chosen policies, with one draw for each sample.
public struct DiffAugment: Augmentation {
    /// What is done to images, in this order.
    public enum Policy: CaseIterable, Sendable {
        /// Brightness, saturation, contrast: of 1 or 3 channels only.
        case color
        /// By up to an eighth of each side.
        case translation
        /// A square of half of each side becomes 0.
        case cutout
    }

    let policies: [Policy]
    let height: Int
    let width: Int

    /// - Parameters:
    ///   - height: of the images, in whose pixels shifts and squares are drawn.
    ///   - width: likewise.
    public init(_ policies: [Policy], height: Int, width: Int) {
        self.policies = policies
        (self.height, self.width) = (height, width)
    }

    public func drawn(_ draws: AugmentationDraws) -> any DrawnAugmentation { DrawnPolicies(self, draws) }
}

/// What the draws come to, for each sample of a microbatch.
private struct DrawnPolicies: DrawnAugmentation {
    private let height: Int
    private let width: Int
    /// Each nil without its policy.
    private let colors: Colors?
    /// Pixels that a place lies beyond what is seen there.
    private let shifts: (rows: [Int], columns: [Int])?
    private let cuts: [(rows: Range<Int>, columns: Range<Int>)]?

    private struct Colors {
        let brightness: [Float]
        let saturation: [Float]
        let contrast: [Float]
    }

    init(_ augmentation: DiffAugment, _ draws: AugmentationDraws) {
        let (height, width) = (augmentation.height, augmentation.width)
        (self.height, self.width) = (height, width)
        func has(_ policy: DiffAugment.Policy) -> Bool { augmentation.policies.contains(policy) }
        if has(.color) {
            let (u, v, w) = (
                draws.uniforms(.diffBrightness), draws.uniforms(.diffSaturation), draws.uniforms(.diffContrast)
            )
            colors = Colors(
                brightness: u.map { $0 - 0.5 }, saturation: v.map { $0 * 2 }, contrast: w.map { $0 + 0.5 })
        } else {
            colors = nil
        }
        if has(.translation) {
            let values = draws.uniforms(.diffTranslation, count: 2)
            func shift(_ place: Int, _ side: Int) -> [Int] {
                let most = Int(Float(side) / 8 + 0.5)
                return (0..<draws.count).map { (i: Int) -> Int in
                    values[(2 * i + place)...].whole(2 * most + 1) - most
                }
            }
            shifts = (shift(0, height), shift(1, width))
        } else {
            shifts = nil
        }
        if has(.cutout) {
            let values = draws.uniforms(.diffCutout, count: 2)
            func cut(_ value: ArraySlice<Float>, _ side: Int) -> Range<Int> {
                let size = Int(Float(side) / 2 + 0.5)
                let start = value.whole(side + 1 - size % 2) - size / 2
                return max(0, start)..<min(side, start + size)
            }
            cuts = (0..<draws.count).map { (i: Int) -> (rows: Range<Int>, columns: Range<Int>) in
                (cut(values[(2 * i)...], height), cut(values[(2 * i + 1)...], width))
            }
        } else {
            cuts = nil
        }
    }

    func images(_ x: Tensor) -> Tensor {
        precondition(
            x.shape[1] == height && x.shape[2] == width, "DiffAugment: images \(x.shape), expected \(height)×\(width)")
        var x = x
        if let colors { x = recolored(x, colors) }
        if let shifts { x = x.shifted(rows: shifts.rows, columns: shifts.columns) }
        if let cuts { x = x * CutoutMask.mask(cuts, height: height, width: width) }
        return x
    }

    /// The three steps at once. Saturation by s keeps the mean of a pixel's channels and so that of the image, and
    /// brightness by b adds to both; contrast by c then makes of it c·(saturated x + b) + (1 − c)·(mean of x + b).
    private func recolored(_ x: Tensor, _ colors: Colors) -> Tensor {
        let (n, channels) = (x.shape[0], x.shape[3])
        let share = 1 / Float(channels)
        let transforms = (0..<n).map { i -> ColorAffine? in
            let (saturation, contrast) = (colors.saturation[i], colors.contrast[i])
            var matrix = [Float](repeating: contrast * (1 - saturation) * share, count: channels * channels)
            for c in 0..<channels { matrix[c * channels + c] += contrast * saturation }
            return ColorAffine(matrix: matrix, offset: [Float](repeating: colors.brightness[i], count: channels))
        }
        let rest = Tensor(colors.contrast.map { 1 - $0 }, shape: [n, 1, 1, 1])
        return x.recolored(by: transforms) + x.mean(over: [1, 2, 3]) * rest
    }

    /// Shifted by the same part of the sides, between cells linearly, with zeros from outside; cells whose middles have
    /// been cut out are 0.
    func features(_ x: Tensor) -> Tensor {
        let (h, w) = (x.shape[1], x.shape[2])
        var x = x
        if let shifts {
            x = Self.shifted(x, axis: 1, shifts.rows.map { Float($0 * h) / Float(height) })
            x = Self.shifted(x, axis: 2, shifts.columns.map { Float($0 * w) / Float(width) })
        }
        if let cuts {
            let cells = cuts.map { cut -> (rows: Range<Int>, columns: Range<Int>)? in
                (Self.cells(cut.rows, of: height, in: h), Self.cells(cut.columns, of: width, in: w))
            }
            x = x * CutoutMask.mask(cells, height: h, width: w)
        }
        return x
    }

    /// Along one axis by parts of cells.
    private static func shifted(_ x: Tensor, axis: Int, _ amounts: [Float]) -> Tensor {
        func whole(_ more: Int) -> Tensor {
            let steps = amounts.map { Int($0.rounded(.down)) + more }
            let none = [Int](repeating: 0, count: steps.count)
            return axis == 1 ? x.shifted(rows: steps, columns: none) : x.shifted(rows: none, columns: steps)
        }
        let parts = amounts.map { $0 - $0.rounded(.down) }
        guard parts.contains(where: { $0 > 0 }) else { return whole(0) }
        let shape = [parts.count, 1, 1, 1]
        return whole(0) * Tensor(parts.map { 1 - $0 }, shape: shape) + whole(1) * Tensor(parts, shape: shape)
    }

    /// Cells of a map whose middles lie in a range of pixels.
    private static func cells(_ cut: Range<Int>, of pixels: Int, in count: Int) -> Range<Int> {
        let inside = (0..<count).filter { cell in
            // Middles are at (cell + ½)·pixels/count.
            let middle = (2 * cell + 1) * pixels
            return middle >= 2 * count * cut.lowerBound && middle < 2 * count * cut.upperBound
        }
        return (inside.first ?? 0)..<((inside.last ?? -1) + 1)
    }
}
