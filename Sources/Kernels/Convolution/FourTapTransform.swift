import CKernels

/// The transforms of a 4×4 window's tiles to frequencies and back.
///
/// Each has a larger map, which the window moves over, and a smaller one, what it sees.
enum FourTapTransform {
    /// F(3, 4): a tile is 3×3 places of the window, which take 36 products where there were 144.
    case stride1
    /// Along an axis every second pixel meets the taps 0 and 2, the others 1 and 3. So there are four convolutions with
    /// 2×2 taps, one for each parity of row and column, through F(4, 2): a tile is 4×4 places, which take 100 products
    /// where there were 256. Parities are summed over in the product, as if they were channels.
    case stride2

    init?(_ window: WindowShape) {
        guard window.kernelHeight == 4, window.kernelWidth == 4 else { return nil }
        switch window.stride {
        case 1: self = .stride1
        case 2: self = .stride2
        default: return nil
        }
    }

    var frequencies: Int { self == .stride1 ? 36 : 25 }
    /// Of the larger map.
    var parities: Int { self == .stride1 ? 1 : 4 }
    /// Side of a tile of the smaller map.
    var tile: Int { self == .stride1 ? 3 : 4 }
    /// Pixels of the larger map from one of the smaller to the next.
    var step: Int { self == .stride1 ? 1 : 2 }

    /// The larger map's pixels from (row, column) on to frequencies, parities `parity` floats apart.
    @inline(__always)
    func input(
        _ image: UnsafePointer<Float>, _ layout: ck_image, row: Int32, column: Int32,
        into v: UnsafeMutablePointer<Float>, _ strides: ck_strides, parity: Int
    ) {
        switch self {
        case .stride1: ck_winograd_input(image, layout, row, column, nil, v, strides)
        case .stride2: ck_winograd_stride_input(image, layout, row, column, v, strides, parity)
        }
    }

    /// The adjoint of `input` for some channels: added to the pixels.
    @inline(__always)
    func inputGradient(
        _ v: UnsafePointer<Float>, _ strides: ck_strides, parity: Int, into image: UnsafeMutablePointer<Float>,
        _ layout: ck_image, channels: Range<Int>, row: Int32, column: Int32
    ) {
        let (first, last) = (Int32(channels.lowerBound), Int32(channels.upperBound))
        switch self {
        case .stride1: ck_winograd_input_gradient(v, strides, image, layout, first, last, row, column)
        case .stride2: ck_winograd_stride_input_gradient(v, strides, parity, image, layout, first, last, row, column)
        }
    }

    /// Frequencies of some channels to the smaller map's pixels from (row, column) on.
    @inline(__always)
    func output(
        _ p: UnsafePointer<Float>, _ strides: ck_strides, into image: UnsafeMutablePointer<Float>,
        _ layout: ck_image, channels: Range<Int>, row: Int32, column: Int32
    ) {
        let (first, last) = (Int32(channels.lowerBound), Int32(channels.upperBound))
        switch self {
        case .stride1: ck_winograd_four_output(p, strides, image, layout, first, last, row, column)
        case .stride2: ck_winograd_stride_output(p, strides, image, layout, first, last, row, column)
        }
    }

    /// The adjoint of `output`.
    @inline(__always)
    func outputGradient(
        _ image: UnsafePointer<Float>, _ layout: ck_image, row: Int32, column: Int32,
        into v: UnsafeMutablePointer<Float>, _ strides: ck_strides
    ) {
        switch self {
        case .stride1: ck_winograd_four_output_gradient(image, layout, row, column, v, strides)
        case .stride2: ck_winograd_stride_output_gradient(image, layout, row, column, v, strides)
        }
    }

    /// A block of at most 16×16 weights, of `plane` for each tap in lines of `line`, to frequencies.
    @inline(__always)
    func weights(
        _ w: UnsafePointer<Float>, plane: Int, line: Int, rows: Int, columns: Int, isTransposed: Bool,
        into u: UnsafeMutablePointer<Float>, frequency: Int, parity: Int
    ) {
        let (rows, columns, transpose) = (Int32(rows), Int32(columns), Int32(isTransposed ? 1 : 0))
        switch self {
        case .stride1: ck_winograd_four_weights(w, plane, line, rows, columns, transpose, u, frequency)
        case .stride2: ck_winograd_stride_weights(w, plane, line, rows, columns, transpose, u, frequency, parity)
        }
    }

    /// The adjoint of `weights`, without transposition.
    @inline(__always)
    func weightGradient(
        _ u: UnsafePointer<Float>, frequency: Int, parity: Int, into w: UnsafeMutablePointer<Float>, plane: Int,
        line: Int, rows: Int, columns: Int, accumulates: Bool
    ) {
        let (rows, columns, accumulate) = (Int32(rows), Int32(columns), Int32(accumulates ? 1 : 0))
        switch self {
        case .stride1:
            ck_winograd_four_weight_gradient(u, frequency, w, plane, line, rows, columns, accumulate)
        case .stride2:
            ck_winograd_stride_weight_gradient(u, frequency, parity, w, plane, line, rows, columns, accumulate)
        }
    }
}
