import CKernels

/// The transforms of a tile to frequencies and back.
enum WinogradTransform: Hashable {
    /// F(4×4, 3×3).
    case same
    /// The adjoint of `same` in its input: tiles of the output, each added to 6×6 pixels of the input.
    case adjoint
    /// Filter and stride 2 in one, from pixels of the high resolution to 4×4 of the low one: 81 products, where
    /// four F(4×4, 3×3), one for each phase of the 6×6 kernel that the two make together, take 144.
    case down(Filter)
    /// The adjoint of `down` in its input: tiles of the low resolution, each added to 12×12 pixels of the high one.
    case up(Filter)

    /// What goes with a change of resolution.
    enum Filter: Int32 {
        /// [1, 3, 3, 1] / 8
        case binomial
        /// [0, 1, 1, 0] / 2
        case box
    }

    var isUp: Bool { if case .up = self { true } else { false } }
    /// Whether tiles are added to their neighbours' pixels.
    var scatters: Bool { isUp || self == .adjoint }
    var isDown: Bool { if case .down = self { true } else { false } }

    /// Side of a tile: of outputs, for `up` of inputs.
    static let tile = 4
    /// Transforms of the weights; several frequencies may share one.
    static let planes = 36

    var frequencies: Int {
        switch self {
        case .same, .adjoint: 36
        case .down, .up: 81
        }
    }

    func plane(of frequency: Int) -> Int {
        switch self {
        case .same, .adjoint: frequency
        case .down, .up: min(frequency / 9, 5) * 6 + min(frequency % 9, 5)
        }
    }

    /// The frequencies of each plane.
    var members: [[Int]] {
        var members = [[Int]](repeating: [], count: Self.planes)
        for frequency in 0..<frequencies { members[plane(of: frequency)].append(frequency) }
        return members
    }

    /// What the outputs from (row, column) on need of an image, to frequencies.
    ///
    /// - Parameter factors: of the image's channels; not for `down`, where nothing asks for them.
    @inline(__always)
    func input(
        _ image: UnsafePointer<Float>, _ layout: ck_image, row: Int32, column: Int32,
        factors: UnsafePointer<Float>? = nil, into v: UnsafeMutablePointer<Float>, _ strides: ck_strides
    ) {
        switch self {
        case .same: ck_winograd_input(image, layout, row - 1, column - 1, factors, v, strides)
        case .adjoint:
            precondition(factors == nil, "Winograd: factors of a gradient")
            ck_winograd_output_gradient(image, layout, row, column, v, strides)
        case .down(let filter):
            precondition(factors == nil, "Winograd: factors of a downsampled image")
            ck_winograd_down_input(filter.rawValue, image, layout, 2 * row - 2, 2 * column - 2, v, strides)
        case .up: ck_winograd_down_output_gradient(image, layout, row, column, factors, v, strides)
        }
    }

    /// - Parameter terms: what follows, for the whole image; not where pixels are sums over tiles.
    @inline(__always)
    func output(
        _ p: UnsafePointer<Float>, _ strides: ck_strides, _ terms: UnsafePointer<ck_epilogue_terms>?,
        into image: UnsafeMutablePointer<Float>, _ layout: ck_image, row: Int32, column: Int32
    ) {
        switch self {
        case .same: ck_winograd_output(p, strides, terms, image, layout, row, column)
        case .adjoint:
            ck_winograd_input_gradient(p, strides, image, layout, 0, layout.channels, row - 1, column - 1)
        case .down: ck_winograd_down_output(p, strides, terms, image, layout, row, column)
        case .up(let filter):
            ck_winograd_down_input_gradient(
                filter.rawValue, p, strides, image, layout, 2 * row - 2, 2 * column - 2)
        }
    }

    /// The adjoint of `output`, where a weight gradient needs it.
    @inline(__always)
    func outputGradient(
        _ image: UnsafePointer<Float>, _ layout: ck_image, row: Int32, column: Int32,
        factors: UnsafePointer<Float>? = nil, into v: UnsafeMutablePointer<Float>, _ strides: ck_strides
    ) {
        switch self {
        case .same: ck_winograd_output_gradient(image, layout, row, column, v, strides)
        case .down: ck_winograd_down_output_gradient(image, layout, row, column, factors, v, strides)
        case .up: preconditionFailure("Winograd: the weight gradient of upsampling is computed as one of `down`")
        case .adjoint: preconditionFailure("Winograd: the weight gradient is computed as one of `same`")
        }
    }

    /// G of section 4 of arXiv 1509.09308: the weights of an axis at the transform's points.
    var pointMatrix: [[Float]] {
        switch self {
        case .same, .adjoint:
            [
                [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
                [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
            ]
        // The outer taps through F(4, 2), then the middle one as it is.
        case .down, .up:
            [[0.5, 0, 0], [-0.5, 0, -0.5], [-1 / 6, 0, 1 / 6], [1 / 6, 0, 1 / 3], [0, 0, 1], [0, 1, 0]]
        }
    }
}
