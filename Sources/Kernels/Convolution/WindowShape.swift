import CKernels

/// A window that moves over NHWC images, of any size and step, as in PyTorch's convolutions and poolings: what is beside
/// an image within the padding is zero, and places where the window would not lie within image and padding are left out.
public struct WindowShape: Hashable, Sendable {
    /// Of an image.
    public var height, width, channels: Int
    /// Of the window.
    public var kernelHeight, kernelWidth: Int
    public var stride: Int
    /// Above and below; left and right.
    public var paddingRows, paddingColumns: Int

    /// - Parameters:
    ///   - kernel: rows and columns of the window.
    ///   - padding: rows above and below, columns left and right.
    public init(
        height: Int, width: Int, channels: Int, kernel: (Int, Int), stride: Int = 1, padding: (Int, Int) = (0, 0)
    ) {
        precondition(
            min(height, width, channels) > 0 && min(kernel.0, kernel.1, stride) > 0 && min(padding.0, padding.1) >= 0
                && padding.0 < kernel.0 && padding.1 < kernel.1 && kernel.0 <= height + 2 * padding.0
                && kernel.1 <= width + 2 * padding.1,
            "WindowShape: a window of \(kernel), stride \(stride), padding \(padding) on \(height)×\(width)×\(channels)"
        )
        (self.height, self.width, self.channels) = (height, width, channels)
        (kernelHeight, kernelWidth) = kernel
        self.stride = stride
        (paddingRows, paddingColumns) = padding
    }

    public var outputHeight: Int { (height + 2 * paddingRows - kernelHeight) / stride + 1 }
    public var outputWidth: Int { (width + 2 * paddingColumns - kernelWidth) / stride + 1 }
    /// Places of the window on an image.
    public var places: Int { outputHeight * outputWidth }
    /// Elements of an image.
    public var imageCount: Int { height * width * channels }
    /// Elements that the window sees at a time.
    public var depth: Int { kernelHeight * kernelWidth * channels }

    var c: ck_window {
        ck_window(
            height: Int64(height), width: Int64(width), channels: Int64(channels), kernel_height: Int64(kernelHeight),
            kernel_width: Int64(kernelWidth), stride: Int64(stride), pad_rows: Int64(paddingRows),
            pad_columns: Int64(paddingColumns), out_width: Int64(outputWidth))
    }

    /// Calls `body` for parts of places of so many images: the image, its first place and how many, and how many places
    /// of the range went before.
    @inline(__always)
    func forEachImage(
        _ range: Range<Int>, _ body: (_ image: Int, _ first: Int64, _ count: Int64, _ done: Int) -> Void
    ) {
        var next = range.lowerBound
        while next < range.upperBound {
            let (image, first) = next.quotientAndRemainder(dividingBy: places)
            let count = min(range.upperBound - next, places - first)
            body(image, Int64(first), Int64(count), next - range.lowerBound)
            next += count
        }
    }

    /// What the window sees at a range of places of so many images (im2col), a line for each place.
    ///
    /// - Parameter stride: floats from a line to the next.
    @inline(__always)
    func gather(
        _ images: UnsafePointer<Float>, _ range: Range<Int>, into lines: UnsafeMutablePointer<Float>, stride: Int
    ) {
        var c = c
        forEachImage(range) { image, first, count, done in
            ck_window_gather(images + image * imageCount, &c, first, count, lines + done * stride, Int64(stride))
        }
    }
}

/// Some channels of images: where one of several branches puts its part of what they make together.
public struct ChannelSpan: Sendable {
    /// [N, H, W, all channels]
    public let images: BufferView
    /// Of the channels of the part.
    public let first: Int
    /// Of the images.
    public let channels: Int

    /// - Parameters:
    ///   - first: the part's first channel.
    ///   - channels: of the images.
    public init(_ images: BufferView, first: Int = 0, of channels: Int) {
        precondition(
            first >= 0 && channels > 0 && images.count % channels == 0,
            "ChannelSpan: from channel \(first) on of \(channels), \(images.count) elements")
        (self.images, self.first, self.channels) = (images, first, channels)
    }

    func check(pixels: Int, channels part: Int) {
        precondition(
            images.count == pixels * channels && first + part <= channels,
            "ChannelSpan: \(pixels) pixels of \(part) channels from \(first) on of \(channels), \(images.count) elements"
        )
    }

    var pointer: UnsafeMutablePointer<Float> { images.pointer + first }
}
