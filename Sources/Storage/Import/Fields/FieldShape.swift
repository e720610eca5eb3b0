import Failure

/// How samples lie in an array: which rows are one, and how far its rows, columns and channels are apart.
struct FieldShape: Equatable {
    let count: Int
    /// Rows of the array that a sample takes.
    let rows: Int
    let height: Int
    let width: Int
    let channels: Int
    /// Steps to the next row, column and channel of a sample.
    let steps: (row: Int, column: Int, channel: Int)
    /// Whether the array is one field without an axis of samples.
    let isLone: Bool

    static func == (a: FieldShape, b: FieldShape) -> Bool {
        (a.height, a.width, a.channels) == (b.height, b.width, b.channels) && a.steps == b.steps && a.isLone == b.isLone
    }

    /// Numbers of a sample, which is held in memory whole.
    static let largest = 1 << 27

    /// - Throws: ``DatasetError``: 64 where options and shape do not fit each other or more must be told, 65 for shapes
    ///   that no samples have.
    init(_ array: any NumberArray, layout: FieldOptions.Layout?, flat: [Int]?) throws {
        let shape = array.shape
        func usage(_ text: String) -> DatasetError { .usage("\(array.place) is \(array.kindText): \(text)") }
        guard !shape.contains(0) else { throw DatasetError.badData("\(array.place) is \(array.kindText): 0 samples") }
        if let flat {
            guard layout == nil else { throw usage("--shape is of flat samples, which have no --layout") }
            guard shape.count == 2, let count = flat.checkedVolume, count == shape[1] else {
                throw usage(
                    "--shape \(flat.map(String.init).joined(separator: "x")) is of flat samples, expected an array "
                        + "[N, \(flat.map(String.init).joined(separator: "·"))]")
            }
            (height, width) = (flat[flat.count - 2], flat[flat.count - 1])
            channels = flat.count == 3 ? flat[0] : 1
            (self.count, rows, isLone) = (shape[0], 1, false)
            steps = (width, 1, height * width)
        } else {
            switch shape.count {
            case 2:
                guard layout == nil else { throw usage("--layout is of arrays with an axis of samples") }
                (count, rows, height, width, channels, isLone) = (1, shape[0], shape[0], shape[1], 1, true)
                steps = (width, 1, 0)
            case 3:
                guard layout == nil || layout == .nhw else { throw usage("three axes, expected --layout nhw") }
                (count, rows, height, width, channels, isLone) = (shape[0], 1, shape[1], shape[2], 1, false)
                steps = (width, 1, 0)
            case 4:
                guard layout != .nhw else { throw usage("four axes, expected --layout nhwc or nchw") }
                guard let layout = layout ?? Self.layout(shape, isNetCDF: array.facts.isNetCDF) else {
                    throw usage("which axis is that of the channels? Give --layout nhwc or nchw")
                }
                (count, rows, isLone) = (shape[0], 1, false)
                if layout == .nhwc {
                    (height, width, channels) = (shape[1], shape[2], shape[3])
                    steps = (width * channels, channels, 1)
                } else {
                    (channels, height, width) = (shape[1], shape[2], shape[3])
                    steps = (width, 1, height * width)
                }
            default:
                throw usage(
                    "expected [N, H, W], [N, H, W, C], [N, C, H, W], one field [H, W], or flat samples [N, voxels] with "
                        + "--shape HxW")
            }
        }
        guard height * width * channels <= Self.largest else {
            throw DatasetError.badData(
                "\(array.place): samples of \(height)×\(width)×\(channels), expected at most \(Self.largest) numbers")
        }
        guard channels <= SampleFormat.mostChannels else {
            throw DatasetError.badData(
                "\(array.place) is \(array.kindText), that is \(channels) channels, expected at most "
                    + "\(SampleFormat.mostChannels). --layout tells which axis is which")
        }
    }

    /// The layout that four axes tell; nil where it may be either.
    private static func layout(_ shape: [Int], isNetCDF: Bool) -> FieldOptions.Layout? {
        let most = SampleFormat.mostChannels
        if shape[1] <= most, shape[1] < shape[2], shape[1] < shape[3] { return .nchw }
        if shape[3] <= most, shape[3] < shape[1], shape[3] < shape[2] { return .nhwc }
        return isNetCDF ? .nchw : nil
    }
}

extension [Int] {
    /// The product of numbers that are 1 or more.
    fileprivate var checkedVolume: Int? { contains { $0 < 1 } ? nil : checkedProduct() }
}
